/** Converts between mono and the channels of a device. */
import { sampleRate } from "./format.ts";

/** Takes interleaved samples, any number of sample frames, and returns mono. */
export type Downmix = (interleaved: Int16Array) => Int16Array;

/** Ratio of energies, 6 dB: a channel that is louder by less is not switched to, so that echoes in the room do not switch. */
const switchRatioMin = 4;
/** Time constant of the average energy of a channel. */
const averageSamples = 0.3 * sampleRate;

/**
 * A downmix for one stream of `channels` channels, at least 1. Two channels are averaged. Of more channels the loudest
 * is taken: a voice is usually on one of them or equally on all, and no weighted sum is right for both cases.
 */
export function createDownmix(channels: number): Downmix {
  if (channels === 1) return (interleaved) => interleaved;
  if (channels === 2) return average;
  const energies: number[] = Array(channels).fill(0);
  let chosen: number | undefined;

  return (interleaved) => {
    const length = Math.floor(interleaved.length / channels);
    const weight = Math.min(1, length / averageSamples);
    for (const [channel, energy] of energies.entries()) {
      energies[channel] = energy + weight * (energyOf(interleaved, channel, channels) - energy);
    }
    const previous = chosen;
    const loudest = energies.indexOf(Math.max(...energies));
    const energyMin = switchRatioMin * (energies[chosen ?? loudest] ?? 0);
    if (chosen === undefined || (energies[loudest] ?? 0) > energyMin) chosen = loudest;
    return crossfade(interleaved, channels, previous ?? chosen, chosen);
  };
}

function average(interleaved: Int16Array): Int16Array {
  return Int16Array.from({ length: interleaved.length >> 1 }, (_, i) =>
    Math.round(((interleaved[2 * i] ?? 0) + (interleaved[2 * i + 1] ?? 0)) / 2),
  );
}

/** Mean square of one channel. */
function energyOf(interleaved: Int16Array, channel: number, channels: number): number {
  let sum = 0;
  for (let i = channel; i < interleaved.length; i += channels) sum += (interleaved[i] ?? 0) ** 2;
  return (sum * channels) / Math.max(1, interleaved.length);
}

/** Crossfades linearly from one channel to another: a switch at once would click. */
function crossfade(interleaved: Int16Array, channels: number, from: number, to: number): Int16Array {
  const mono = new Int16Array(Math.floor(interleaved.length / channels));
  for (let i = 0; i < mono.length; i += 1) {
    const before = interleaved[i * channels + from] ?? 0;
    const after = interleaved[i * channels + to] ?? 0;
    mono[i] = Math.round(before + ((after - before) * (i + 1)) / mono.length);
  }
  return mono;
}

/** Copies mono to every channel, interleaved: the device does not tell which channels are audible. */
export function upmix(mono: Int16Array, channels: number): Int16Array {
  if (channels === 1) return mono;
  const interleaved = new Int16Array(mono.length * channels);
  for (let i = 0; i < mono.length; i += 1) interleaved.fill(mono[i] ?? 0, i * channels, (i + 1) * channels);
  return interleaved;
}
