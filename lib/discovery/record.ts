/** The DNS-SD records of a room (RFC 6763), written and parsed. Pure. */
import { limits } from "../protocol/limits.ts";
import { charCount, cleanLine } from "../protocol/text.ts";
import { isHostAddress, isLinkLocal, isLoopback, splitZone } from "./address.ts";

/** The service type, as a full domain name. */
export const serviceDomain = "_holler._tcp.local";
/** Lists the service types of a machine (RFC 6763 section 9). */
const typeEnumeration = "_services._dns-sd._udp.local";

/** RFC 6762 section 10: records that have the name of a host, and the others. */
const hostTtlSeconds = 120;
const otherTtlSeconds = 75 * 60;

const instanceBytesMax = 63;
const txtStringsMax = 32;
const hostBytesMax = 253;
const addressesMax = 16;
/** A reflector may put many answers into one packet, but an honest packet has fewer records than this. */
const recordsMax = 256;
const instancesMax = 32;

const idPattern = /^[0-9a-f]{6}$/;
/** 32 bytes in base64url. The last of the 43 digits carries only four bits, so it is one of 16 digits. */
const fingerprintPattern = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const protocolPattern = /^[1-9][0-9]{0,3}$/;

/** What a server announces about itself, without its addresses. */
export interface RoomRecord {
  /** The name of the room as people see it. */
  room: string;
  /** Six hexadecimal digits that distinguish two rooms of one name. */
  id: string;
  /** The version of the protocol that the server speaks. */
  protocol: number;
  /** The SHA-256 of the server's certificate (DER) in base64url; absent without TLS. */
  fingerprint?: string;
  /** The room can only be joined with its passphrase. */
  needsPassphrase?: boolean;
  port: number;
}

/** A room that was announced on the network. Nothing in it is verified: its sender may lie, or be gone. */
export interface Announcement extends RoomRecord {
  /** The SRV target, `<name>.local`. */
  host: string;
  /** IP literals to try, the address of the sender first. */
  addresses: string[];
}

/** A resource record in the form of multicast-dns. Nothing in a received one is checked yet. */
export interface DnsRecord {
  name: string;
  type: string;
  ttl?: number;
  /** The cache-flush bit: replaces older records of this name and type (RFC 6762 section 10.2). */
  flush?: boolean;
  data?: unknown;
}

/** The rooms in one response packet, by service instance name (lower case). */
export interface DiscoveryResponse {
  announced: { instance: string; announcement: Announcement }[];
  goodbyes: string[];
}

/** The records of a room that is reached at these addresses; `hostname` is the system's name of this machine. */
export function recordsOf(record: RoomRecord, hostname: string, addresses: string[]): DnsRecord[] {
  // multicast-dns takes every dot for the end of a label.
  const instance = `${instanceName(record.room, record.id).replaceAll(".", "-")}.${serviceDomain}`;
  const target = hostName(hostname, record.id);
  const strings = Object.entries(txtOf(record)).map(([key, value]) => Buffer.from(`${key}=${value}`));
  const host = { ttl: hostTtlSeconds, flush: true };
  return [
    { name: serviceDomain, type: "PTR", ttl: otherTtlSeconds, data: instance },
    { name: instance, type: "SRV", ...host, data: { target, port: record.port } },
    { name: instance, type: "TXT", ttl: otherTtlSeconds, flush: true, data: strings },
    { name: typeEnumeration, type: "PTR", ttl: otherTtlSeconds, data: serviceDomain },
    ...addresses.map((address): DnsRecord => {
      const { address: data } = splitZone(address);
      return { name: target, type: data.includes(":") ? "AAAA" : "A", ...host, data };
    }),
  ];
}

/** Withdraws these records (RFC 6762 section 10.1), but not the service type, which other machines may offer. */
export function goodbyeOf(records: DnsRecord[]): DnsRecord[] {
  return records.filter(({ name }) => name !== typeEnumeration).map((record) => ({ ...record, ttl: 0 }));
}

/** The service instance name: the name of the room and the id of the server, which makes it unique. At most 63 bytes. */
export function instanceName(room: string, id: string): string {
  const suffix = ` (${id})`;
  return cutToBytes(room, instanceBytesMax - suffix.length).trimEnd() + suffix;
}

/** The SRV target that a server announces; `hostname` is the system's name of this machine. */
export function hostName(hostname: string, id: string): string {
  const label = (hostname.split(".")[0] ?? "").replace(/[^A-Za-z0-9-]+/g, "-").replace(/^-+|-+$/g, "");
  // A name of the server and not of the machine: see "Host names" in advertise.ts.
  return `${cutToBytes(label === "" ? "holler" : label, instanceBytesMax - 1 - id.length)}-${id}.local`;
}

/** The TXT record, `txtvers` first (RFC 6763 section 6.7). The limits of a room name keep it under 200 bytes. */
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

/** Parses the TXT record of a server; undefined when anything in it is invalid. */
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
 * Parses the rooms in one mDNS response. `source` is the IP address of its sender. `linkZone` is the zone of the interface
 * on which it came; without one, link-local IPv6 addresses are ignored. Invalid, foreign and incomplete instances (without SRV or
 * TXT beside the PTR) are ignored. Never throws.
 */
export function readResponse(
  records: readonly DnsRecord[],
  source: string,
  linkZone?: string,
): DiscoveryResponse {
  const zone = splitZone(source).zone ?? linkZone;
  const response: DiscoveryResponse = { announced: [], goodbyes: [] };
  const bounded = records.slice(0, recordsMax);
  const seen = new Set<string>();
  for (const pointer of bounded) {
    if (pointer.type !== "PTR" || lower(pointer.name) !== serviceDomain || typeof pointer.data !== "string")
      continue;
    const instance = lower(pointer.data);
    if (seen.has(instance) || seen.size >= instancesMax) continue;
    seen.add(instance);
    // RFC 6762 section 10.1: a TTL of zero is a goodbye.
    if (pointer.ttl === 0) response.goodbyes.push(instance);
    else {
      const announcement = readInstance(bounded, instance, { address: source, zone });
      if (announcement !== undefined) response.announced.push({ instance, announcement });
    }
  }
  return response;
}

interface Source {
  address: string;
  zone: string | undefined;
}

function readInstance(
  records: readonly DnsRecord[],
  instance: string,
  source: Source,
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

/** Loopback addresses count only from this machine: a neighbour's would make us connect to ourselves. */
function readAddresses(source: Source, offered: readonly DnsRecord[]): string[] {
  const candidates = [source.address, ...offered.map((record) => withZone(record.data, source.zone))];
  const addresses = new Set<string>();
  for (const address of candidates) {
    if (addresses.size >= addressesMax) break;
    if (typeof address !== "string" || !isHostAddress(address)) continue;
    if (!isLoopback(address) || isLoopback(source.address)) addresses.add(address);
  }
  return [...addresses];
}

/** A record cannot carry the zone of a link-local address: it is that of the link on which the record came. */
function withZone(address: unknown, zone: string | undefined): unknown {
  if (typeof address !== "string" || zone === undefined || !isLinkLocal(address)) return address;
  return `${splitZone(address).address}%${zone}`;
}

function readRoom(text: string | undefined): string | undefined {
  if (text === undefined || bytesOf(text) > limits.roomBytesMax || charCount(text) > limits.roomCharsMax)
    return undefined;
  const room = cleanLine(text);
  return room === "" ? undefined : room;
}

/** RFC 6763 section 6.4: keys ignore case, the first of two equal keys counts, strings without a key are ignored. */
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

/** DNS names ignore ASCII case only (RFC 6762 section 16). */
function lower(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** The longest start of the text that fits in `bytes` of UTF-8, never half a character. */
function cutToBytes(text: string, bytes: number): string {
  const whole = text.toWellFormed();
  const { read } = new TextEncoder().encodeInto(whole, new Uint8Array(Math.max(0, bytes)));
  return whole.slice(0, read);
}
