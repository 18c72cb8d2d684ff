/** Decides the target delay of a jitter buffer: what the arrivals of this stream need and what the stream before it needed. */
import type { ArrivalDelayEstimator } from "./arrival-delay.ts";
import { createArrivalDelayEstimator } from "./arrival-delay.ts";

export const targetDelayMsMin = 20;
export const targetDelayMsMax = 400;

export interface TargetDelay {
  /** A frame with the media time `positionMs` arrived at `arrivedMs`, on the receiver's monotonic clock. */
  observe(positionMs: number, arrivedMs: number, afterGap: boolean): void;
  /** The sender started again: what was measured before does not count. The target stays until the next frame. */
  restart(): void;
  /** The delay to aim at, ms, 0 to `targetDelayMsMax`. */
  readonly targetMs: number;
  /**
   * The target with which the next stream over this network begins, ms: what the arrivals needed and, of an initial
   * target, the share that too few frames were measured to refute.
   */
  readonly nextTargetMs: number;
  readonly arrivals: Omit<ArrivalDelayEstimator, "observe">;
}

/** Kept beyond the 99th percentile of the arrivals, for the uneven pace of the player itself. */
const marginMs = 15;
/** The initial target holds until so many frames were measured: half a second. */
const warmupFrames = 25;

/** `initialMs`: 0 to `targetDelayMsMax`. Below `targetDelayMsMin` it lowers the minimum too, and below 15 the margin. */
export function createTargetDelay(initialMs: number): TargetDelay {
  const minimumMs = Math.min(initialMs, targetDelayMsMin);
  let arrivals = createArrivalDelayEstimator(targetDelayMsMax);
  let measuredFrames = 0;
  let targetMs = initialMs;
  let nextTargetMs = initialMs;

  return {
    get targetMs() {
      return targetMs;
    },
    get nextTargetMs() {
      return nextTargetMs;
    },
    get arrivals() {
      return arrivals;
    },
    observe(positionMs, arrivedMs, afterGap) {
      arrivals.observe(arrivedMs - positionMs, afterGap);
      measuredFrames += 1;
      const unrefuted = Math.max(0, 1 - measuredFrames / warmupFrames);
      const neededMs = Math.min(arrivals.p99Ms + Math.min(marginMs, initialMs), targetDelayMsMax);
      targetMs = Math.max(neededMs, unrefuted > 0 ? initialMs : minimumMs);
      nextTargetMs = Math.max(neededMs, minimumMs + Math.floor((initialMs - minimumMs) * unrefuted));
    },
    restart() {
      arrivals = createArrivalDelayEstimator(targetDelayMsMax);
      measuredFrames = 0;
    },
  };
}
