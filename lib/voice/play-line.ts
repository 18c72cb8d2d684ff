/**
 * Follows an output device by nothing but the moments at which it had room again. It plays at an even pace: so these
 * moments lie on a line, some late because the device takes sound in pieces or this program was busy, none early.
 * When the whole line moves to later, the device had run out of sound and stood still for that long. PortAudio itself
 * does not tell: ALSA's plugins fill the gap with silence and report no underrun.
 */
import { chunkMs } from "./format.ts";

export interface PlayLine {
  /** The device has taken one more chunk and has room for another, at `nowMs`: any clock that is even. */
  taken(nowMs: number): Taking;
}

export interface Taking {
  /** How much later that was than the pace of the device asked for. */
  lateMs: number;
  /** How much sound the device takes at a time, ms, for all that is known; 0 in the beginning. */
  pieceMs: number;
  /** The device was found to have run out of sound; told up to a second after it did, and once for all in half of one. */
  ranOut: boolean;
}

/** In the first 100 ms the device takes at once all that it can hold, before it begins to play. */
const openingChunks = 100 / chunkMs;
/**
 * Pieces of the sound server (21.3 ms for PipeWire's 1024 samples) beat against ours of 5 to 20 ms: within 500 ms any
 * such pattern has been through, and the earliest chunk of a window is one that was taken in time.
 */
const windowChunks = 500 / chunkMs;
/** So much the earliest chunks of two windows may differ where nothing ran out: 2 ms were seen. */
const moveMsMin = 3;

/** For one device, from its opening on. */
export function createPlayLine(): PlayLine {
  let chunks = 0;
  /** Where the line begins, by the earliest chunks of the window before this one, and of this one. */
  let before: number | undefined;
  let earliest = Number.POSITIVE_INFINITY;
  let lateMsSum = 0;
  let pieceMs = 0;

  function closeWindow(): boolean {
    const moved = before !== undefined && earliest - before > moveMsMin;
    before = earliest;
    earliest = Number.POSITIVE_INFINITY;
    // The last chunk of a piece is in time, the others are late by what is still to come of it.
    pieceMs = (2 * lateMsSum) / windowChunks + chunkMs;
    lateMsSum = 0;
    return moved;
  }

  return {
    taken(nowMs) {
      chunks++;
      const start = nowMs - chunks * chunkMs;
      if (chunks <= openingChunks) return { lateMs: 0, pieceMs, ranOut: false };
      earliest = Math.min(earliest, start);
      const lateMs = start - Math.min(before ?? earliest, earliest);
      lateMsSum += lateMs;
      const isWindowFull = (chunks - openingChunks) % windowChunks === 0;
      return { lateMs, pieceMs, ranOut: isWindowFull && closeWindow() };
    },
  };
}
