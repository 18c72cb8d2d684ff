/** Adds the voices of several speakers into the one signal that the output device plays. */

/**
 * Sums `voices` (floating point, full scale ±1) into `out` (16 bit). What is too loud together is held at full
 * scale: wrapping around would crack. Shorter voices count as silent after their end; with none, `out` is silence.
 */
export function mix(voices: readonly Float32Array[], out: Int16Array): void {
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const voice of voices) sum += voice[i] ?? 0;
    out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum * 32_767)));
  }
}
