/** The only file that touches naudiodon: the sound system of the machine, by way of PortAudio. */
import type { Readable, Writable } from "node:stream";
import {
  type AudioDevice,
  type AudioSystem,
  type Buffering,
  DeviceError,
  type Microphone,
  type Speaker,
} from "./device.ts";
import { chunkSamples, sampleRate } from "./format.ts";

type Naudiodon = typeof import("naudiodon");
type Direction = "input" | "output";

const bytesPerSample = 2;

/** What both directions share. One channel: asking mono microphones for two can crash. */
const common = {
  sampleRate,
  channelCount: 1,
  sampleFormat: 16,
  // With true, one overflow would end the stream.
  closeOnError: false,
} as const;

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

/** Survive a program that is busy for about 25, 45 and 75 ms. */
const outputs: Record<Buffering, OutputSettings> = {
  low: { framesPerBuffer: 240, queueChunks: 3, heldMs: 20 },
  normal: { framesPerBuffer: 480, queueChunks: 3, heldMs: 40 },
  high: { framesPerBuffer: 960, queueChunks: 4, heldMs: 75 },
};

/** The machine's sound system; nothing of it is loaded before `load`, and no device is touched before it is opened. */
export function createPortAudio(): AudioSystem {
  let naudiodon: Naudiodon | undefined;
  let failure = new DeviceError("audio-failed", "The sound system was not loaded.");

  function loaded(): Naudiodon {
    if (!naudiodon) throw failure;
    return naudiodon;
  }

  return {
    async load() {
      try {
        naudiodon = await import("naudiodon");
      } catch (error) {
        failure = loadError(error);
      }
    },
    devices: () => listDevices(loaded()),
    openMicrophone: (_options, onChunk, onError) => openMicrophone(loaded(), onChunk, onError),
    openSpeaker: ({ buffering }) => openSpeaker(loaded(), outputs[buffering]),
  };
}

const inputOptions = {
  ...common,
  framesPerBuffer: inputSamples,
  maxQueue: inputQueueChunks,
  highwaterMark: inputSamples * bytesPerSample,
};

function openMicrophone(
  naudiodon: Naudiodon,
  onChunk: (samples: Int16Array) => void,
  onError: (error: DeviceError) => void,
): Microphone {
  const stream = open(naudiodon, "input", () => naudiodon.AudioIO({ inOptions: inputOptions }));
  const readable = stream as unknown as Readable;
  let closed = false;
  readable.on("data", (bytes: Buffer) => {
    if (!closed) onChunk(toSamples(bytes));
  });
  readable.on("error", (error) => {
    if (!closed) onError(deviceFailed("input", error));
  });
  return {
    async close() {
      closed = true;
      await stream.quit();
    },
  };
}

function openSpeaker(naudiodon: Naudiodon, settings: OutputSettings): Speaker {
  const { framesPerBuffer, queueChunks, heldMs } = settings;
  // Bytes that Node's stream holds on its side: one chunk, for more would only be delay.
  const highwaterMark = chunkSamples * bytesPerSample;
  const stream = open(naudiodon, "output", () =>
    naudiodon.AudioIO({ outOptions: { ...common, framesPerBuffer, maxQueue: queueChunks, highwaterMark } }),
  );
  const writable = stream as unknown as Writable;
  // The failed write is what reports it; without a listener the event would end the process.
  writable.on("error", () => {});
  return {
    heldMs,
    write: (samples) =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
        writable.write(bytes, (error) => (error ? reject(deviceFailed("output", error)) : resolve()));
      }),
    // quit plays out what is queued; abort always throws in naudiodon 2.3.6.
    close: async () => {
      await stream.quit();
    },
  };
}

interface Startable {
  start(): void;
  quit(): unknown;
}

function open<S extends Startable>(naudiodon: Naudiodon, direction: Direction, create: () => S): S {
  try {
    const stream = create();
    stream.start();
    return stream;
  } catch (error) {
    throw openError(naudiodon, direction, error);
  }
}

function listDevices(naudiodon: Naudiodon): AudioDevice[] {
  const hosts = naudiodon.getHostAPIs();
  const host = hosts.HostAPIs[hosts.defaultHostAPI];
  return naudiodon.getDevices().map((device) => ({
    name: device.name,
    hostApi: device.hostAPIName,
    inputs: device.maxInputChannels,
    outputs: device.maxOutputChannels,
    defaultInput: device.id === host?.defaultInput,
    defaultOutput: device.id === host?.defaultOutput,
  }));
}

/** Says why the addon did not load; on Linux that is nearly always a missing libasound. */
function loadError(error: unknown): DeviceError {
  const said = textOf(error);
  if (said.includes("libasound")) {
    return new DeviceError(
      "no-sound-system",
      "Voice needs ALSA, which is missing here: install libasound2 (Debian, Ubuntu) or alsa-lib (Fedora, Arch).",
    );
  }
  return new DeviceError("no-sound-system", `The sound system cannot be loaded: ${said}.`);
}

/** Says why a device did not open: a look at the list tells a missing device from one that refuses. */
function openError(naudiodon: Naudiodon, direction: Direction, error: unknown): DeviceError {
  const said = textOf(error);
  if (!/no default device/i.test(said)) return deviceFailed(direction, error);
  const devices = naudiodon.getDevices();
  if (devices.length === 0) {
    const server =
      process.platform === "linux"
        ? ", or start the sound server (PipeWire with pipewire-alsa, or PulseAudio with libasound2-plugins)"
        : "";
    return new DeviceError("no-sound-system", `No microphone or speaker was found: plug one in${server}.`);
  }
  return direction === "input"
    ? new DeviceError("no-microphone", "No microphone was found: plug one in and try again.")
    : new DeviceError("no-speaker", "No speaker was found: plug one in and try again.");
}

function deviceFailed(direction: Direction, error: unknown): DeviceError {
  const device = direction === "input" ? "microphone" : "speaker";
  return new DeviceError(
    "audio-failed",
    `The ${device} cannot be used (${textOf(error)}): is another program holding it?`,
  );
}

function textOf(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return said.split("\n", 1)[0]?.trim().replace(/\.$/, "") ?? "";
}

/** Samples of their own memory: the bytes of a stream may start at an odd address. */
function toSamples(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
