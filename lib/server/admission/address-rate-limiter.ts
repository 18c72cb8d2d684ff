/**
 * Limits the rate of each address (GCRA, `base/gcra.ts`). Pure: the caller passes the time.
 *
 * The contract:
 * 1. An address conforms `burst` times at once, and `perSecond` times a second on average. A refused attempt does not
 *    count.
 * 2. An IPv6 network of 64 bits has `networkTimes` times that rate. All machines of a LAN may be in one such network, as
 *    link-local addresses always are; but one machine can use as many addresses of it as it likes.
 * 3. Memory is bounded: of more than `entriesMax` addresses and networks, the least recently counted one is forgotten.
 */
import type { Rate } from "../../base/gcra.ts";
import { tatAfter, unusedTatMs, waitMs } from "../../base/gcra.ts";

/** `before`: how many earlier attempts of this address still count. */
export type Take = { isTaken: true; before: number } | { isTaken: false; waitMs: number };

export interface AddressRateLimiter {
  /** Counts one attempt of this address, if it conforms to the rate. */
  take(address: string, nowMs: number): Take;
  /** Takes one counted attempt back. */
  giveBack(address: string): void;
}

export interface AddressRate extends Rate {
  /** How many times the rate of one address an IPv6 network has. At least 1. */
  networkTimes: number;
}

/** What an attempt is counted for: the address, or the network that it is in. */
interface Payer {
  key: string;
  rate: Rate;
}

const entriesMax = 10_000;
/** Above the rounding errors of the calculation, below any time that passes between two attempts. */
const roundingMs = 1e-6;

/** A limiter that has counted nothing yet. */
export function createAddressRateLimiter(rate: AddressRate): AddressRateLimiter {
  const { perSecond, burst, networkTimes } = rate;
  const networkRate = { perSecond: perSecond * networkTimes, burst: burst * networkTimes };
  /** The theoretical arrival times, the least recently counted first. */
  const tatsMs = new Map<string, number>();
  const tatOf = (key: string): number => tatsMs.get(key) ?? unusedTatMs;

  function payersOf(address: string): Payer[] {
    const network = networkOf(address);
    const payer = { key: address, rate };
    return network === undefined ? [payer] : [payer, { key: network, rate: networkRate }];
  }

  /** How many attempts lie between now and the theoretical arrival time, a begun one included. */
  function countOf(address: string, nowMs: number): number {
    const aheadMs = Math.max(tatOf(address) - nowMs, 0);
    return Math.ceil(((aheadMs - roundingMs) * perSecond) / 1_000);
  }

  return {
    take(address, nowMs) {
      const payers = payersOf(address);
      const longestMs = Math.max(...payers.map((payer) => waitMs(tatOf(payer.key), payer.rate, 1, nowMs)));
      if (longestMs > roundingMs) return { isTaken: false, waitMs: longestMs };
      const before = Math.max(countOf(address, nowMs), 0);
      for (const payer of payers) {
        const tatMs = tatAfter(tatOf(payer.key), payer.rate, 1, nowMs);
        // Inserted anew, as the most recent entry.
        tatsMs.delete(payer.key);
        tatsMs.set(payer.key, tatMs);
      }
      for (const leastRecent of tatsMs.keys()) {
        if (tatsMs.size <= entriesMax) break;
        tatsMs.delete(leastRecent);
      }
      return { isTaken: true, before };
    },
    giveBack(address) {
      for (const payer of payersOf(address)) {
        const tatMs = tatsMs.get(payer.key);
        // A negative cost moves the time back from where it stands.
        if (tatMs !== undefined) tatsMs.set(payer.key, tatAfter(tatMs, payer.rate, -1, unusedTatMs));
      }
    },
  };
}

/** The first four groups of an IPv6 address; undefined for any other address. */
function networkOf(address: string): string | undefined {
  if (!address.includes(":")) return undefined;
  const [head = "", tail] = address.split("::");
  const groups = groupsOf(head);
  const missing = tail === undefined ? 0 : 8 - groups.length - groupsOf(tail).length;
  const all = [...groups, ...Array<string>(missing).fill("0"), ...groupsOf(tail ?? "")];
  const network = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(":")}::/64`;
}

function groupsOf(part: string): string[] {
  return part.split(":").filter((group) => group !== "");
}
