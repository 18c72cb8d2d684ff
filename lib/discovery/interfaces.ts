/** Keeps up with the machine's network interfaces, which come and go while a program runs: Wi-Fi joined, cable pulled. */
import { networkInterfaces } from "node:os";
import { isHostAddress, isOnLink, isPrivate, sharePrefix } from "./address.ts";

/** A cable plugged in is noticed after this long; listing interfaces takes a fraction of a millisecond. */
const rescanMs = 2_000;
/** One socket each; a machine with more (container hosts) uses the first ones. */
const interfacesMax = 32;

/** One IPv4 address of one interface: what a multicast socket can be tied to. */
export interface NetworkInterface {
  /** Equal as long as nothing about the interface changed. */
  key: string;
  name: string;
  /** The IPv4 address that multicast goes out from. */
  address: string;
  netmask: string;
  internal: boolean;
  /** Every address of this interface that its neighbours can use, `address` first. */
  addresses: string[];
}

/** The IPv4 interfaces that are up now, loopback among them: programs on one machine may have nothing else in common. */
export function currentInterfaces(): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  for (const [name, list] of Object.entries(networkInterfaces())) {
    const all = list ?? [];
    // Link-local IPv6 is left out: without a zone, which no record can carry, it leads nowhere.
    const ipv6 = all
      .filter((one) => one.family === "IPv6" && isHostAddress(one.address))
      .map((one) => one.address);
    for (const { family, address, netmask, internal } of all) {
      if (family !== "IPv4" || found.length >= interfacesMax) continue;
      const addresses = [address, ...ipv6];
      found.push({
        key: [name, netmask, ...addresses].join(" "),
        name,
        address,
        netmask,
        internal,
        addresses,
      });
    }
  }
  return found;
}

/** Those of the addresses that are on this network: an announcement must not send anybody out of it. */
export function nearbyAddresses(addresses: string[]): string[] {
  const own = currentInterfaces();
  const isOurs = (address: string): boolean =>
    own.some(
      (one) =>
        isOnLink(address, one.address, one.netmask) ||
        one.addresses.some((other) => sharePrefix(address, other)),
    );
  return addresses.filter((address) => isPrivate(address) || isOurs(address));
}

/** Something kept for each interface that exists, such as a socket. */
export interface PerInterface<T> {
  /** What is open now. */
  all(): T[];
  /** Drops one that failed; the next scan opens it again if its interface is still there. */
  drop(item: T): void;
  /** Stops looking; what is open stays with the caller. */
  stop(): T[];
}

/** Calls `open` for every interface now and for each that appears, `close` for each that is gone. */
export function perInterface<T>(
  open: (one: NetworkInterface) => T,
  close: (item: T) => void,
): PerInterface<T> {
  const items = new Map<string, T>();
  const scan = (): void => {
    const current = new Map(currentInterfaces().map((one) => [one.key, one]));
    for (const [key, item] of items) {
      if (current.has(key)) continue;
      items.delete(key);
      close(item);
    }
    for (const [key, one] of current) if (!items.has(key)) items.set(key, open(one));
  };
  scan();
  const timer = setInterval(scan, rescanMs);
  return {
    all: () => [...items.values()],
    drop(item) {
      for (const [key, other] of items) if (other === item) items.delete(key);
      close(item);
    },
    stop() {
      clearInterval(timer);
      const open = [...items.values()];
      items.clear();
      return open;
    },
  };
}
