/**
 * Estimates how late frames come compared with the fastest of them, and so how long they have to be gathered.
 *
 * Contract
 * 1. It has no clock. A frame's transit is when it arrived minus its place in the stream: where that counts from is
 *    all the same, only differences are looked at.
 * 2. The base is the smallest transit of the last 2 s. A path that becomes slower, a clock that is set and clocks that
 *    drift are forgotten with it.
 * 3. A frame's delay is what its transit was above the base when it came. Frames that were held back on the sender's
 *    side before the first one left arrive in one burst; each is the fastest so far, and none of them counts as late.
 * 4. The spread is the smallest delay that no more than 1 % of the frames of the last 10 s exceeded: it rises with the
 *    frames that are late, and falls when those are 10 s old or have become one in a hundred.
 * 5. A delay above `delayMsMax` is a stall that no gathering would bridge, and so is one that frames were dropped in.
 *    Nothing is learnt from it, nor from the burst that ends it.
 *
 * The quantile of the delay relative to the fastest recent packet is how NetEq finds its target level
 * (WebRTC, modules/audio_coding/neteq: relative_arrival_delay_tracker.h, underrun_optimizer.h).
 */
import { frameMs } from "./format.ts";

export interface ArrivalDelay {
  /** A frame came whose arrival was `transitMs` after its place in the stream; `afterGap` if others are missing before it. */
  observe(transitMs: number, afterGap: boolean): void;
  /** Rule 2; Infinity before the first frame. */
  readonly baseMs: number;
  /** Rule 4, in whole ms, 0 to `delayMsMax`; 0 before the first frame. */
  readonly spreadMs: number;
  /** Rule 5: the last frame belongs to a burst that is not over. */
  readonly isStalled: boolean;
  /** Smoothed variation of the transit, as RFC 3550 section 6.4.1 estimates it. */
  readonly jitterMs: number;
}

const baseFrames = 2000 / frameMs;
const windowFrames = 10_000 / frameMs;
const lateShareMax = 0.01;

export function createArrivalDelay(delayMsMax: number): ArrivalDelay {
  const transitsMs: number[] = [];
  const delaysMs: number[] = [];
  /** How many of `delaysMs` there are of each whole ms. */
  const counts: number[] = Array(delayMsMax + 1).fill(0);
  const estimate = { baseMs: Number.POSITIVE_INFINITY, spreadMs: 0, isStalled: false, jitterMs: 0, observe };

  function count(delayMs: number, change: 1 | -1): void {
    counts[delayMs] = (counts[delayMs] ?? 0) + change;
  }

  function learn(delayMs: number): void {
    delaysMs.push(delayMs);
    count(delayMs, 1);
    const oldest = delaysMs.length > windowFrames ? delaysMs.shift() : undefined;
    if (oldest !== undefined) count(oldest, -1);
    estimate.spreadMs = quantile();
  }

  function quantile(): number {
    let mayBeLate = Math.floor(delaysMs.length * lateShareMax);
    for (let delayMs = delayMsMax; delayMs > 0; delayMs--) {
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
    const usualMs = Math.max(estimate.spreadMs, frameMs);
    estimate.isStalled = delayMs > (estimate.isStalled || afterGap ? usualMs : delayMsMax);
    if (!estimate.isStalled) learn(delayMs);
  }

  return estimate;
}
