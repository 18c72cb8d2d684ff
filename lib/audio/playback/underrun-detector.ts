/**
 * Follows an output device by nothing but the moments at which it had room again. It plays at an even pace: so these
 * moments lie on a line, some late because the device takes sound in pieces or this program was busy, none early.
 * When the whole line moves to later, the device had run out of sound and stood still for that long. PortAudio itself
 * does not tell: ALSA's plugins fill the gap with silence and report no underrun.
 */
import { chunkMs } from "../dsp/format.ts";

export interface PlayLine {
  /** The device has taken one more chunk and has room for another, at `nowMs`: any clock that is even. */
  taken(nowMs: number): Taking;
}

export interface Taking {
  /** How much later that was than the pace of the device asked for. */
  lateMs: number;
  /** How much sound the device takes at a time, ms, for all that is known; 0 in the beginning. */
  pieceMs: number;
  /**
   * The device was found to have run out of sound: 360 ms after it did, so that of the very end nothing is told, and
   * once for all in such a time.
   */
  ranOut: boolean;
}

/** In the first 100 ms the device takes at once all that it can hold, before it begins to play. */
const openingChunks = 100 / chunkMs;
/**
 * Pieces of the sound server (21.3 ms for PipeWire's 1024 samples) beat against ours of 5 to 20 ms: within 360 ms any
 * such pattern has been through, and the earliest chunk of a window is one that was taken in time.
 */
const windowChunks = 360 / chunkMs;
/** So much the earliest chunks of two windows may differ where nothing ran out: 2 ms were seen. */
const moveMsMin = 3;

/** For one device, from its opening on. */
export function createPlayLine(): PlayLine {
  let chunks = 0;
  /** Where the line begins by each chunk of the window that ends here, and by the earliest of a window before. */
  const starts: number[] = [];
  let before: number | undefined;
  /** Until it is full, some of what is left of before may be in the window: it would be told again and again. */
  let isTold = false;
  let measured = 0;
  let lateMsSum = 0;
  let pieceMs = 0;

  function begin(told: boolean): void {
    isTold = told;
    measured = 0;
    lateMsSum = 0;
  }

  function closeWindow(earliest: number): void {
    before = earliest;
    // The last chunk of a piece is in time, the others are late by what is still to come of it.
    pieceMs = (2 * lateMsSum) / windowChunks + chunkMs;
    begin(false);
  }

  return {
    taken(nowMs) {
      chunks++;
      const start = nowMs - chunks * chunkMs;
      if (chunks <= openingChunks) return { lateMs: 0, pieceMs, ranOut: false };
      starts.push(start);
      if (starts.length > windowChunks) starts.shift();
      const earliest = Math.min(...starts);
      const lateMs = start - earliest;
      measured++;
      lateMsSum += lateMs;
      const ranOut = !isTold && before !== undefined && earliest - before > moveMsMin;
      if (ranOut) begin(true);
      else if (measured === windowChunks) closeWindow(earliest);
      return { lateMs, pieceMs, ranOut };
    },
  };
}
