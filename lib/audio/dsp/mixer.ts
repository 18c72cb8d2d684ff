/** Adds the voices of several speakers into the one signal that the output device plays. */
import { createLimiter } from "./limiter.ts";

/** A piece of one speaker: samples of full scale ±1, and how much louder they are made, evenly from first to last. */
export interface MixerInput {
  samples: Float32Array;
  gainFrom: number;
  gainTo: number;
}

export interface Mixer {
  /**
   * Sums the voices into `out` (16 bit). What is too loud together is turned down softly: wrapping around would
   * crack. Shorter voices count as silent after their end, and so does a sample that is no number: what a stranger
   * sent was decoded, and must not silence the others. With no voices, `out` is silence.
   */
  mix(voices: readonly MixerInput[], out: Int16Array): void;
}

const fullScale = 32_767;

/** One for each output, for how far it has turned down goes on from piece to piece. */
export function createMixer(): Mixer {
  const limiter = createLimiter();
  let sum = new Float32Array(0);

  return {
    mix(voices, out) {
      if (sum.length !== out.length) sum = new Float32Array(out.length);
      sum.fill(0);
      for (const voice of voices) add(voice, sum);
      limiter.limit(sum);
      for (let i = 0; i < out.length; i++) out[i] = Math.round((sum[i] ?? 0) * fullScale);
    },
  };
}

function add({ samples, gainFrom, gainTo }: MixerInput, sum: Float32Array): void {
  const length = Math.min(samples.length, sum.length);
  const step = (gainTo - gainFrom) / length;
  for (let i = 0; i < length; i++) {
    const sample = (samples[i] ?? 0) * (gainFrom + step * (i + 1));
    if (Number.isFinite(sample)) sum[i] = (sum[i] ?? 0) + sample;
  }
}
