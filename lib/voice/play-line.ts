/**
 * Follows an output device by nothing but the moments at which it had room again. It plays at an even pace: so these
 * moments lie on a line, some late because this program was busy, none early. When the whole line moves to later, the
 * device had run out of sound and stood still for that long. PortAudio itself does not tell: ALSA's plugins fill the
 * gap with silence and report no underrun.
 */
import { chunkMs } from "./format.ts";

export interface PlayLine {
  /** The device has taken one more chunk and has room for another, at `nowMs`: any clock that is even. */
  taken(nowMs: number): Taking;
}

export interface Taking {
  /** How much later that was than the pace of the device asked for. */
  lateMs: number;
  /** The device was found to have run out of sound; told up to 200 ms after it did. */
  ranOut: boolean;
}

/** 100 ms: longer than a program may be busy without harm, so each window has some chunk that was taken in time. */
const windowChunks = 100 / chunkMs;
/** Less may come from a device that takes sound in large pieces. */
const moveMsMin = 3;

/** For one device, from its opening on. */
export function createPlayLine(): PlayLine {
  let chunks = 0;
  /** Where the line begins, by the earliest chunks of the window before this one, and of this one. */
  let before: number | undefined;
  let earliest = Number.POSITIVE_INFINITY;

  /** In the first window the device takes at once all that it can hold, before it begins to play. */
  const isOpening = () => chunks <= windowChunks;

  function closeWindow(): boolean {
    const moved = before !== undefined && earliest - before > moveMsMin;
    before = isOpening() ? undefined : earliest;
    earliest = Number.POSITIVE_INFINITY;
    return moved;
  }

  return {
    taken(nowMs) {
      chunks++;
      const start = nowMs - chunks * chunkMs;
      earliest = Math.min(earliest, start);
      const lateMs = start - Math.min(before ?? earliest, earliest);
      return { lateMs, ranOut: chunks % windowChunks === 0 && closeWindow() };
    },
  };
}
