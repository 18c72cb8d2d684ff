/** Classifies IP addresses in text form. Those in an announcement come from strangers, and some must never be tried. Pure. */

/** The longest text of an IPv6 address without a zone: six groups and a dotted quad. */
const addressCharsMax = 45;

/** The four bytes of a dotted quad as one number; undefined when the text is not a dotted quad. */
export function parseIPv4(text: string): number | undefined {
  if (!/^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text)) return undefined;
  let value = 0;
  for (const part of text.split(".")) {
    // Some systems read a leading zero as octal and others as decimal, so it is refused.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The eight groups of an IPv6 address without a zone (RFC 4291 section 2.2); undefined when the text is not one. */
export function parseIPv6(text: string): number[] | undefined {
  if (text.length > addressCharsMax || !/^[0-9a-fA-F:.]+$/.test(text)) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = parseGroups(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1) return missing === 0 ? head : undefined;
  return missing < 1 ? undefined : [...head, ...new Array<number>(missing).fill(0), ...tail];
}

/**
 * An address and the zone behind its `%`: the interface of this machine on which a link-local IPv6 address counts (RFC 4007
 * section 11). Without a zone, `zone` is undefined.
 */
export function splitZone(text: string): { address: string; zone: string | undefined } {
  const percent = text.indexOf("%");
  if (percent < 0) return { address: text, zone: undefined };
  return { address: text.slice(0, percent), zone: text.slice(percent + 1) };
}

/** Whether it is a link-local IPv6 address (fe80::/10), with a zone or without. */
export function isLinkLocal(text: string): boolean {
  const first = parseIPv6(splitZone(text).address)?.[0];
  return first !== undefined && (first & 0xffc0) === 0xfe80;
}

/** The addresses that mean the same everywhere on the network, without link-local ones; all when there are no others. */
export function preferWithoutZone(addresses: string[]): string[] {
  const others = addresses.filter((address) => !isLinkLocal(address));
  return others.length > 0 ? others : addresses;
}

/** Whether the text is an IP address that a client may try: unicast, with a zone exactly where it needs one. */
export function isHostAddress(text: string): boolean {
  const quad = parseIPv4(text);
  // 0/8 is "this host"; 224/4 and above are multicast, reserved, and the broadcast address.
  if (quad !== undefined) return quad >>> 24 !== 0 && quad >>> 28 < 14;
  if (isLinkLocal(text)) return (splitZone(text).zone ?? "") !== "";
  const groups = parseIPv6(text);
  // ff00::/8 is multicast; ::, ::ffff:a.b.c.d and the old ::a.b.c.d embed another address.
  if (groups === undefined || (groups[0] ?? 0) >>> 8 === 0xff) return false;
  return isLoopback(text) || groups.slice(0, 5).some((group) => group !== 0);
}

/** Whether it is a loopback address. */
export function isLoopback(text: string): boolean {
  const quad = parseIPv4(text);
  if (quad !== undefined) return quad >>> 24 === 127;
  return parseIPv6(text)?.every((group, index) => group === (index === 7 ? 1 : 0)) ?? false;
}

/**
 * Whether the address is not of the public internet: RFC 1918, shared (RFC 6598) and link-local IPv4, unique local (RFC
 * 4193) and link-local IPv6, and loopback.
 */
export function isPrivate(address: string): boolean {
  const quad = parseIPv4(address);
  if (quad !== undefined)
    return privateIPv4.some(({ start, bits }) => quad >>> (32 - bits) === start >>> (32 - bits));
  if (isLoopback(address) || isLinkLocal(address)) return true;
  return ((parseIPv6(address)?.[0] ?? 0) & 0xfe00) === 0xfc00;
}

const privateIPv4 = [
  { start: 0x0a000000, bits: 8 },
  { start: 0x64400000, bits: 10 },
  { start: 0x7f000000, bits: 8 },
  { start: 0xa9fe0000, bits: 16 },
  { start: 0xac100000, bits: 12 },
  { start: 0xc0a80000, bits: 16 },
];

/** Whether two IPv6 addresses share a prefix of 64 bits, the usual size of a network (RFC 4291 section 2.5.1). */
export function sharePrefix(a: string, b: string): boolean {
  const [first, second] = [parseIPv6(a), parseIPv6(b)];
  return (
    first !== undefined && second !== undefined && first.slice(0, 4).join() === second.slice(0, 4).join()
  );
}

/** Whether an IPv4 address is on the link of our `own` address, by its netmask. */
export function isOnLink(address: string, own: string, netmask: string): boolean {
  const [a, b, mask] = [parseIPv4(address), parseIPv4(own), parseIPv4(netmask)];
  return a !== undefined && b !== undefined && mask !== undefined && ((a ^ b) & mask) === 0;
}

/** Whether a server that is bound to `bound` answers on `address`; `::` stands for every address of both families. */
export function answersOn(bound: string, address: string): boolean {
  if (parseIPv4(bound) === 0) return parseIPv4(address) !== undefined;
  const [boundParts, parts] = [splitZone(bound), splitZone(address)];
  const [boundGroups, groups] = [parseIPv6(boundParts.address), parseIPv6(parts.address)];
  if (boundGroups?.every((group) => group === 0)) return true;
  return boundGroups !== undefined && groups !== undefined
    ? boundGroups.join() === groups.join() && boundParts.zone === parts.zone
    : bound === address;
}

/** Parses groups. A dotted quad may replace the last two groups of an address, so only where `isEnd`. */
function parseGroups(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const quad = isEnd && index === parts.length - 1 ? parseIPv4(part) : undefined;
    if (quad !== undefined) groups.push(quad >>> 16, quad & 0xffff);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups.length <= 8 ? groups : undefined;
}
