/** Mixes the streams of several speakers into the one signal that the output device plays. */
import { createLimiter } from "./limiter.ts";

/** One chunk of a stream: samples of full scale ±1, and a gain that changes linearly from the first to the last. */
export interface MixerInput {
  samples: Float32Array;
  gainFrom: number;
  gainTo: number;
}

export interface Mixer {
  /**
   * Sums the inputs into `out`, 16 bit, and limits the sum to full scale. A shorter input is silent after its end.
   * NaN and infinite samples count as 0: a decoded packet of a hostile sender must not silence the other streams.
   * Without inputs, `out` is silence.
   */
  mix(inputs: readonly MixerInput[], out: Int16Array): void;
}

const fullScale = 32_767;

/** A mixer for one output: the gain of its limiter carries over from chunk to chunk. */
export function createMixer(): Mixer {
  const limiter = createLimiter();
  let sum = new Float32Array(0);

  return {
    mix(inputs, out) {
      if (sum.length !== out.length) sum = new Float32Array(out.length);
      sum.fill(0);
      for (const input of inputs) add(input, sum);
      limiter.limit(sum);
      for (let i = 0; i < out.length; i += 1) out[i] = Math.round((sum[i] ?? 0) * fullScale);
    },
  };
}

function add({ samples, gainFrom, gainTo }: MixerInput, sum: Float32Array): void {
  const length = Math.min(samples.length, sum.length);
  const step = (gainTo - gainFrom) / length;
  for (let i = 0; i < length; i += 1) {
    const sample = (samples[i] ?? 0) * (gainFrom + step * (i + 1));
    if (Number.isFinite(sample)) sum[i] = (sum[i] ?? 0) + sample;
  }
}
