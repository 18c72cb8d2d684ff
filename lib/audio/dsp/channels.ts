/** Between the one channel that Holler speaks and however many a device has. */
import { sampleRate } from "./format.ts";

/** Takes pieces of interleaved channels, of any length, and gives one channel. */
export type MixDown = (interleaved: Int16Array) => Int16Array;

/** How much louder another channel has to be until it is the one: 6 dB, so that echoes in the room do not switch. */
const louderMin = 4;
/** How far back the loudness of a channel is looked at. */
const memorySamples = 0.3 * sampleRate;

/**
 * For one stream. Two channels are averaged. Of more, the loudest is taken: as a rule the voice is on one of them, or
 * on all of them alike, and no sum of them is right for both.
 */
export function createMixDown(channels: number): MixDown {
  if (channels === 1) return (interleaved) => interleaved;
  if (channels === 2) return average;
  const energies: number[] = Array(channels).fill(0);
  let chosen: number | undefined;

  return (interleaved) => {
    const length = Math.floor(interleaved.length / channels);
    const weight = Math.min(1, length / memorySamples);
    for (const [channel, energy] of energies.entries()) {
      energies[channel] = energy + weight * (energyOf(interleaved, channel, channels) - energy);
    }
    const from = chosen;
    const loudest = energies.indexOf(Math.max(...energies));
    const least = louderMin * (energies[chosen ?? loudest] ?? 0);
    if (chosen === undefined || (energies[loudest] ?? 0) > least) chosen = loudest;
    return fade(interleaved, channels, from ?? chosen, chosen);
  };
}

function average(interleaved: Int16Array): Int16Array {
  return Int16Array.from({ length: interleaved.length >> 1 }, (_, i) =>
    Math.round(((interleaved[2 * i] ?? 0) + (interleaved[2 * i + 1] ?? 0)) / 2),
  );
}

/** The mean of the squares. */
function energyOf(interleaved: Int16Array, channel: number, channels: number): number {
  let sum = 0;
  for (let i = channel; i < interleaved.length; i += channels) sum += (interleaved[i] ?? 0) ** 2;
  return (sum * channels) / Math.max(1, interleaved.length);
}

/** From one channel to the other within the piece, for a jump would crack. */
function fade(interleaved: Int16Array, channels: number, from: number, to: number): Int16Array {
  const mono = new Int16Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < mono.length; i++) {
    const before = interleaved[i * channels + from] ?? 0;
    const after = interleaved[i * channels + to] ?? 0;
    mono[i] = Math.round(before + ((after - before) * (i + 1)) / mono.length);
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
