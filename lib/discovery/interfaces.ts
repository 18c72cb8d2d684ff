/** Lists the network interfaces of the machine, which change while a program runs, and may be hidden from it. */
import { networkInterfaces } from "node:os";
import {
  answersOn,
  isHostAddress,
  isLinkLocal,
  isOnLink,
  isPrivate,
  preferWithoutZone,
  sharePrefix,
  splitZone,
} from "./address.ts";
import { addressesOf, isZoneOf, linksOf, type NetworkInterface } from "./links.ts";
import { interfacesProblem, type NetworkProblem, type OnProblem } from "./problem.ts";

/** The interfaces, and what is wrong when the list could not be read. */
export interface InterfaceScan {
  /** Those of the last scan that worked; undefined when none has. */
  interfaces: NetworkInterface[] | undefined;
  problem?: NetworkProblem;
}

/** The most interfaces that are named or tried; a container host has hundreds. */
const zonesMax = 8;

/** A failed scan says nothing about the network, so the interfaces count as unchanged. */
let lastKnown: NetworkInterface[] | undefined;

/**
 * Lists the interfaces that are up, which takes a fraction of a millisecond. Never throws: a process without file
 * descriptors, a sandbox without netlink, and Android do not give the list.
 */
export function scanInterfaces(): InterfaceScan {
  try {
    lastKnown = Object.entries(networkInterfaces()).map(([name, list]) => readInterface(name, list ?? []));
    return { interfaces: lastKnown };
  } catch (error) {
    return { interfaces: lastKnown, problem: interfacesProblem(error, lastKnown !== undefined) };
  }
}

function readInterface(
  name: string,
  list: ReturnType<typeof networkInterfaces>[string] & {},
): NetworkInterface {
  const index = list.map((one) => (one.family === "IPv6" ? one.scopeid : 0)).find((id) => id !== 0);
  // Only Windows names zones by numbers alone.
  const zone = process.platform === "win32" && index !== undefined ? String(index) : name;
  const ipv4 = list.filter((one) => one.family === "IPv4");
  const ipv6 = list
    .filter((one) => one.family === "IPv6")
    .map(({ address }) => (isLinkLocal(address) ? `${address}%${zone}` : address));
  return {
    name,
    index,
    zone,
    internal: list.some((one) => one.internal),
    ipv4: ipv4.map(({ address, netmask }) => ({ address, netmask })),
    ipv6: ipv6.filter(isHostAddress),
  };
}

/**
 * The addresses under which a server that is bound to `bound` is reached; none: bound to all. The loopback address when
 * there are no others, and nothing when the interfaces are not known.
 */
export function reachableAddresses(bound: string | undefined, onProblem: OnProblem): string[] {
  if (bound !== undefined && !["::", "0.0.0.0"].includes(bound)) return [bound];
  const { interfaces, problem } = scanInterfaces();
  if (problem !== undefined) onProblem(problem);
  if (interfaces === undefined) return [];
  const reachable = interfaces
    .filter(({ internal }) => !internal)
    .flatMap(addressesOf)
    .filter((address) => answersOn(bound ?? "::", address));
  return reachable.length > 0 ? preferWithoutZone(reachable) : ["127.0.0.1"];
}

/** The address with the zone as it is spelled here: a person may write the number of an interface. */
export function normalZone(text: string): string {
  const { address, zone } = splitZone(text);
  if (zone === undefined) return text;
  const found = scanInterfaces().interfaces?.find((one) => isZoneOf(zone, one));
  return `${address}%${found?.zone ?? zone}`;
}

/** The address; a link-local one without a zone with that of each interface, because name services leave it out. */
export function withEveryZone(address: string): string[] {
  if (!isLinkLocal(address) || address.includes("%")) return [address];
  return zonesHere(scanInterfaces().interfaces).map((zone) => `${address}%${zone}`);
}

/**
 * Why a link-local address leads nowhere, and what to do: it needs the interface behind a `%`, and one that this machine
 * has. Undefined when that is in order.
 */
export function zoneProblem(host: string): string | undefined {
  if (!isLinkLocal(host)) return undefined;
  const { interfaces = [] } = scanInterfaces();
  const { address, zone = "" } = splitZone(host);
  if (zone !== "" && (interfaces.length === 0 || interfaces.some((one) => isZoneOf(zone, one))))
    return undefined;
  const zones = zonesHere(interfaces);
  const here = zones.length === 0 ? "" : ` (here: ${zones.join(", ")})`;
  return zone === ""
    ? `${address} is a link-local address: add %interface, the interface that leads to it${here}, as in ${address}%${zones[0] ?? "eth0"}.`
    : `No network interface ${zone} is up on this machine${here}, so ${host} leads nowhere.`;
}

/** The zones in which neighbours may have link-local addresses. */
function zonesHere(interfaces: NetworkInterface[] | undefined): string[] {
  const byIPv6 = linksOf(interfaces).filter(({ family }) => family === "IPv6");
  return byIPv6.flatMap(({ zone }) => zone ?? []).slice(0, zonesMax);
}

/** The addresses that are private or on a link of ours: an announcement must not make a client connect to the internet. */
export function nearbyAddresses(addresses: string[]): string[] {
  // A problem is reported by what watches the links.
  const { interfaces = [] } = scanInterfaces();
  const isOnOurLink = (address: string): boolean =>
    interfaces.some(
      ({ ipv4, ipv6 }) =>
        ipv4.some((own) => isOnLink(address, own.address, own.netmask)) ||
        ipv6.some((own) => sharePrefix(address, own)),
    );
  return addresses.filter((address) => isPrivate(address) || isOnOurLink(address));
}
