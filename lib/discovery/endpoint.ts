/** One bonjour-service instance tied to one network interface, with what that library leaves open closed. */
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
/** Host records live two minutes (RFC 6762 section 10). */
const addressTtlSeconds = 120;
/** Answers a second; one hostile packet can hold a thousand questions, and each answer goes to everybody. */
const answersPerSecondMax = 50;
/** How long a goodbye, or closing, may take; a socket that failed may never report either. */
const closeWithinMs = 500;

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

/** The multicast-dns socket that bonjour-service keeps private: its errors end the process unless somebody listens. */
interface Transport {
  on(event: "query" | "response", listener: (packet: Packet, source: Source) => void): void;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): void;
  listeners(event: "query"): ((packet: Packet, source: Source) => void)[];
  removeAllListeners(event: "query"): void;
  query(name: string, type: string, done: Done): void;
  respond(response: Packet | DnsRecord[], done: Done): void;
}

/** What an endpoint hears; everything comes from this interface's link only. */
export interface EndpointEvents {
  /** A response: its records and the address it came from. */
  onResponse?: (records: DnsRecord[], source: string) => void;
  /** Another machine asked for rooms. */
  onQuestion?: () => void;
  /** This machine asked, and its question came back: multicast leaves here, and enters. */
  onEcho?: () => void;
  /** The socket cannot be used at all: `EADDRINUSE`, `EACCES`. */
  onFailure: (error: NodeJS.ErrnoException) => void;
}

/** A multicast DNS socket on one interface. */
export interface Endpoint {
  interface: NetworkInterface;
  /** Announces a room here, at these addresses; resolves when the first announcement left, or could not. */
  publish(record: RoomRecord, hostname: string, addresses: string[]): Promise<void>;
  /** Asks who is there. */
  ask(): void;
  /** Closes the socket; `goodbye` tells everybody first that what was announced is gone. */
  close(goodbye: boolean): Promise<void>;
}

/** Opens a socket on that interface; failures are told to `onFailure`, nothing throws. */
export function openEndpoint(one: NetworkInterface, events: EndpointEvents): Endpoint {
  // Sends from and joins the group on one interface, but is bound to every address, or it would hear no multicast.
  const options: object = { interface: one.address, bind: "0.0.0.0" };
  // A packet that cannot be sent now is no reason to stop: without this callback it would end the process.
  const bonjour = new Bonjour(options, () => {});
  const transport = transportOf(bonjour);
  let published = false;

  transport.on("error", events.onFailure);
  hear(transport, one, events);
  return {
    interface: one,
    publish(record, hostname, addresses) {
      const host = hostName(hostname, record.id);
      offerOnly(transport, host, addresses);
      published = true;
      return new Promise((resolve) => {
        const service = bonjour.publish({
          name: instanceName(record.room, record.id),
          type: serviceType,
          port: record.port,
          host,
          txt: txtOf(record),
          // Its conflict handling says goodbye for the name it lost: our names are unique instead.
          probe: false,
        });
        service.once("up", resolve);
      });
    },
    ask: () => transport.query(serviceDomain, "PTR", () => {}),
    async close(goodbye) {
      if (goodbye && published) await inTime((done) => bonjour.unpublishAll(done));
      await inTime((done) => bonjour.destroy(done));
    },
  };
}

function transportOf(bonjour: Bonjour): Transport {
  return (bonjour as unknown as { server: { mdns: Transport } }).server.mdns;
}

/**
 * Linux gives every socket on port 5353 the packets of all interfaces (IP_MULTICAST_ALL), so each endpoint
 * keeps to senders on its own link. That is also the check of RFC 6762 section 11: nobody from beyond the
 * link is believed or answered.
 */
function hear(transport: Transport, one: NetworkInterface, events: EndpointEvents): void {
  const fromHere = (source: Source): boolean => isOnLink(source.address, one.address, one.netmask);
  const answer = transport.listeners("query");
  transport.removeAllListeners("query");
  transport.on("query", (packet, source) => {
    if (!fromHere(source)) return;
    try {
      for (const listener of answer) listener(packet, source);
    } catch {
      // A question that breaks the library gets no answer.
    }
    const asksForRooms = packet.questions?.some(({ name }) => name.toLowerCase() === serviceDomain) ?? false;
    if (!asksForRooms) return;
    if (source.address === one.address) events.onEcho?.();
    else events.onQuestion?.();
  });
  transport.on("response", (packet, source) => {
    // RFC 6762 section 6: a response from another port than 5353 is ignored.
    if (source.port !== multicastPort || !fromHere(source)) return;
    events.onResponse?.([...(packet.answers ?? []), ...(packet.additionals ?? [])], source.address);
  });
}

/**
 * bonjour-service offers every address of the machine on every interface, among them those that lead nowhere
 * from there, and none where there is only loopback. What leaves here offers the given addresses.
 */
function offerOnly(transport: Transport, host: string, addresses: string[]): void {
  const respond = transport.respond;
  const own = addresses.map((data): DnsRecord & { flush: boolean } => ({
    name: host,
    type: data.includes(":") ? "AAAA" : "A",
    ttl: addressTtlSeconds,
    flush: true,
    data,
  }));
  let second = 0;
  let answers = 0;
  transport.respond = (response, done) => {
    const packet = Array.isArray(response) ? { answers: response } : response;
    const now = Math.floor(performance.now() / 1_000);
    answers = now === second ? answers + 1 : 1;
    second = now;
    const sent = withAddresses(packet, own);
    if (answers > answersPerSecondMax || sent.answers.length === 0) queueMicrotask(done);
    else respond(sent, done);
  };
}

function withAddresses(packet: Packet, own: DnsRecord[]): { answers: DnsRecord[]; additionals: DnsRecord[] } {
  const asked = packet.answers ?? [];
  const types = new Set(asked.map((record) => record.type));
  // A question for an address is answered with ours; whoever hears of the service gets them along.
  const answers = [...asked.flatMap(ours), ...own.filter((record) => types.has(record.type))];
  const additionals = (packet.additionals ?? []).flatMap(ours);
  const offers = [...answers, ...additionals].some((record) => record.type === "SRV" && record.ttl !== 0);
  if (offers) additionals.push(...own.filter((record) => !types.has(record.type)));
  return { answers, additionals };
}

/** Leaves out the addresses bonjour-service chose, and the goodbye for the whole service type: others may offer it. */
function ours(record: DnsRecord): DnsRecord[] {
  if (record.type === "A" || record.type === "AAAA") return [];
  if (record.name === typeEnumeration && record.ttl === 0) return [];
  // RFC 6762 section 10.2: a record only we can have replaces what was known of it, a new port for example.
  return [
    record.type === "SRV" || record.type === "TXT" ? ({ ...record, flush: true } as DnsRecord) : record,
  ];
}

function inTime(act: (done: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, closeWithinMs);
    act(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
