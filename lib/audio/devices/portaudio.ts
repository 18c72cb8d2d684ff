/** The sound system of the machine, through PortAudio. The only file that opens devices with naudiodon. */
import type { Readable, Writable } from "node:stream";
import type { AudioOptions } from "naudiodon";
import type {
  AudioSystem,
  Buffering,
  DeviceChoice,
  DeviceDirection,
  Microphone,
  MicrophoneOptions,
  Speaker,
  SpeakerOptions,
} from "../device.ts";
import { DeviceError } from "../device.ts";
import { createDownmix, upmix } from "../dsp/channels.ts";
import { chunkSamples, sampleRate } from "../dsp/format.ts";
import * as deviceErrors from "./device-errors.ts";
import type { Format } from "./device-format.ts";
import { isFormatRefused, otherFormats, wantedFormat } from "./device-format.ts";
import type { Naudiodon } from "./portaudio-devices.ts";
import { channelsOf, defaultDevice, findDevice, listDevices } from "./portaudio-devices.ts";
import type { Resampler } from "./resampler.ts";
import { createResampler } from "./resampler.ts";

const bytesPerSample = 2;

/** 10 ms. With 5 ms the delay is 5 ms longer. */
const inputSamples = 480;

/** 0.3 s of queue: while the process is busy, the callback of the microphone must not wait, which would lose sound. */
const inputQueueChunks = 30;

/** The two buffers of the output: the period of the device, and the queue before it. */
interface OutputSettings {
  framesPerBuffer: number;
  queueChunks: number;
  /** Both together, ms: measured with a virtual speaker of PulseAudio, within 1 ms. */
  latencyMs: number;
}

/** These survive a process that is busy for about 20, 45 and 75 ms. */
const outputs: Record<Buffering, OutputSettings> = {
  low: { framesPerBuffer: 240, queueChunks: 2, latencyMs: 15 },
  normal: { framesPerBuffer: 480, queueChunks: 3, latencyMs: 40 },
  high: { framesPerBuffer: 960, queueChunks: 4, latencyMs: 75 },
};

/**
 * The sound system of the machine. Nothing is loaded before `load`, and no device is used before it is opened.
 * `importAddon` resolves with naudiodon, or rejects when it cannot be loaded.
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
        failure = deviceErrors.loadError(error);
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
  const downmix = createDownmix(format.channels);
  const resampler =
    format.sampleRate === sampleRate ? undefined : createResampler(format.sampleRate, sampleRate);
  let closed = false;

  function onData(bytes: Buffer): void {
    const samples = downmix(toSamples(bytes));
    if (!resampler) deliver(samples);
    else resampler.then(({ resample }) => deliver(resample(samples))).catch(fail);
  }

  function deliver(samples: Int16Array): void {
    if (!closed) onChunk(samples);
  }

  function fail(error: unknown): void {
    if (!closed) onError(deviceErrors.deviceFailed("input", error));
  }

  readable.on("data", onData);
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
        // The bytes that Node's stream queues: one chunk, because more would only add delay.
        highwaterMark: atRate(chunkSamples, format) * format.channels * bytesPerSample,
      },
    }),
  );
  const writable = stream as unknown as Writable;
  // The failed write reports the error. Without a listener the event would end the process.
  writable.on("error", () => {});
  const resampler =
    format.sampleRate === sampleRate ? undefined : createResampler(sampleRate, format.sampleRate);

  return {
    ...notice,
    latencyMs: settings.latencyMs,
    periodMs: (settings.framesPerBuffer * 1_000) / sampleRate,
    write: (samples) =>
      resampler ? writeResampled(writable, format, resampler, samples) : write(writable, format, samples),
    // quit plays what is queued; abort always throws in naudiodon 2.3.6.
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
  const samples = upmix(mono, channels);
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  return new Promise((resolve, reject) => {
    writable.write(bytes, (error) =>
      error ? reject(deviceErrors.deviceFailed("output", error)) : resolve(),
    );
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

/** Opens the chosen device in the first format that it supports. @throws {DeviceError} */
function open<S extends Startable>(
  naudiodon: Naudiodon,
  direction: DeviceDirection,
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
      // Only where it matters, because PortAudio enumerates every device for it.
      if (refused.push(error) === 1 && isFormatRefused(deviceErrors.textOf(error))) {
        const info = device ?? defaultDevice(naudiodon, direction);
        if (info) formats.push(...otherFormats(channelsOf(info, direction), info.defaultSampleRate));
      }
    }
  }
  throw openError(naudiodon, direction, refused[0]);
}

/** The options of inputs and outputs alike. */
function commonOptions(deviceId: number | undefined, format: Format): AudioOptions {
  return {
    // -1: the default device.
    deviceId: deviceId ?? -1,
    sampleRate: format.sampleRate,
    channelCount: format.channels,
    sampleFormat: 16,
    // With true, one input overflow would end the stream.
    closeOnError: false,
  };
}

/** The list of devices tells a missing device from one that refuses. */
function openError(naudiodon: Naudiodon, direction: DeviceDirection, error: unknown): DeviceError {
  const message = deviceErrors.textOf(error);
  if (/no default device/i.test(message))
    return deviceErrors.noDevice(direction, naudiodon.getDevices().length);
  return isFormatRefused(message)
    ? deviceErrors.noFormat(direction, error)
    : deviceErrors.deviceFailed(direction, error);
}

/** The number of samples that take the same time at the sample rate of the device. */
function atRate(samples: number, format: Format): number {
  return Math.round((samples * format.sampleRate) / sampleRate);
}

/** Copies the samples: the bytes of a stream may start at an odd address. */
function toSamples(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
