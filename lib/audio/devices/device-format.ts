/** The formats in which a device is opened, when it does not support the one that Holler uses. */
import { sampleRate } from "../dsp/format.ts";

export interface Format {
  /** Hz. */
  sampleRate: number;
  channels: number;
}

/** The first format to try. Mono, because opening a mono microphone with two channels can crash. */
export const wantedFormat: Format = { sampleRate, channels: 1 };

/**
 * The other formats to try, best first: our sample rate with more channels, then the default rate of the device.
 * `channelsMax` and `defaultRate`, Hz, are the device's own description.
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

/** Whether another format may work, by the message of PortAudio. A device that is busy or gone refuses every format. */
export function isFormatRefused(message: string): boolean {
  return /invalid sample rate|invalid number of channels|channel count exceeds|sample format not supported/i.test(
    message,
  );
}
