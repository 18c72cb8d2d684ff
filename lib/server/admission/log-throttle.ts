/**
 * Keeps one address from filling the log by repeating the same event. Pure but for the log it is given.
 *
 * The contract:
 * 1. Each kind of event has, for each address, `burst` lines at once and then `perSecond` lines a second.
 *    `address-rate-limiter.ts` says how IPv6 networks count, and how much is remembered.
 * 2. The next line of the same kind says how many lines were left out.
 * 3. Moderation actions are always logged, and so is everything that is not an event.
 */

import type { AddressRate, AddressRateLimiter } from "./address-rate-limiter.ts";
import { createAddressRateLimiter } from "./address-rate-limiter.ts";

/** The part of a log that is throttled. */
export interface EventLog {
  event(what: string, fields: Record<string, string | number>): void;
}

const rate: AddressRate = { perSecond: 1, burst: 300, networkTimes: 8 };

/** One kind of event. */
interface Kind {
  limiter: AddressRateLimiter;
  leftOut: number;
}

/** The same log with its events throttled. `nowMs` reads a monotonic clock. */
export function throttleLog<Log extends EventLog>(log: Log, nowMs: () => number): Log {
  const kinds = new Map<string, Kind>();

  function kindOf(what: string): Kind {
    const known = kinds.get(what);
    if (known !== undefined) return known;
    const kind = { limiter: createAddressRateLimiter(rate), leftOut: 0 };
    kinds.set(what, kind);
    return kind;
  }

  return {
    ...log,
    event(what: string, fields: Record<string, string | number>) {
      if (what === "moderated") return log.event(what, fields);
      const kind = kindOf(what);
      if (!kind.limiter.take(String(fields.address), nowMs()).isTaken) {
        kind.leftOut += 1;
        return;
      }
      const { leftOut } = kind;
      kind.leftOut = 0;
      log.event(what, leftOut === 0 ? fields : { ...fields, leftOut });
    },
  };
}
