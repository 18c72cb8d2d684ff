/** The only file that touches naudiodon: the sound system of the machine, by way of PortAudio. */
import type { Readable, Writable } from "node:stream";
import type { AudioOptions } from "naudiodon";
import { createResampler, type Resampler } from "../codec/resampler.ts";
import {
  type AudioSystem,
  type Buffering,
  type DeviceChoice,
  DeviceError,
  type Microphone,
  type MicrophoneOptions,
  type Speaker,
  type SpeakerOptions,
} from "../device.ts";
import { createMixDown, spreadOut } from "../dsp/channels.ts";
import { chunkSamples, sampleRate } from "../dsp/format.ts";
import * as say from "./device-errors.ts";
import { type Format, isFormatRefused, otherFormats, wantedFormat } from "./device-format.ts";
import { channelsOf, defaultDevice, findDevice, listDevices, type Naudiodon } from "./portaudio-devices.ts";

const bytesPerSample = 2;

/** With 5 ms instead of 10 the microphone would be heard 5 ms later. */
const inputSamples = 480;

/** A busy process must not make the microphone's callback wait, which would lose sound: 0.3 s of queue. */
const inputQueueChunks = 30;

/** What makes the output slower and safer: the device's own buffers, and the chunks queued for them. */
interface OutputSettings {
  framesPerBuffer: number;
  queueChunks: number;
  /** What the two hold together, ms: measured against a virtual speaker of PulseAudio, where it is right within 1 ms. */
  heldMs: number;
}

/** Survive a program that is busy for about 20, 45 and 75 ms. */
const outputs: Record<Buffering, OutputSettings> = {
  low: { framesPerBuffer: 240, queueChunks: 2, heldMs: 15 },
  normal: { framesPerBuffer: 480, queueChunks: 3, heldMs: 40 },
  high: { framesPerBuffer: 960, queueChunks: 4, heldMs: 75 },
};

/**
 * The machine's sound system; nothing of it is loaded before `load`, and no device is touched before it is opened.
 * `importAddon` gives naudiodon, or rejects where it cannot be loaded.
 */
export function createPortAudio(
  importAddon: () => Promise<Naudiodon> = () => import("naudiodon"),
): AudioSystem {
  let naudiodon: Naudiodon | undefined;
  let failure = new DeviceError("audio-failed", "The sound system was not loaded.");

  function loaded(): Naudiodon {
    if (!naudiodon) throw failure;
    return naudiodon;
  }

  return {
    async load() {
      try {
        naudiodon = await importAddon();
      } catch (error) {
        failure = say.loadError(error);
      }
    },
    devices: () => listDevices(loaded()),
    openMicrophone: (options, onChunk, onError) => openMicrophone(loaded(), options, onChunk, onError),
    openSpeaker: (options) => openSpeaker(loaded(), options),
  };
}

function openMicrophone(
  naudiodon: Naudiodon,
  { device }: MicrophoneOptions,
  onChunk: (samples: Int16Array) => void,
  onError: (error: DeviceError) => void,
): Microphone {
  const { stream, format, notice } = open(naudiodon, "input", device, (common, format) => {
    const framesPerBuffer = atRate(inputSamples, format);
    const highwaterMark = framesPerBuffer * format.channels * bytesPerSample;
    return naudiodon.AudioIO({
      inOptions: { ...common, framesPerBuffer, highwaterMark, maxQueue: inputQueueChunks },
    });
  });
  const readable = stream as unknown as Readable;
  const mixDown = createMixDown(format.channels);
  const resampler =
    format.sampleRate === sampleRate ? undefined : createResampler(format.sampleRate, sampleRate);
  let closed = false;

  function hear(bytes: Buffer): void {
    const samples = mixDown(toSamples(bytes));
    if (!resampler) deliver(samples);
    else resampler.then(({ resample }) => deliver(resample(samples))).catch(fail);
  }

  function deliver(samples: Int16Array): void {
    if (!closed) onChunk(samples);
  }

  function fail(error: unknown): void {
    if (!closed) onError(say.deviceFailed("input", error));
  }

  readable.on("data", hear);
  readable.on("error", fail);
  return {
    ...notice,
    async close() {
      closed = true;
      await stream.quit();
    },
  };
}

function openSpeaker(naudiodon: Naudiodon, { device, buffering }: SpeakerOptions): Speaker {
  const settings = outputs[buffering];
  const { stream, format, notice } = open(naudiodon, "output", device, (common, format) =>
    naudiodon.AudioIO({
      outOptions: {
        ...common,
        framesPerBuffer: atRate(settings.framesPerBuffer, format),
        maxQueue: settings.queueChunks,
        // Bytes that Node's stream holds on its side: one chunk, for more would only be delay.
        highwaterMark: atRate(chunkSamples, format) * format.channels * bytesPerSample,
      },
    }),
  );
  const writable = stream as unknown as Writable;
  // The failed write is what reports it; without a listener the event would end the process.
  writable.on("error", () => {});
  const resampler =
    format.sampleRate === sampleRate ? undefined : createResampler(sampleRate, format.sampleRate);

  return {
    ...notice,
    heldMs: settings.heldMs,
    pieceMs: (settings.framesPerBuffer * 1000) / sampleRate,
    write: (samples) =>
      resampler ? writeResampled(writable, format, resampler, samples) : write(writable, format, samples),
    // quit plays out what is queued; abort always throws in naudiodon 2.3.6.
    close: async () => {
      await stream.quit();
    },
  };
}

async function writeResampled(
  writable: Writable,
  format: Format,
  resampler: Promise<Resampler>,
  samples: Int16Array,
): Promise<void> {
  const { resample } = await resampler;
  return write(writable, format, resample(samples));
}

function write(writable: Writable, { channels }: Format, mono: Int16Array): Promise<void> {
  const samples = spreadOut(mono, channels);
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return new Promise((resolve, reject) => {
    writable.write(bytes, (error) => (error ? reject(say.deviceFailed("output", error)) : resolve()));
  });
}

interface Startable {
  start(): void;
  quit(): unknown;
}

interface Opened<S> {
  stream: S;
  format: Format;
  notice: { notice?: string };
}

/** Opens the chosen device in the first of our formats that it takes. @throws DeviceError */
function open<S extends Startable>(
  naudiodon: Naudiodon,
  direction: say.Direction,
  choice: DeviceChoice | undefined,
  create: (common: AudioOptions, format: Format) => S,
): Opened<S> {
  const { device, notice } = choice ? findDevice(naudiodon, direction, choice) : {};
  const refused: unknown[] = [];
  const formats = [wantedFormat];
  for (let format = formats.shift(); format; format = formats.shift()) {
    try {
      const stream = create(commonOptions(device?.id, format), format);
      stream.start();
      return { stream, format, notice: notice === undefined ? {} : { notice } };
    } catch (error) {
      // Asked only where it matters: PortAudio looks at every device again for the list.
      if (refused.push(error) === 1 && isFormatRefused(say.textOf(error))) {
        const info = device ?? defaultDevice(naudiodon, direction);
        if (info) formats.push(...otherFormats(channelsOf(info, direction), info.defaultSampleRate));
      }
    }
  }
  throw openError(naudiodon, direction, refused[0]);
}

/** What both directions share. */
function commonOptions(deviceId: number | undefined, format: Format): AudioOptions {
  return {
    // The default.
    deviceId: deviceId ?? -1,
    sampleRate: format.sampleRate,
    channelCount: format.channels,
    sampleFormat: 16,
    // With true, one overflow would end the stream.
    closeOnError: false,
  };
}

/** A look at the list tells a missing device from one that refuses. */
function openError(naudiodon: Naudiodon, direction: say.Direction, error: unknown): DeviceError {
  const said = say.textOf(error);
  if (/no default device/i.test(said)) return say.noDevice(direction, naudiodon.getDevices().length);
  return isFormatRefused(said) ? say.noFormat(direction, error) : say.deviceFailed(direction, error);
}

/** As many samples as take the same time at the rate of the device. */
function atRate(samples: number, format: Format): number {
  return Math.round((samples * format.sampleRate) / sampleRate);
}

/** Samples of their own memory: the bytes of a stream may start at an odd address. */
function toSamples(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
