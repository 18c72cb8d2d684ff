/** Keeps sound within full scale by turning it down for a moment, which is not heard, instead of cutting it off. */

export interface Limiter {
  /**
   * Changes `samples` (full scale ±1) in place so that none is beyond full scale. What stays below `ceiling` passes
   * unchanged, unless something louder went before it within the last half second.
   */
  limit(samples: Float32Array): void;
}

/** -0.9 dBFS: what is softer is never touched. */
export const ceiling = 0.9;
/** The gain falls at this rate a sample, from 1 to 0 within a millisecond, and comes back in half a second. */
export const fallMax = 1 / 48;
export const riseMax = 1 / 24_000;

/**
 * The peak of the whole piece is known before its first sample leaves, so that the gain is mostly down before the
 * peak comes. Where a peak is too early for that, its tip is bent instead, which for less than a millisecond is not
 * heard.
 */
export function createLimiter(): Limiter {
  let gain = 1;

  return {
    limit(samples) {
      let peak = 0;
      for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      if (gain === 1 && peak <= ceiling) return;
      const target = Math.min(1, ceiling / peak);
      for (let i = 0; i < samples.length; i++) {
        gain = gain > target ? Math.max(target, gain - fallMax) : Math.min(target, gain + riseMax);
        samples[i] = bend((samples[i] ?? 0) * gain);
      }
    },
  };
}

/** Straight up to the ceiling, then ever flatter towards full scale, which is never exceeded. */
function bend(sample: number): number {
  const loudness = Math.abs(sample);
  if (loudness <= ceiling) return sample;
  const room = 1 - ceiling;
  return Math.sign(sample) * (ceiling + room * Math.tanh((loudness - ceiling) / room));
}
