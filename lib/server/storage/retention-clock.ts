/**
 * The room's own time, by which lines grow old. Wall clocks are set and machines start with wrong ones; nothing may
 * be forgotten too early for that, nor kept for ever. Pure: it is told both clocks.
 *
 * The contract:
 * 1. It never goes back, also over a restart: it begins at the last time that was kept.
 * 2. It runs at the pace of the monotonic clock, whatever the wall clock does.
 * 3. A wall clock that is ahead is believed once it has gone evenly for an hour: then the room's time is the wall's.
 * 4. A wall clock that is behind is never followed.
 * 5. Until the wall clock has gone evenly for an hour, nothing is old.
 */
export interface Moment {
  wallMs: number;
  monotonicMs: number;
}

export interface RoomClock {
  /** Looks at both clocks; to be called every few seconds. */
  look(now: Moment): void;
  /** The room's time, ms. */
  time(monotonicMs: number): number;
  /** Whether it is known how much time has passed, so that what is old may go. */
  isCertain(): boolean;
}

/** More between two looks is a clock that was set, or a machine that slept. */
const jumpMs = 60_000;
const evenMs = 3_600_000;

/** `lastKeptMs`: the latest time that was kept; none: nothing was ever kept, and the wall is all there is. */
export function createRoomClock(start: Moment, lastKeptMs: number | undefined): RoomClock {
  let aheadMs = (lastKeptMs ?? start.wallMs) - start.monotonicMs;
  let last = start;
  let evenSinceMs = start.monotonicMs;
  let isCertain = false;
  return {
    look(now) {
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
