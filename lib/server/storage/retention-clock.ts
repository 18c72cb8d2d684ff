/**
 * The clock by which kept lines grow old. Wall clocks are set and machines start with wrong ones; neither may delete a
 * line too early, nor keep it forever. Pure: the caller passes both clocks.
 *
 * The contract:
 * 1. Its time never goes back, not even over a restart: it begins at the latest time that was kept.
 * 2. It runs at the rate of the monotonic clock, whatever the wall clock does.
 * 3. When the wall clock is ahead and has run evenly for an hour, the time becomes that of the wall clock.
 * 4. A wall clock that is behind is never followed.
 * 5. Until the wall clock has run evenly for an hour, nothing is old.
 */
import type { Now } from "../../base/now.ts";

export interface RetentionClock {
  /** Compares both clocks; to be called every few seconds. */
  update(now: Now): void;
  /** The time of this clock, in ms. */
  time(monotonicMs: number): number;
  /** Whether the elapsed time is known, so that old lines may be deleted. */
  isCertain(): boolean;
}

/** A larger difference between two updates means that the clock was set, or that the machine slept. */
const jumpMs = 60_000;
const evenMs = 3_600_000;

/** `lastKeptMs`: the latest time that was kept; without one, the wall clock is all there is. */
export function createRetentionClock(start: Now, lastKeptMs: number | undefined): RetentionClock {
  let aheadMs = (lastKeptMs ?? start.wallMs) - start.monotonicMs;
  let last = start;
  let evenSinceMs = start.monotonicMs;
  let isCertain = false;
  return {
    update(now) {
      const passedMs = now.monotonicMs - last.monotonicMs;
      const isJump = Math.abs(now.wallMs - last.wallMs - passedMs) > jumpMs;
      last = now;
      if (isJump) evenSinceMs = now.monotonicMs;
      isCertain = now.monotonicMs - evenSinceMs >= evenMs;
      if (isCertain) aheadMs = Math.max(aheadMs, now.wallMs - now.monotonicMs);
    },
    time: (monotonicMs) => Math.round(monotonicMs + aheadMs),
    isCertain: () => isCertain,
  };
}
