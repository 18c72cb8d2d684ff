/** Follows the network interfaces of the machine, which change while a program runs (Wi-Fi, cables). */
import { networkInterfaces } from "node:os";
import { isHostAddress, isOnLink, isPrivate, sharePrefix } from "./address.ts";

/** How often interfaces are listed, which takes a fraction of a millisecond. */
const rescanMs = 2_000;
/** Each interface needs a socket. A machine with more interfaces (a container host) uses the first ones. */
const interfacesMax = 32;

/** One IPv4 address of one interface, to which a multicast socket can be bound. */
export interface NetworkInterface {
  /** Changes when anything about the interface changes. */
  key: string;
  name: string;
  /** The IPv4 address from which multicast is sent. */
  address: string;
  netmask: string;
  internal: boolean;
  /** Every address of this interface that its neighbours can reach, `address` first. */
  addresses: string[];
}

/** The IPv4 interfaces that are up, with loopback: two programs on one machine may share no other. */
export function currentInterfaces(): NetworkInterface[] {
  const found: NetworkInterface[] = [];
  for (const [name, list] of Object.entries(networkInterfaces())) {
    const all = list ?? [];
    // Link-local IPv6 is left out: it needs a zone, which a DNS record cannot carry.
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

/** The addresses that are private or on a link of ours: an announcement must not make a client connect to the internet. */
export function nearbyAddresses(addresses: string[]): string[] {
  const own = currentInterfaces();
  const isOnOurLink = (address: string): boolean =>
    own.some(
      (one) =>
        isOnLink(address, one.address, one.netmask) ||
        one.addresses.some((other) => sharePrefix(address, other)),
    );
  return addresses.filter((address) => isPrivate(address) || isOnOurLink(address));
}

/** One item, such as a socket, for each interface that exists. */
export interface PerInterface<T> {
  /** The open items. */
  all(): T[];
  /** Closes and drops an item that failed; the next scan opens a new one if the interface still exists. */
  drop(item: T): void;
  /** Stops scanning; the caller closes the items that are returned. */
  stop(): T[];
}

/** Calls `open` for every interface now and for each new one later, and `close` for each one that disappears. */
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
