/** A level meter for the microphone: RMS and peak in dBFS, and whether a recording was silent or clipped. */
import { frameSamples, framesPerSecond } from "./format.ts";

/** The level of digital silence: below the noise of any microphone, and finite, so that a bar can show it. */
export const silenceDbfs = -96;

/**
 * A recording with lower peaks is silent. A muted microphone delivers zeros or the noise of its converter, which peaks
 * below -70 dBFS. A quiet room (30 dB SPL, with speech of 65 dB SPL at -25 dBFS) peaks above -55 dBFS.
 */
const silentDbfsMax = -60;

/** A sample of this amplitude counts as full scale: rounding and filters may have reduced it a little. */
const fullScale = 32_760;
/** Consecutive samples at full scale: a wave that only reaches full scale has one or two, a clipped one has more. */
const clippedRunMin = 3;
/** Clipped samples in a second, 1 %: a knock on the table has fewer, clipped speech has more. */
const clippedInSecondMin = (frameSamples * framesPerSecond) / 100;

const framesPerLevel = framesPerSecond / 10;
const holdLevels = 10;
/** 20 dB a second, as digital peak meters fall. */
const fallDb = 2;

export interface Level {
  /** RMS of 100 ms, -96 to 0. */
  dbfs: number;
  /** The highest peak, held for 1 s before it falls, -96 to 0. */
  peakDbfs: number;
}

/** The levels of a whole recording. */
export interface MeterSummary {
  /** The loudest sample, dBFS, -96 to 0. */
  peakDbfs: number;
  /** The recording holds only silence, or less than any microphone in use delivers. */
  silent: boolean;
  /** So many samples were at full scale that the recording is distorted. */
  clipped: boolean;
}

export interface Meter {
  /** Measures the next 20 ms. Returns a level every 100 ms. */
  add(frame: Int16Array): Level | undefined;
  /** The summary of all frames so far; undefined before the first. */
  readonly summary: MeterSummary | undefined;
}

/**
 * RMS level of the samples, dBFS: 0 for a full-scale square wave, about -3 for a full-scale sine, `silenceDbfs` at
 * least, also without samples.
 */
export function rmsDbfs(samples: Int16Array): number {
  return amplitudeDbfs(Math.sqrt(sumOfSquares(samples) / Math.max(1, samples.length)));
}

/** Converts an amplitude, 0 to 32,767, to dBFS, `silenceDbfs` to 0. */
function amplitudeDbfs(amplitude: number): number {
  return Math.min(0, Math.max(silenceDbfs, 20 * Math.log10(amplitude / 32_767)));
}

/** A meter for one recording. */
export function createMeter(): Meter {
  const peaks = createPeakHold();
  const clipping = createClippingDetector();
  let frames = 0;
  let squares = 0;
  let peak = 0;
  let loudest = 0;
  /** Half the difference of the highest and the lowest sample of a frame: a constant offset does not count. */
  let swing = 0;

  return {
    add(frame) {
      const [low, high] = extremes(frame);
      peak = Math.max(peak, -low, high);
      swing = Math.max(swing, (high - low) / 2);
      squares += sumOfSquares(frame);
      clipping.add(frame);
      frames += 1;
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
    get summary() {
      if (frames === 0) return undefined;
      return {
        peakDbfs: amplitudeDbfs(Math.max(loudest, peak)),
        silent: amplitudeDbfs(swing) < silentDbfsMax,
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
      age += 1;
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
      if (frames % framesPerSecond === 0) inSecond = 0;
      frames += 1;
      for (const sample of frame) {
        run = Math.abs(sample) >= fullScale ? run + 1 : 0;
        if (run === clippedRunMin) inSecond += clippedRunMin;
        else if (run > clippedRunMin) inSecond += 1;
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
