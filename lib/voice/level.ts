/** Says how loud a piece of sound is, in the unit that meters use. */

/** What digital silence reads as: below the noise of any microphone, and a number that a bar can draw. */
export const silenceDbfs = -96;

/**
 * Loudness of the samples as a whole, in dBFS: 0 for a full-scale square wave, about -3 for a full-scale sine,
 * `silenceDbfs` at the least and for no samples.
 */
export function rmsDbfs(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const amplitude = Math.sqrt(sum / Math.max(1, samples.length));
  return Math.min(0, Math.max(silenceDbfs, 20 * Math.log10(amplitude / 32_767)));
}
