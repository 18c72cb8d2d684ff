/** mDNS on one link: announces a room, answers for it, and asks for others. bonjour-service answers the queries. */
import { Bonjour } from "bonjour-service";
import type { Link } from "./links.ts";
import { type MulticastSockets, multicastPort } from "./multicast-sockets.ts";
import { type DnsRecord, goodbyeOf, serviceDomain } from "./record.ts";

/** The pauses between announcements (RFC 6762 section 8.3), in case packets are lost, or an address is not usable yet. */
const announcePausesMs = [1_000, 2_000, 4_000];
/** One hostile packet can hold a thousand questions, and each answer is multicast to the whole link. */
const answersPerSecondMax = 50;
/** The time limit for the goodbye; a socket that has failed may never report either. */
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

/** multicast-dns in bonjour-service. Its socket is ours, so it has no errors of its own. */
interface MulticastDns {
  on(event: "query" | "response", listener: (packet: Packet, source: Source) => void): void;
  listeners(event: "query"): ((packet: Packet, source: Source) => void)[];
  removeAllListeners(event: "query"): void;
  query(name: string, type: string, done: Done): void;
  respond(response: Packet, done: Done): void;
}

/** The responder of bonjour-service, which keeps it private. Its announcer is not used: it lists the machine's addresses. */
interface Responder {
  mdns: MulticastDns;
  register(records: DnsRecord[]): void;
}

/** The events of an endpoint. All packets come from its link. */
export interface EndpointEvents {
  /** A response: its records, and the address of its sender. */
  onResponse?: (records: DnsRecord[], source: string) => void;
  /** Another machine queries for rooms. */
  onQuery?: () => void;
  /** A query of this machine has come back, so multicast works here in both directions. */
  onEcho?: () => void;
  /** The link cannot be used. */
  onFailure: (error: NodeJS.ErrnoException) => void;
}

/** mDNS on one link. */
export interface Endpoint {
  link: Link;
  /** Announces these records, and answers with them; resolves when they were sent for the first time, or could not be. */
  publish(records: DnsRecord[]): Promise<void>;
  /** Queries for rooms. */
  query(): void;
  /** Leaves the link. With `goodbye`, first withdraws what was announced. */
  close(goodbye: boolean): Promise<void>;
}

/** Opens mDNS on a link. Never throws; a failure is reported to `onFailure`, after this call. */
export function openEndpoint(link: Link, sockets: MulticastSockets, events: EndpointEvents): Endpoint {
  const socket = sockets.join(link, events.onFailure);
  const options: object = { socket, ip: link.group, bind: false, multicast: false };
  // Without this callback, an answer that cannot be sent would end the process.
  const bonjour = new Bonjour(options, () => {});
  const { mdns, register } = responderOf(bonjour);
  const published: DnsRecord[] = [];
  let announcing: ReturnType<typeof setTimeout> | undefined;

  const respond = mdns.respond;
  mdns.respond = limitAnswers(respond);
  listen(mdns, link, events);

  async function announce(pausesMs: number[]): Promise<void> {
    const [pauseMs, ...later] = pausesMs;
    if (pauseMs !== undefined) announcing = setTimeout(() => void announce(later), pauseMs);
    await untilDone((done) => respond({ answers: published }, done));
  }

  return {
    link,
    publish(records) {
      register(records);
      published.push(...records);
      return announce(announcePausesMs);
    },
    query: () => mdns.query(serviceDomain, "PTR", () => {}),
    async close(goodbye) {
      clearTimeout(announcing);
      if (goodbye && published.length > 0)
        await untilDone((done) => respond({ answers: goodbyeOf(published) }, done));
      await untilDone((done) => bonjour.destroy(done));
    },
  };
}

function responderOf(bonjour: Bonjour): Responder {
  const { server } = bonjour as unknown as { server: Responder };
  return { mdns: server.mdns, register: (records) => server.register(records) };
}

function listen(mdns: MulticastDns, link: Link, events: EndpointEvents): void {
  const answerListeners = mdns.listeners("query");
  mdns.removeAllListeners("query");
  mdns.on("query", (packet, source) => {
    try {
      for (const listener of answerListeners) listener(packet, source);
    } catch {
      // A query that makes the library throw gets no answer.
    }
    const asksForRooms = packet.questions?.some(({ name }) => name.toLowerCase() === serviceDomain) ?? false;
    if (!asksForRooms) return;
    // Where our own addresses are not known, each query may be ours.
    if (link.addresses.length === 0 || link.addresses.includes(source.address)) events.onEcho?.();
    else events.onQuery?.();
  });
  mdns.on("response", (packet, source) => {
    // RFC 6762 section 6: a response must come from port 5353.
    if (source.port !== multicastPort) return;
    events.onResponse?.([...(packet.answers ?? []), ...(packet.additionals ?? [])], source.address);
  });
}

/** Drops what would be more than a bounded number of answers in one second. */
function limitAnswers(respond: MulticastDns["respond"]): MulticastDns["respond"] {
  let second = 0;
  let answers = 0;
  return (response, done) => {
    const now = Math.floor(performance.now() / 1_000);
    answers = now === second ? answers + 1 : 1;
    second = now;
    if (answers > answersPerSecondMax) queueMicrotask(done);
    else respond(response, done);
  };
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
