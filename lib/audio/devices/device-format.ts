/** In which shapes a device is asked for sound, when it does not offer the one that Holler speaks. */
import { sampleRate } from "../dsp/format.ts";

export interface Format {
  sampleRate: number;
  channels: number;
}

/** Asked for first. One channel: asking mono microphones for two can crash. */
export const wantedFormat: Format = { sampleRate, channels: 1 };

/**
 * What else to ask for, best first: our own sample rate with more channels, then the device's. `channelsMax` and
 * `defaultRate` are what the device says of itself.
 */
export function otherFormats(channelsMax: number, defaultRate: number): Format[] {
  const rates = defaultRate > 0 && defaultRate !== sampleRate ? [sampleRate, defaultRate] : [sampleRate];
  const channels = [...new Set([1, 2, channelsMax])].filter((count) => count > 0 && count <= channelsMax);
  return rates
    .flatMap((sampleRate) => channels.map((channels) => ({ sampleRate, channels })))
    .filter(
      (format) => format.sampleRate !== wantedFormat.sampleRate || format.channels !== wantedFormat.channels,
    );
}

/** Whether another format may help, by what PortAudio said; a device that is busy or gone refuses them all. */
export function isFormatRefused(said: string): boolean {
  return /invalid sample rate|invalid number of channels|channel count exceeds|sample format not supported/i.test(
    said,
  );
}
