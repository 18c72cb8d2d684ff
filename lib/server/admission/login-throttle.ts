/**
 * How often an address may try the passphrase. Pure: it is told the time.
 *
 * The contract:
 * 1. A try counts from its beginning, because whoever tries learns the outcome from the first answer; one that turns out
 *    right is taken back.
 * 2. An address has `passphraseTriesMax` tries, and one of those that count is forgotten every `passphraseTryEveryMs`.
 *    How IPv6 networks count, and how much is remembered: `address-rate.ts`.
 * 3. The answer to a try waits the longer, the more of this address count already.
 */
import { limits } from "../../protocol/limits.ts";
import { createAddressRate } from "./address-rate-limiter.ts";

export type Try = { type: "go"; delayMs: number } | { type: "refused"; seconds: number };

export interface Tries {
  /** Somebody at this address tries. */
  begin(address: string, nowMs: number): Try;
  /** The try was right. */
  succeeded(address: string): void;
}

/** Nobody has tried yet. */
export function createTries(): Tries {
  const rate = createAddressRate({
    burst: limits.loginAttemptsMax,
    everyMs: limits.loginAttemptEveryMs,
    networkTimes: limits.loginNetworkTimes,
  });
  return {
    begin(address, nowMs) {
      const taken = rate.take(address, nowMs);
      if (!taken.isTaken) return { type: "refused", seconds: Math.max(1, Math.ceil(taken.waitMs / 1_000)) };
      const delayMs = taken.before === 0 ? 0 : limits.loginDelayMs * 2 ** (taken.before - 1);
      return { type: "go", delayMs: Math.min(delayMs, limits.loginDelayMsMax) };
    },
    succeeded: rate.giveBack,
  };
}
