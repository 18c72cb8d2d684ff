/** Network interfaces, and the links on which mDNS runs: each interface by IPv4, and by IPv6. Pure. */
import { isLinkLocal, isOnLink, parseIPv4, sharePrefix, splitZone } from "./address.ts";

/** One network interface that is up, with the addresses by which its neighbours can reach this machine. */
export interface NetworkInterface {
  name: string;
  /** Its number in the system; undefined where it is not known. */
  index: number | undefined;
  /** By which this machine names it in link-local addresses. */
  zone: string;
  internal: boolean;
  ipv4: { address: string; netmask: string }[];
  /** Link-local addresses have the zone. */
  ipv6: string[];
}

export type Family = "IPv4" | "IPv6";

/** One interface by one family. An interface with two IPv4 networks is two links. */
export interface Link {
  /** Changes when anything about the link changes. */
  key: string;
  family: Family;
  /** The name of its interface; undefined: the one that the system chooses, because the list could not be read. */
  name: string | undefined;
  internal: boolean;
  /** The multicast group (RFC 6762 section 3); with its zone by IPv6. */
  group: string;
  /** Names the interface to a socket: its IPv4 address, or `::%zone`. */
  multicastInterface: string;
  /** The addresses by which its neighbours can reach this machine, a link-local one with its zone. */
  addresses: string[];
  /** Completes a link-local address from a DNS record, which has no zone; undefined: not known. */
  zone: string | undefined;
  /** Whether a packet from this address came from the link, as RFC 6762 section 11 demands. */
  isSource(address: string): boolean;
}

/** Bounds the work and the packets. A machine with more links in a family (a container host) uses the first ones. */
const linksMax = 32;
const groups: Record<Family, string> = { IPv4: "224.0.0.251", IPv6: "ff02::fb" };

/** All addresses of an interface, IPv4 first. */
export function addressesOf({ ipv4, ipv6 }: NetworkInterface): string[] {
  return [...ipv4.map(({ address }) => address), ...ipv6];
}

/** Whether the zone names this interface, by its name or its number. */
export function isZoneOf(zone: string, { name, index }: NetworkInterface): boolean {
  return zone === name || zone === String(index);
}

/** Whether neighbours reach it only by link-local IPv6: a cable between two machines, or an end of a container's tunnel. */
export function isLinkLocalOnly({ addresses }: Pick<Link, "addresses">): boolean {
  return addresses.length > 0 && addresses.every(isLinkLocal);
}

/** The links of these interfaces; of the interfaces that the system chooses when they are not known. */
export function linksOf(interfaces: NetworkInterface[] | undefined): Link[] {
  if (interfaces === undefined) return unknownLinks;
  const byIPv6 = interfaces.flatMap(linksByIPv6);
  // A container host has one for each container.
  const last = (link: Link): number => (isLinkLocalOnly(link) ? 1 : 0);
  return [
    ...interfaces.flatMap(linksByIPv4).slice(0, linksMax),
    ...byIPv6.toSorted((a, b) => last(a) - last(b)).slice(0, linksMax),
  ];
}

function linksByIPv4(one: NetworkInterface): Link[] {
  const { name, zone, internal, ipv4, ipv6 } = one;
  return ipv4.map(({ address, netmask }) => {
    const addresses = [address, ...ipv6];
    return {
      key: ["IPv4", name, one.index, netmask, ...addresses].join(" "),
      family: "IPv4",
      name,
      internal,
      group: groups.IPv4,
      multicastInterface: address,
      addresses,
      zone,
      isSource: (source) => isOnLink(source, address, netmask),
    };
  });
}

/** Loopback is left out: programs on one machine find each other by IPv4, and Linux has no IPv6 multicast there. */
function linksByIPv6(one: NetworkInterface): Link[] {
  const { name, zone, internal, ipv6 } = one;
  if (internal || ipv6.length === 0) return [];
  const addresses = addressesOf(one);
  const isSource = (source: string): boolean => {
    const { address, zone: sourceZone } = splitZone(source);
    return sourceZone === undefined
      ? ipv6.some((own) => sharePrefix(own, address))
      : isZoneOf(sourceZone, one);
  };
  return [
    {
      key: ["IPv6", name, one.index, ...addresses].join(" "),
      family: "IPv6",
      name,
      internal,
      group: `${groups.IPv6}%${zone}`,
      multicastInterface: `::%${zone}`,
      addresses,
      zone,
      isSource,
    },
  ];
}

/** Which neighbours they lead to is not known, so every source counts; clients connect to private addresses only. */
const unknownLinks: Link[] = [
  {
    key: "IPv4",
    family: "IPv4",
    name: undefined,
    internal: false,
    group: groups.IPv4,
    multicastInterface: "0.0.0.0",
    addresses: [],
    zone: undefined,
    isSource: (source) => parseIPv4(source) !== undefined,
  },
  {
    key: "IPv6",
    family: "IPv6",
    name: undefined,
    internal: false,
    group: groups.IPv6,
    multicastInterface: "::",
    addresses: [],
    zone: undefined,
    isSource: (source) => source.includes(":"),
  },
];
