/** A peak limiter: keeps samples within full scale by lowering the gain for a moment instead of clipping. */

export interface Limiter {
  /**
   * Changes `samples` (full scale ±1) in place so that none is beyond full scale. Samples below `threshold` pass
   * unchanged unless a louder sample came within the last half second.
   */
  limit(samples: Float32Array): void;
}

/** -0.9 dBFS: softer samples pass unchanged. */
export const threshold = 0.9;
/** Attack: how much the gain may fall a sample. From 1 to 0 takes 1 ms. */
export const attackPerSample = 1 / 48;
/** Release: how much the gain may rise a sample. From 0 to 1 takes 0.5 s. */
export const releasePerSample = 1 / 24_000;

/**
 * A limiter for one stream. It looks ahead to the end of the block, so the gain has usually fallen before the peak. A
 * peak within the first millisecond is clipped softly instead, which is too short to be heard.
 */
export function createLimiter(): Limiter {
  let gain = 1;

  return {
    limit(samples) {
      let peak = 0;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      if (gain === 1 && peak <= threshold) return;
      const target = Math.min(1, threshold / peak);
      for (let i = 0; i < samples.length; i += 1) {
        gain =
          gain > target
            ? Math.max(target, gain - attackPerSample)
            : Math.min(target, gain + releasePerSample);
        samples[i] = softClip((samples[i] ?? 0) * gain);
      }
    },
  };
}

/** Linear up to the threshold, then a tanh curve that approaches full scale and never exceeds it. */
function softClip(sample: number): number {
  const amplitude = Math.abs(sample);
  if (amplitude <= threshold) return sample;
  const headroom = 1 - threshold;
  return Math.sign(sample) * (threshold + headroom * Math.tanh((amplitude - threshold) / headroom));
}
