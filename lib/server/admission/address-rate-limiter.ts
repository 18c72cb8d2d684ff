/**
 * How often each address may do something (GCRA, as in `room/rate-limit.ts`). Pure: it is told the time.
 *
 * The contract:
 * 1. An address may `burst` times at once, and once more each time that `everyMs` passes. What is refused does not count.
 * 2. An IPv6 network of 64 bits may `networkTimes` as often. All of a LAN share one, as link-local addresses always do;
 *    but one machine can make up as many addresses in it as it likes.
 * 3. What is remembered is bounded: of more than `rememberedMax`, the one that came longest ago is forgotten.
 */

/** `before`: how many of this address count already. */
export type Take = { isTaken: true; before: number } | { isTaken: false; waitMs: number };

export interface AddressRate {
  /** Counts one more of this address, if that is not too often. */
  take(address: string, nowMs: number): Take;
  /** The last one does not count after all. */
  giveBack(address: string): void;
}

export interface AddressRateOptions {
  burst: number;
  everyMs: number;
  networkTimes: number;
}

const rememberedMax = 10_000;

/** Nobody has done it yet. */
export function createAddressRate({ burst, everyMs, networkTimes }: AddressRateOptions): AddressRate {
  /** When all of an address, or network, will be made up for; who came longest ago first. */
  const madeUpForMs = new Map<string, number>();

  const aheadMs = (key: string, nowMs: number): number =>
    Math.max((madeUpForMs.get(key) ?? nowMs) - nowMs, 0);

  /** What one costs, by who pays: the address, and the network that it is in. */
  function costsOf(address: string): [string, number][] {
    const network = networkOf(address);
    return network === undefined
      ? [[address, everyMs]]
      : [
          [address, everyMs],
          [network, everyMs / networkTimes],
        ];
  }

  return {
    take(address, nowMs) {
      const costs = costsOf(address);
      const waits = costs.map(([key, costMs]) => aheadMs(key, nowMs) + costMs - burst * everyMs);
      const waitMs = Math.max(...waits);
      if (waitMs > 0) return { isTaken: false, waitMs };
      const before = Math.ceil(aheadMs(address, nowMs) / everyMs);
      for (const [key, costMs] of costs) {
        const untilMs = nowMs + aheadMs(key, nowMs) + costMs;
        madeUpForMs.delete(key);
        madeUpForMs.set(key, untilMs);
      }
      for (const longestAgo of madeUpForMs.keys()) {
        if (madeUpForMs.size <= rememberedMax) break;
        madeUpForMs.delete(longestAgo);
      }
      return { isTaken: true, before };
    },
    giveBack(address) {
      for (const [key, costMs] of costsOf(address)) {
        const untilMs = madeUpForMs.get(key);
        if (untilMs !== undefined) madeUpForMs.set(key, untilMs - costMs);
      }
    },
  };
}

/** The first four groups of an IPv6 address; none: it is another one. */
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
