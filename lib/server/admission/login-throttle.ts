/**
 * Limits how often an address may attempt the passphrase. Pure: the caller passes the time.
 *
 * The contract:
 * 1. An attempt counts from its start, because the first answer already tells the client the outcome. A successful
 *    attempt is taken back.
 * 2. An address has `limits.loginAttemptsMax` attempts, and one more each `limits.loginAttemptEveryMs`.
 *    `address-rate-limiter.ts` says how IPv6 networks count, and how much is remembered.
 * 3. Each counted attempt of the address doubles the delay of the next answer.
 */
import { limits } from "../../protocol/limits.ts";
import { createAddressRateLimiter } from "./address-rate-limiter.ts";

/** `delayMs`: how long the answer must wait. `seconds`: how long until the next attempt, at least 1. */
export type LoginAttempt = { type: "go"; delayMs: number } | { type: "refused"; seconds: number };

export interface LoginThrottle {
  /** Counts an attempt from this address, unless there were too many. */
  attempt(address: string, nowMs: number): LoginAttempt;
  /** The last attempt was right. */
  succeeded(address: string): void;
}

/** A throttle that has counted nothing yet. */
export function createLoginThrottle(): LoginThrottle {
  const rates = createAddressRateLimiter({
    perSecond: 1_000 / limits.loginAttemptEveryMs,
    burst: limits.loginAttemptsMax,
    networkTimes: limits.loginNetworkTimes,
  });
  return {
    attempt(address, nowMs) {
      const taken = rates.take(address, nowMs);
      if (!taken.isTaken) return { type: "refused", seconds: Math.max(1, Math.ceil(taken.waitMs / 1_000)) };
      const delayMs = taken.before === 0 ? 0 : limits.loginDelayMs * 2 ** (taken.before - 1);
      return { type: "go", delayMs: Math.min(delayMs, limits.loginDelayMsMax) };
    },
    succeeded: rates.giveBack,
  };
}
