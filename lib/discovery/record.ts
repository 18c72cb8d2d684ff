/** What a room announces on the network and how it is read back: DNS-SD records in both directions, no socket. */
import { limits } from "../protocol/limits.ts";
import { charCount, cleanLine } from "../protocol/text.ts";
import { isHostAddress, isLoopback } from "./address.ts";

/** `_holler._tcp`: the service type as bonjour-service wants it, and in full. */
export const serviceType = "holler";
export const serviceDomain = "_holler._tcp.local";

const instanceBytesMax = 63;
const txtStringsMax = 32;
const hostBytesMax = 253;
const addressesMax = 16;
/** A reflector may gather many answers in one packet; beyond this nobody is honest. */
const recordsMax = 256;
const instancesMax = 32;

const idPattern = /^[0-9a-f]{6}$/;
/** 32 bytes in base64url; the last of the 43 digits carries four bits, so only every fourth digit may stand there. */
const fingerprintPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const protocolPattern = /^[1-9][0-9]{0,3}$/;

/** What a server says about itself. */
export interface RoomRecord {
  /** The room's name as people see it. */
  room: string;
  /** Six hexadecimal digits that tell two rooms of one name apart. */
  id: string;
  /** The protocol version the server speaks. */
  protocol: number;
  /** SHA-256 of the server's certificate (DER) in base64url; absent without TLS. */
  fingerprint?: string;
  /** Nobody comes in without the passphrase. */
  needsPassphrase?: boolean;
  port: number;
}

/** A room that was heard on the network. Nothing in it is proven: whoever sent it may lie, or be gone. */
export interface Announcement extends RoomRecord {
  /** `<name>.local` */
  host: string;
  /** IP literals to try, the address the answer came from first. */
  addresses: string[];
}

/** One resource record as multicast-dns decodes it; only what is read here, and nothing about it is certain. */
export interface DnsRecord {
  name: string;
  type: string;
  ttl?: number;
  data?: unknown;
}

/** What one response packet says about rooms: DNS-SD instance names (lower case) and what they announce. */
export interface Reading {
  heard: { instance: string; announcement: Announcement }[];
  goodbyes: string[];
}

/** The DNS-SD instance name, unique for each server: the room's name and the server's id, at most 63 bytes. */
export function instanceName(room: string, id: string): string {
  const suffix = ` (${id})`;
  return cutToBytes(room, instanceBytesMax - suffix.length).trimEnd() + suffix;
}

/** The host name a server announces; `hostname` is what the system calls this machine. */
export function hostName(hostname: string, id: string): string {
  const label = (hostname.split(".")[0] ?? "").replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");
  // Its own name for each server, not the machine's: see "Host names" in advertise.ts.
  return `${cutToBytes(label === "" ? "holler" : label, instanceBytesMax - 1 - id.length)}-${id}.local`;
}

/** The TXT record, `txtvers` first (RFC 6763 section 6.7); the limits of a room's name keep it under 200 bytes. */
export function txtOf({
  room,
  id,
  protocol,
  fingerprint,
  needsPassphrase,
}: RoomRecord): Record<string, string> {
  return {
    txtvers: "1",
    v: String(protocol),
    room,
    id,
    ...(fingerprint === undefined ? { tls: "0" } : { fp: fingerprint, tls: "1" }),
    ...(needsPassphrase ? { pw: "1" } : {}),
  };
}

/** Reads what a TXT record says about a server, or undefined when anything about it is wrong. */
export function readTxt(strings: unknown): Omit<RoomRecord, "port"> | undefined {
  const txt = txtPairs(strings);
  if (txt === undefined || txt.get("txtvers") !== "1") return undefined;
  const room = readRoom(txt.get("room"));
  const id = txt.get("id") ?? "";
  const protocol = txt.get("v") ?? "";
  if (room === undefined || !idPattern.test(id) || !protocolPattern.test(protocol)) return undefined;
  const passphrase = txt.get("pw") === "1" ? { needsPassphrase: true } : {};
  const server = { room, id, protocol: Number(protocol), ...passphrase };
  const fingerprint = txt.get("fp");
  const tls = txt.get("tls");
  if (tls === "0" && fingerprint === undefined) return server;
  if (tls === "1" && fingerprint !== undefined && fingerprintPattern.test(fingerprint))
    return { ...server, fingerprint };
  return undefined;
}

/**
 * Reads the rooms out of one mDNS response. `source` is the IP address it came from. Whatever is wrong,
 * foreign or incomplete (no SRV or TXT beside the PTR) is passed over; nothing here throws.
 */
export function readResponse(records: readonly DnsRecord[], source: string): Reading {
  const reading: Reading = { heard: [], goodbyes: [] };
  const bounded = records.slice(0, recordsMax);
  const seen = new Set<string>();
  for (const pointer of bounded) {
    if (pointer.type !== "PTR" || lower(pointer.name) !== serviceDomain || typeof pointer.data !== "string")
      continue;
    const instance = lower(pointer.data);
    if (seen.has(instance) || seen.size >= instancesMax) continue;
    seen.add(instance);
    // RFC 6762 section 10.1: a time to live of zero is a goodbye.
    if (pointer.ttl === 0) reading.goodbyes.push(instance);
    else {
      const announcement = readInstance(bounded, instance, source);
      if (announcement !== undefined) reading.heard.push({ instance, announcement });
    }
  }
  return reading;
}

function readInstance(
  records: readonly DnsRecord[],
  instance: string,
  source: string,
): Announcement | undefined {
  const own = records.filter((record) => lower(record.name) === instance && record.ttl !== 0);
  const server = readTxt(own.find((record) => record.type === "TXT")?.data);
  const service = readService(own.find((record) => record.type === "SRV")?.data);
  if (server === undefined || service === undefined) return undefined;
  const target = lower(service.host);
  const offered = records.filter(
    (record) =>
      (record.type === "A" || record.type === "AAAA") && lower(record.name) === target && record.ttl !== 0,
  );
  const addresses = readAddresses(source, offered);
  return addresses.length === 0 ? undefined : { ...server, ...service, addresses };
}

function readService(data: unknown): { host: string; port: number } | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const { target: host, port } = data as { target?: unknown; port?: unknown };
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  if (typeof host !== "string" || bytesOf(host) > hostBytesMax || cleanLine(host) !== host) return undefined;
  return /^\S+\.local$/i.test(host) ? { host, port } : undefined;
}

/** A neighbour that offers a loopback address would have us talk to ourselves; only we may offer it to us. */
function readAddresses(source: string, offered: readonly DnsRecord[]): string[] {
  const candidates = [source, ...offered.map((record) => record.data)];
  const addresses = new Set<string>();
  for (const address of candidates) {
    if (addresses.size >= addressesMax) break;
    if (typeof address !== "string" || !isHostAddress(address)) continue;
    if (!isLoopback(address) || isLoopback(source)) addresses.add(address);
  }
  return [...addresses];
}

function readRoom(text: string | undefined): string | undefined {
  if (text === undefined || bytesOf(text) > limits.roomBytesMax || charCount(text) > limits.roomCharsMax)
    return undefined;
  const room = cleanLine(text);
  return room === "" ? undefined : room;
}

/** RFC 6763 section 6.4: keys without regard to case, the first of two equal ones counts, no key: ignored. */
function txtPairs(strings: unknown): Map<string, string> | undefined {
  if (!Array.isArray(strings) || strings.length > txtStringsMax) return undefined;
  const pairs = new Map<string, string>();
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (const string of strings) {
    if (!(string instanceof Uint8Array) || string.length > 255) return undefined;
    const equals = string.indexOf(0x3d);
    if (equals < 1) continue;
    try {
      const key = utf8.decode(string.subarray(0, equals)).toLowerCase();
      if (!pairs.has(key)) pairs.set(key, utf8.decode(string.subarray(equals + 1)));
    } catch {
      return undefined;
    }
  }
  return pairs;
}

/** DNS names differ without regard to ASCII case only (RFC 6762 section 16). */
function lower(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The longest start of the text that fits, never half a character. */
function cutToBytes(text: string, bytes: number): string {
  const whole = text.toWellFormed();
  const { read } = new TextEncoder().encodeInto(whole, new Uint8Array(Math.max(0, bytes)));
  return whole.slice(0, read);
}
