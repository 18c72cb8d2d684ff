/** Brings quiet and loud voices to one loudness, slowly, for those who ask for it. */
import { framesPerSecond } from "./format.ts";
import { rmsDbfs } from "./level.ts";
import { createLimiter } from "./limiter.ts";

export interface AutoGain {
  /** The next 20 ms, louder or quieter and never cut off; the frame that is given stays as it is. */
  apply(frame: Int16Array): Int16Array;
}

const fullScale = 32_767;

/** What speech of a good headset has. */
const targetDbfs = -20;
const gainDbMin = -12;
const gainDbMax = 18;
/** Slower than a word, so that nobody hears it move. */
const riseDb = 6 / framesPerSecond;
const fallDb = 12 / framesPerSecond;

/** Quieter frames are no speech, whatever the room. */
const speechDbfsMin = -50;
/** Speech stands out from the noise of the room by more than this. */
const speechOverNoiseDb = 9;
/** The noise is the quietest that was heard lately: this is how fast the memory of it fades. */
const noiseRiseDb = 3 / framesPerSecond;
/** A microphone that begins with zeros does not make a fan that follows look like speech for long. */
const noiseDbfsMin = -60;

/** How much of a new frame's loudness goes into the average: half of it within 0.3 s of speech. */
const loudnessShare = 0.045;

export function createAutoGain(): AutoGain {
  const limiter = createLimiter();
  let noiseDbfs = 0;
  let loudnessDbfs: number | undefined;
  let gainDb = 0;

  /** Speech alone moves the gain: neither silence nor a fan is pumped up. */
  function follow(dbfs: number): void {
    noiseDbfs = Math.max(noiseDbfsMin, Math.min(dbfs, noiseDbfs + noiseRiseDb));
    if (dbfs < speechDbfsMin || dbfs < noiseDbfs + speechOverNoiseDb) return;
    loudnessDbfs = (loudnessDbfs ?? dbfs) + loudnessShare * (dbfs - (loudnessDbfs ?? dbfs));
    const wantedDb = Math.min(gainDbMax, Math.max(gainDbMin, targetDbfs - loudnessDbfs));
    gainDb += Math.min(riseDb, Math.max(-fallDb, wantedDb - gainDb));
  }

  return {
    apply(frame) {
      const from = 10 ** (gainDb / 20);
      follow(rmsDbfs(frame));
      const perSample = (10 ** (gainDb / 20) - from) / frame.length;
      const louder = Float32Array.from(frame, (sample, i) => (sample / fullScale) * (from + i * perSample));
      limiter.limit(louder);
      return Int16Array.from(louder, (sample) => Math.round(sample * fullScale));
    },
  };
}
