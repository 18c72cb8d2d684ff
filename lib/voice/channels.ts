/** Between the one channel that Holler speaks and however many a device has. */

/**
 * One channel out of interleaved ones. Two are averaged; of more, each keeps half of its loudness, because as a rule
 * the voice is on one of them and the others are silent. What is too loud together is held at full scale.
 */
export function mixDown(interleaved: Int16Array, channels: number): Int16Array {
  if (channels === 1) return interleaved;
  const mono = new Int16Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += interleaved[i * channels + channel] ?? 0;
    mono[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum / 2)));
  }
  return mono;
}

/** The same on every channel, interleaved: nobody knows which of them somebody listens to. */
export function spreadOut(mono: Int16Array, channels: number): Int16Array {
  if (channels === 1) return mono;
  const interleaved = new Int16Array(mono.length * channels);
  for (let i = 0; i < mono.length; i++) interleaved.fill(mono[i] ?? 0, i * channels, (i + 1) * channels);
  return interleaved;
}
