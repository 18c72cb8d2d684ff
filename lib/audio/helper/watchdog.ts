/** Notices that sound which should be flowing is not: native audio code can hang without an error. */

export interface Watchdog {
  /** `what` begins; the first sign of life may take longer than the following ones. */
  begin(what: string, now: number): void;
  alive(what: string, now: number): void;
  end(what: string): void;
  /**
   * What is overdue at `now`, if anything. To be asked every `checkMs`; when it is asked much later than that, this
   * process itself was stopped or asleep, and everything gets its time anew.
   */
  overdue(now: number): string | undefined;
  readonly idle: boolean;
}

export const checkMs = 200;
const startMs = 3000;
const stallMs = 1000;

/** Times are in ms and come from the caller. */
export function createWatchdog(): Watchdog {
  const deadlines = new Map<string, number>();
  let checkedAt: number | undefined;

  return {
    get idle() {
      return deadlines.size === 0;
    },
    begin(what, now) {
      deadlines.set(what, now + startMs);
    },
    alive(what, now) {
      if (deadlines.has(what)) deadlines.set(what, now + stallMs);
    },
    end(what) {
      deadlines.delete(what);
      if (deadlines.size === 0) checkedAt = undefined;
    },
    overdue(now) {
      const asleepMs = checkedAt === undefined ? 0 : now - checkedAt - checkMs;
      checkedAt = now;
      if (asleepMs > stallMs / 2) {
        for (const [what, deadline] of deadlines) deadlines.set(what, deadline + asleepMs);
      }
      return [...deadlines].find(([, deadline]) => deadline <= now)?.[0];
    },
  };
}
