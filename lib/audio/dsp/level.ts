/** Says how loud a piece of sound is, in the unit that meters use, and what was wrong with a whole turn. */
import type { CapturedSound } from "../events.ts";
import { frameSamples, framesPerSecond } from "./format.ts";

/** What digital silence reads as: below the noise of any microphone, and a number that a bar can draw. */
export const silenceDbfs = -96;

/**
 * Below this nothing was said. A microphone that is muted gives zeros or the noise of its converter, which peaks
 * below -70 dBFS; the quietest room that a microphone in use hears (30 dB SPL, where speech has 65 and is at -25)
 * peaks above -55.
 */
const mutedDbfs = -60;

/** From here on a sample counts as full scale: what rounds and filters on the way may take a little of it. */
const fullScale = 32_760;
/** A wave that only touches full scale has one sample or two there; one that is cut off has more in a row. */
const clippedRunMin = 3;
/** 1% of a second: a knock on the table is less, speech that is cut off and sounds harsh is more. */
const clippedInSecondMin = (frameSamples * framesPerSecond) / 100;

const framesPerLevel = framesPerSecond / 10;
const holdLevels = 10;
/** 20 dB a second, as digital peak meters do. */
const fallDb = 2;

export interface Level {
  /** RMS of 100 ms. */
  dbfs: number;
  /** The highest peak, held for a second before it falls. */
  peakDbfs: number;
}

export interface Meter {
  /** Takes the next 20 ms; gives a level every 100 ms. */
  add(frame: Int16Array): Level | undefined;
  /** What was heard so far; undefined before the first frame. */
  readonly sound: CapturedSound | undefined;
}

/**
 * Loudness of the samples as a whole, in dBFS: 0 for a full-scale square wave, about -3 for a full-scale sine,
 * `silenceDbfs` at the least and for no samples.
 */
export function rmsDbfs(samples: Int16Array): number {
  return amplitudeDbfs(Math.sqrt(sumOfSquares(samples) / Math.max(1, samples.length)));
}

/** An amplitude, 32,767 at the most, in dBFS: 0 to `silenceDbfs`. */
export function amplitudeDbfs(amplitude: number): number {
  return Math.min(0, Math.max(silenceDbfs, 20 * Math.log10(amplitude / 32_767)));
}

/** Meters one turn at the microphone. */
export function createMeter(): Meter {
  const peaks = createPeakHold();
  const clipping = createClippingDetector();
  let frames = 0;
  let squares = 0;
  let peak = 0;
  let loudest = 0;
  /** Half of the way between the lowest and the highest sample of a frame, which a constant offset leaves alone. */
  let swing = 0;

  return {
    add(frame) {
      const [low, high] = extremes(frame);
      peak = Math.max(peak, -low, high);
      swing = Math.max(swing, (high - low) / 2);
      squares += sumOfSquares(frame);
      clipping.add(frame);
      frames++;
      if (frames % framesPerLevel !== 0) return undefined;
      const level = {
        dbfs: amplitudeDbfs(Math.sqrt(squares / (framesPerLevel * frameSamples))),
        peakDbfs: peaks.next(amplitudeDbfs(peak)),
      };
      loudest = Math.max(loudest, peak);
      squares = 0;
      peak = 0;
      return level;
    },
    get sound() {
      if (frames === 0) return undefined;
      return {
        peakDbfs: amplitudeDbfs(Math.max(loudest, peak)),
        silent: amplitudeDbfs(swing) < mutedDbfs,
        clipped: clipping.found,
      };
    },
  };
}

function createPeakHold(): { next(dbfs: number): number } {
  let held = silenceDbfs;
  let age = 0;
  return {
    next(dbfs) {
      age++;
      if (age > holdLevels) held -= fallDb;
      if (dbfs >= held) {
        held = dbfs;
        age = 0;
      }
      return held;
    },
  };
}

function createClippingDetector(): { add(frame: Int16Array): void; readonly found: boolean } {
  let run = 0;
  let inSecond = 0;
  let frames = 0;
  let found = false;
  return {
    get found() {
      return found;
    },
    add(frame) {
      if (frames++ % framesPerSecond === 0) inSecond = 0;
      for (const sample of frame) {
        run = Math.abs(sample) >= fullScale ? run + 1 : 0;
        if (run === clippedRunMin) inSecond += clippedRunMin;
        else if (run > clippedRunMin) inSecond++;
      }
      found ||= inSecond >= clippedInSecondMin;
    },
  };
}

function extremes(samples: Int16Array): [low: number, high: number] {
  let low = 32_767;
  let high = -32_768;
  for (const sample of samples) {
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return [low, high];
}

function sumOfSquares(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum;
}
