/** Judges IP addresses as text, because addresses in an announcement come from strangers and some must never be tried. */

/** The longest text of an IPv6 address without a zone: eight groups, or six and a dotted quad. */
const addressCharsMax = 45;

/** The four bytes of a dotted quad as one number, or undefined when it is none. */
export function parseIPv4(text: string): number | undefined {
  if (!/^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text)) return undefined;
  let value = 0;
  for (const part of text.split(".")) {
    // A leading zero is read as octal by some systems and as decimal by others: two meanings, so none.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith("0"))) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

/** The eight groups of an IPv6 address without a zone, or undefined when it is none (RFC 4291 section 2.2). */
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

/** Whether the text is an IP address that a client may try: one host, reachable without naming an interface. */
export function isHostAddress(text: string): boolean {
  const quad = parseIPv4(text);
  // 0/8 is "this host", 224/4 and above are groups, reserved, and the broadcast address.
  if (quad !== undefined) return quad >>> 24 !== 0 && quad >>> 28 < 14;
  const groups = parseIPv6(text);
  if (groups === undefined) return false;
  const first = groups[0] ?? 0;
  // fe80::/10 means nothing without a zone; ff00::/8 are groups; ::, ::ffff:a.b.c.d and old ::a.b.c.d hide another address.
  if ((first & 0xffc0) === 0xfe80 || first >>> 8 === 0xff) return false;
  return isLoopback(text) || groups.slice(0, 5).some((group) => group !== 0);
}

/** Whether the address leads back to the machine that uses it. */
export function isLoopback(text: string): boolean {
  const quad = parseIPv4(text);
  if (quad !== undefined) return quad >>> 24 === 127;
  return parseIPv6(text)?.every((group, index) => group === (index === 7 ? 1 : 0)) ?? false;
}

/**
 * Whether the address can only be of this machine or of a private network: RFC 1918, shared (RFC 6598) and link-local
 * IPv4, unique local IPv6 (RFC 4193), and loopback.
 */
export function isPrivate(address: string): boolean {
  const quad = parseIPv4(address);
  if (quad !== undefined)
    return privateIPv4.some(({ start, bits }) => quad >>> (32 - bits) === start >>> (32 - bits));
  return isLoopback(address) || ((parseIPv6(address)?.[0] ?? 0) & 0xfe00) === 0xfc00;
}

const privateIPv4 = [
  { start: 0x0a000000, bits: 8 },
  { start: 0x64400000, bits: 10 },
  { start: 0x7f000000, bits: 8 },
  { start: 0xa9fe0000, bits: 16 },
  { start: 0xac100000, bits: 12 },
  { start: 0xc0a80000, bits: 16 },
];

/** Whether two IPv6 addresses are in one network of the usual size, 64 bits (RFC 4291 section 2.5.1). */
export function sharePrefix(a: string, b: string): boolean {
  const [first, second] = [parseIPv6(a), parseIPv6(b)];
  return (
    first !== undefined && second !== undefined && first.slice(0, 4).join() === second.slice(0, 4).join()
  );
}

/** Whether two IPv4 addresses share a link, judged by the netmask of one of them. */
export function isOnLink(address: string, own: string, netmask: string): boolean {
  const [a, b, mask] = [parseIPv4(address), parseIPv4(own), parseIPv4(netmask)];
  return a !== undefined && b !== undefined && mask !== undefined && ((a ^ b) & mask) === 0;
}

/** Whether a server bound to `bound` answers on `address`; `::` is every address of both families. */
export function answersOn(bound: string, address: string): boolean {
  if (parseIPv4(bound) === 0) return parseIPv4(address) !== undefined;
  const [boundGroups, groups] = [parseIPv6(bound), parseIPv6(address)];
  if (boundGroups?.every((group) => group === 0)) return true;
  return boundGroups !== undefined && groups !== undefined
    ? boundGroups.join() === groups.join()
    : bound === address;
}

/** A dotted quad may stand for the last two groups of the address, so only where the text is its end. */
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
