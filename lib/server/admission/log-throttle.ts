/**
 * A log that nobody fills by making the same thing happen all the time. Pure but for the log it is given.
 *
 * The contract:
 * 1. Of what happens there are, of each kind and address (`address-rate.ts`), `linesBurst` lines at once, and then one each
 *    time that `lineEveryMs` passes.
 * 2. The next line of that kind says how many were left out.
 * 3. What operators do is always said, and so is everything that is no event.
 */

import type { Log } from "../admin/log.ts";
import type { AddressRate } from "./address-rate-limiter.ts";
import { createAddressRate } from "./address-rate-limiter.ts";

const linesBurst = 300;
const lineEveryMs = 1_000;
const networkTimes = 8;

/** The lines of one kind. */
interface Kind {
  rate: AddressRate;
  leftOut: number;
}

/** The same log, thinned; `nowMs`: on a clock that nobody sets. */
export function thinLog(log: Log, nowMs: () => number): Log {
  const kinds = new Map<string, Kind>();

  function kindOf(what: string): Kind {
    const known = kinds.get(what);
    if (known !== undefined) return known;
    const rate = createAddressRate({ burst: linesBurst, everyMs: lineEveryMs, networkTimes });
    const kind = { rate, leftOut: 0 };
    kinds.set(what, kind);
    return kind;
  }

  return {
    ...log,
    event(what, fields) {
      if (what === "moderated") return log.event(what, fields);
      const kind = kindOf(what);
      if (!kind.rate.take(String(fields.address), nowMs()).isTaken) {
        kind.leftOut += 1;
        return;
      }
      const { leftOut } = kind;
      kind.leftOut = 0;
      log.event(what, leftOut === 0 ? fields : { ...fields, leftOut });
    },
  };
}
