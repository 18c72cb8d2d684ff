/** One bonjour-service instance bound to one network interface, with the gaps of that library closed. */
import { Bonjour } from "bonjour-service";
import { isOnLink } from "./address.ts";
import type { NetworkInterface } from "./interfaces.ts";
import {
  type DnsRecord,
  hostName,
  instanceName,
  type RoomRecord,
  serviceDomain,
  serviceType,
  txtOf,
} from "./record.ts";

const multicastPort = 5353;
const typeEnumeration = "_services._dns-sd._udp.local";
/** The TTL of host records (RFC 6762 section 10). */
const addressTtlSeconds = 120;
/** One hostile packet can hold a thousand questions, and each answer is multicast to the whole link. */
const answersPerSecondMax = 50;
/** The time limit for the goodbye and for closing; a socket that has failed may never report either. */
const closeTimeoutMs = 500;

interface Packet {
  questions?: { name: string; type: string }[];
  answers?: DnsRecord[];
  additionals?: DnsRecord[];
}
interface Source {
  address: string;
  port: number;
}
type Done = (error?: Error | null) => void;

/** The multicast-dns socket, which bonjour-service keeps private. Without a listener its errors end the process. */
interface MulticastSocket {
  on(event: "query" | "response", listener: (packet: Packet, source: Source) => void): void;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): void;
  listeners(event: "query"): ((packet: Packet, source: Source) => void)[];
  removeAllListeners(event: "query"): void;
  query(name: string, type: string, done: Done): void;
  respond(response: Packet | DnsRecord[], done: Done): void;
}

/** The events of an endpoint. All packets come from the link of its interface. */
export interface EndpointEvents {
  /** A response: its records, and the address of its sender. */
  onResponse?: (records: DnsRecord[], source: string) => void;
  /** Another machine queries for rooms. */
  onQuery?: () => void;
  /** A query of this machine has come back, so multicast works here in both directions. */
  onEcho?: () => void;
  /** The socket is unusable: `EADDRINUSE`, `EACCES`. */
  onFailure: (error: NodeJS.ErrnoException) => void;
}

/** A multicast DNS socket on one interface. */
export interface Endpoint {
  interface: NetworkInterface;
  /** Announces a room at these addresses; resolves when the first announcement was sent, or could not be. */
  publish(record: RoomRecord, hostname: string, addresses: string[]): Promise<void>;
  /** Queries for rooms. */
  query(): void;
  /** Closes the socket. With `goodbye`, first withdraws the announced room. */
  close(goodbye: boolean): Promise<void>;
}

/** Opens a socket on an interface. Never throws; a failure is reported to `onFailure`. */
export function openEndpoint(one: NetworkInterface, events: EndpointEvents): Endpoint {
  // Sends from one interface and joins the group there, but binds to every address: else it would receive no multicast.
  const options: object = { interface: one.address, bind: "0.0.0.0" };
  // Without this callback, a packet that cannot be sent would end the process.
  const bonjour = new Bonjour(options, () => {});
  const socket = socketOf(bonjour);
  let published = false;

  socket.on("error", events.onFailure);
  listen(socket, one, events);
  return {
    interface: one,
    publish(record, hostname, addresses) {
      const host = hostName(hostname, record.id);
      announceOnly(socket, host, addresses);
      published = true;
      return new Promise((resolve) => {
        const service = bonjour.publish({
          name: instanceName(record.room, record.id),
          type: serviceType,
          port: record.port,
          host,
          txt: txtOf(record),
          // Its conflict handling sends a goodbye for the name that it lost. Our names are unique instead.
          probe: false,
        });
        service.once("up", resolve);
      });
    },
    query: () => socket.query(serviceDomain, "PTR", () => {}),
    async close(goodbye) {
      if (goodbye && published) await untilDone((done) => bonjour.unpublishAll(done));
      await untilDone((done) => bonjour.destroy(done));
    },
  };
}

function socketOf(bonjour: Bonjour): MulticastSocket {
  return (bonjour as unknown as { server: { mdns: MulticastSocket } }).server.mdns;
}

/**
 * Linux delivers the packets of all interfaces to every socket on port 5353 (IP_MULTICAST_ALL), so each endpoint ignores
 * senders that are not on its own link. RFC 6762 section 11 requires that check too.
 */
function listen(socket: MulticastSocket, one: NetworkInterface, events: EndpointEvents): void {
  const isOnThisLink = (source: Source): boolean => isOnLink(source.address, one.address, one.netmask);
  const answerListeners = socket.listeners("query");
  socket.removeAllListeners("query");
  socket.on("query", (packet, source) => {
    if (!isOnThisLink(source)) return;
    try {
      for (const listener of answerListeners) listener(packet, source);
    } catch {
      // A query that makes the library throw gets no answer.
    }
    const asksForRooms = packet.questions?.some(({ name }) => name.toLowerCase() === serviceDomain) ?? false;
    if (!asksForRooms) return;
    if (source.address === one.address) events.onEcho?.();
    else events.onQuery?.();
  });
  socket.on("response", (packet, source) => {
    // RFC 6762 section 6: a response must come from port 5353.
    if (source.port !== multicastPort || !isOnThisLink(source)) return;
    events.onResponse?.([...(packet.answers ?? []), ...(packet.additionals ?? [])], source.address);
  });
}

/**
 * Makes every response carry the given addresses only. bonjour-service announces every address of the machine on every
 * interface, also those that are unreachable from there, and none where there is only loopback.
 */
function announceOnly(socket: MulticastSocket, host: string, addresses: string[]): void {
  const respond = socket.respond;
  const own = addresses.map((data): DnsRecord & { flush: boolean } => ({
    name: host,
    type: data.includes(":") ? "AAAA" : "A",
    ttl: addressTtlSeconds,
    flush: true,
    data,
  }));
  let second = 0;
  let answers = 0;
  socket.respond = (response, done) => {
    const packet = Array.isArray(response) ? { answers: response } : response;
    const now = Math.floor(performance.now() / 1_000);
    answers = now === second ? answers + 1 : 1;
    second = now;
    const sent = withOwnAddresses(packet, own);
    if (answers > answersPerSecondMax || sent.answers.length === 0) queueMicrotask(done);
    else respond(sent, done);
  };
}

function withOwnAddresses(
  packet: Packet,
  own: DnsRecord[],
): { answers: DnsRecord[]; additionals: DnsRecord[] } {
  const given = packet.answers ?? [];
  const types = new Set(given.map((record) => record.type));
  // A query for an address is answered with ours; a response that announces the service carries them as additionals.
  const answers = [...given.flatMap(sanitized), ...own.filter((record) => types.has(record.type))];
  const additionals = (packet.additionals ?? []).flatMap(sanitized);
  const isAnnouncing = [...answers, ...additionals].some(
    (record) => record.type === "SRV" && record.ttl !== 0,
  );
  if (isAnnouncing) additionals.push(...own.filter((record) => !types.has(record.type)));
  return { answers, additionals };
}

/** Drops the addresses that bonjour-service chose, and its goodbye for the service type, which other machines may offer. */
function sanitized(record: DnsRecord): DnsRecord[] {
  if (record.type === "A" || record.type === "AAAA") return [];
  if (record.name === typeEnumeration && record.ttl === 0) return [];
  // RFC 6762 section 10.2: the cache-flush bit makes our record replace older ones, for example after a new port.
  return [
    record.type === "SRV" || record.type === "TXT" ? ({ ...record, flush: true } as DnsRecord) : record,
  ];
}

/** Resolves when the action calls `done`, or after `closeTimeoutMs`. */
function untilDone(action: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, closeTimeoutMs);
    action(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
