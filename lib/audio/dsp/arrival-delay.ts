/**
 * Estimates how late frames arrive relative to the fastest of them, and so how long a jitter buffer has to hold frames.
 *
 * Contract
 * 1. It reads no clock. The transit of a frame is its arrival time minus its media time. Both may count from any
 *    moment: only differences matter.
 * 2. The base is the smallest transit of the last 2 s. Older transits do not count, so the estimate follows a slower
 *    path, a clock that is set, and clocks that drift.
 * 3. The relative delay of a frame is its transit above the base at its arrival. Frames that the sender held back
 *    before the first one left arrive in one burst: each of them is the fastest so far, and none counts as late.
 * 4. `p99Ms` is the 99th percentile of the relative delays of the last 10 s. It rises with each late frame, and falls
 *    when late frames are older than 10 s or fewer than one in a hundred.
 * 5. A relative delay above `delayMsMax` is a stall that no buffer bridges. A stall during which frames were dropped
 *    is treated alike. Neither the stall nor the burst after it changes `p99Ms`.
 *
 * NetEq derives its target level from the same quantile of the delay relative to the fastest recent packet
 * (WebRTC, modules/audio_coding/neteq: relative_arrival_delay_tracker.h, underrun_optimizer.h).
 */
import { frameMs } from "./format.ts";

export interface ArrivalDelayEstimator {
  /** A frame arrived `transitMs` after its media time. `afterGap`: sequence numbers are missing directly before it. */
  observe(transitMs: number, afterGap: boolean): void;
  /** Rule 2, ms; Infinity before the first frame. */
  readonly baseMs: number;
  /** Rule 4, whole ms, 0 to `delayMsMax`; 0 before the first frame. */
  readonly p99Ms: number;
  /** Rule 5: the last frame belongs to a burst that is not over. */
  readonly isStalled: boolean;
  /** Interarrival jitter, ms, as RFC 3550 section 6.4.1 estimates it. */
  readonly jitterMs: number;
}

const baseFrames = 2_000 / frameMs;
const windowFrames = 10_000 / frameMs;
const lateShareMax = 0.01;

/** `delayMsMax`: the largest delay that the buffer bridges, whole ms. */
export function createArrivalDelayEstimator(delayMsMax: number): ArrivalDelayEstimator {
  const transitsMs: number[] = [];
  const delaysMs: number[] = [];
  /** A histogram of `delaysMs`, in steps of 1 ms. */
  const counts: number[] = Array(delayMsMax + 1).fill(0);
  const estimate = { baseMs: Number.POSITIVE_INFINITY, p99Ms: 0, isStalled: false, jitterMs: 0, observe };

  function count(delayMs: number, change: 1 | -1): void {
    counts[delayMs] = (counts[delayMs] ?? 0) + change;
  }

  function learn(delayMs: number): void {
    delaysMs.push(delayMs);
    count(delayMs, 1);
    const oldest = delaysMs.length > windowFrames ? delaysMs.shift() : undefined;
    if (oldest !== undefined) count(oldest, -1);
    estimate.p99Ms = quantile();
  }

  function quantile(): number {
    let mayBeLate = Math.floor(delaysMs.length * lateShareMax);
    for (let delayMs = delayMsMax; delayMs > 0; delayMs -= 1) {
      mayBeLate -= counts[delayMs] ?? 0;
      if (mayBeLate < 0) return delayMs;
    }
    return 0;
  }

  function observe(transitMs: number, afterGap: boolean): void {
    const previous = transitsMs.at(-1) ?? transitMs;
    estimate.jitterMs += (Math.abs(transitMs - previous) - estimate.jitterMs) / 16;
    transitsMs.push(transitMs);
    if (transitsMs.length > baseFrames) transitsMs.shift();
    estimate.baseMs = Math.min(...transitsMs);
    const delayMs = Math.ceil(transitMs - estimate.baseMs);
    const usualMs = Math.max(estimate.p99Ms, frameMs);
    estimate.isStalled = delayMs > (estimate.isStalled || afterGap ? usualMs : delayMsMax);
    if (!estimate.isStalled) learn(delayMs);
  }

  return estimate;
}
