/**
 * Detects underruns of an output device from nothing but the moments at which it accepts chunks. The device plays at an
 * even pace, so these moments lie on a straight line. Some are late, because the device takes sound in periods or the
 * process was busy; none is early. When the whole line moves to later, the device ran out of sound and stood still for
 * that long. PortAudio does not report this: the ALSA plugins play silence and signal no underrun.
 */
import { chunkMs } from "../dsp/format.ts";

export interface UnderrunDetector {
  /** The device accepted a chunk at `nowMs`, on a monotonic clock, and has room for another. */
  accepted(nowMs: number): WriteTiming;
}

export interface WriteTiming {
  /** How much later the chunk was accepted than the pace of the device requires, ms. */
  lateMs: number;
  /** Estimate of how much sound the device takes at a time, ms; 0 in the beginning. */
  periodMs: number;
  /**
   * An underrun was detected. That takes 360 ms, so an underrun at the very end stays undetected, and several within
   * 360 ms count as one.
   */
  isUnderrun: boolean;
}

/** During the first 100 ms the device fills its buffers at once, before it plays. */
const openingChunks = 100 / chunkMs;
/**
 * The periods of the sound server (21.3 ms for the 1,024 samples of PipeWire) interfere with ours of 5 to 20 ms. Every
 * such pattern repeats within 360 ms, so the earliest chunk of a window was accepted in time.
 */
const windowChunks = 360 / chunkMs;
/** By how much the earliest chunks of two windows differ without an underrun: 2 ms were measured. */
const shiftMsMin = 3;

/** A detector for one device, from its opening on. */
export function createUnderrunDetector(): UnderrunDetector {
  let chunks = 0;
  /** For each chunk of the current window, where the line begins according to it, ms. */
  const startsMs: number[] = [];
  /** The earliest start of a window before. */
  let earlierStartMs: number | undefined;
  /** An underrun was reported, and chunks from before it may still be in the window: they would report it again. */
  let isReported = false;
  let measuredChunks = 0;
  let lateMsSum = 0;
  let periodMs = 0;

  function beginWindow(reported: boolean): void {
    isReported = reported;
    measuredChunks = 0;
    lateMsSum = 0;
  }

  function closeWindow(earliestMs: number): void {
    earlierStartMs = earliestMs;
    // The last chunk of a period is in time, and the others are late by the rest of it: half a period on average.
    periodMs = (2 * lateMsSum) / windowChunks + chunkMs;
    beginWindow(false);
  }

  return {
    accepted(nowMs) {
      chunks += 1;
      const startMs = nowMs - chunks * chunkMs;
      if (chunks <= openingChunks) return { lateMs: 0, periodMs, isUnderrun: false };
      startsMs.push(startMs);
      if (startsMs.length > windowChunks) startsMs.shift();
      const earliestMs = Math.min(...startsMs);
      const lateMs = startMs - earliestMs;
      measuredChunks += 1;
      lateMsSum += lateMs;
      const hasShifted = earlierStartMs !== undefined && earliestMs - earlierStartMs > shiftMsMin;
      const isUnderrun = hasShifted && !isReported;
      if (isUnderrun) beginWindow(true);
      else if (measuredChunks === windowChunks) closeWindow(earliestMs);
      return { lateMs, periodMs, isUnderrun };
    },
  };
}
