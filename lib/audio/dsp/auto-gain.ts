/** Automatic gain control: brings quiet and loud voices slowly to one loudness. */
import { framesPerSecond } from "./format.ts";
import { rmsDbfs } from "./level.ts";
import { createLimiter } from "./limiter.ts";

export interface AutoGain {
  /** Amplifies or attenuates the next 20 ms without clipping. The input frame stays as it is. */
  apply(frame: Int16Array): Int16Array;
}

const fullScale = 32_767;

/** RMS of speech from a good headset. */
const targetDbfs = -20;
const gainDbMin = -12;
const gainDbMax = 18;
/** dB a frame: slower than a word, so that the change is not heard. */
const riseDb = 6 / framesPerSecond;
const fallDb = 12 / framesPerSecond;

/** A quieter frame is never speech. */
const speechDbfsMin = -50;
/** Speech is louder than the background noise by more than this. */
const speechOverNoiseDb = 9;
/** The noise floor is the quietest recent frame. It rises by this a frame. */
const noiseRiseDb = 3 / framesPerSecond;
/** Lower bound of the noise floor: after a start with digital silence, a fan would look like speech for long. */
const noiseFloorDbfsMin = -60;

/** Weight of a new frame in the average loudness: the average halves its distance within 0.3 s of speech. */
const loudnessWeight = 0.045;

export function createAutoGain(): AutoGain {
  const limiter = createLimiter();
  let noiseFloorDbfs = 0;
  let loudnessDbfs: number | undefined;
  let gainDb = 0;

  /** Only speech changes the gain: neither silence nor a steady noise is amplified. */
  function adapt(dbfs: number): void {
    noiseFloorDbfs = Math.max(noiseFloorDbfsMin, Math.min(dbfs, noiseFloorDbfs + noiseRiseDb));
    if (dbfs < speechDbfsMin || dbfs < noiseFloorDbfs + speechOverNoiseDb) return;
    loudnessDbfs = (loudnessDbfs ?? dbfs) + loudnessWeight * (dbfs - (loudnessDbfs ?? dbfs));
    const wantedDb = Math.min(gainDbMax, Math.max(gainDbMin, targetDbfs - loudnessDbfs));
    gainDb += Math.min(riseDb, Math.max(-fallDb, wantedDb - gainDb));
  }

  return {
    apply(frame) {
      const from = 10 ** (gainDb / 20);
      adapt(rmsDbfs(frame));
      const perSample = (10 ** (gainDb / 20) - from) / frame.length;
      const amplified = Float32Array.from(
        frame,
        (sample, i) => (sample / fullScale) * (from + i * perSample),
      );
      limiter.limit(amplified);
      return Int16Array.from(amplified, (sample) => Math.round(sample * fullScale));
    },
  };
}
