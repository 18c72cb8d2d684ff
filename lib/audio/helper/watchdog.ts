/** Detects audio that has stopped without an error: native audio code can hang. Times are ms on a monotonic clock. */

export interface Watchdog {
  /** Watches an activity by name. Its first sign of life may take longer than the following ones. */
  begin(activity: string, nowMs: number): void;
  /** A sign of life. */
  alive(activity: string, nowMs: number): void;
  /** The activity is over. */
  end(activity: string): void;
  /**
   * Returns an activity that is overdue, if there is one. It is called every `checkMs`. When the call is much later,
   * this process was stopped or the machine was asleep, and every deadline moves by that time.
   */
  overdue(nowMs: number): string | undefined;
  readonly isIdle: boolean;
}

export const checkMs = 200;
const firstSignMsMax = 3_000;
const nextSignMsMax = 1_000;

export function createWatchdog(): Watchdog {
  const deadlinesMs = new Map<string, number>();
  let checkedMs: number | undefined;

  return {
    get isIdle() {
      return deadlinesMs.size === 0;
    },
    begin(activity, nowMs) {
      deadlinesMs.set(activity, nowMs + firstSignMsMax);
    },
    alive(activity, nowMs) {
      if (deadlinesMs.has(activity)) deadlinesMs.set(activity, nowMs + nextSignMsMax);
    },
    end(activity) {
      deadlinesMs.delete(activity);
      if (deadlinesMs.size === 0) checkedMs = undefined;
    },
    overdue(nowMs) {
      const asleepMs = checkedMs === undefined ? 0 : nowMs - checkedMs - checkMs;
      checkedMs = nowMs;
      if (asleepMs > nextSignMsMax / 2) {
        for (const [activity, deadlineMs] of deadlinesMs) deadlinesMs.set(activity, deadlineMs + asleepMs);
      }
      return [...deadlinesMs].find(([, deadlineMs]) => deadlineMs <= nowMs)?.[0];
    },
  };
}
