/** A naudiodon for tests without PortAudio: its devices refuse the formats that real devices refuse. */
import { Readable, Writable } from "node:stream";
import type { AudioOptions, DeviceInfo } from "naudiodon";
import type { Naudiodon } from "../../lib/audio/devices/portaudio-devices.ts";

export interface FakeDevice {
  name: string;
  hostApi?: string;
  inputs?: number;
  outputs?: number;
  /** Its default sample rate, Hz; without it, 48 kHz. */
  rate?: number;
  /** The error for a format; undefined: the device supports it. */
  refuses?: (format: { rate: number; channels: number }) => string | undefined;
}

export interface FakeStream {
  device: string;
  options: AudioOptions;
  /** The samples that were written to the speaker. */
  readonly written: Int16Array;
  /** Delivers samples from the microphone. */
  push(samples: Int16Array): void;
  fail(message: string): void;
  closed: boolean;
}

export interface FakeNaudiodon {
  naudiodon: Naudiodon;
  /** The streams that were opened, in order. */
  streams: FakeStream[];
  /** The formats that were tried, in order. */
  asked: { rate: number; channels: number }[];
  /** How often the devices were listed, which makes PortAudio enumerate them. */
  readonly lists: number;
}

/** The first input and the first output of a host API are its default devices; the first host API is the default. */
export function createFakeNaudiodon(given: FakeDevice[]): FakeNaudiodon {
  const devices = given.map(describe);
  const hosts = [...new Set(devices.map((device) => device.hostAPIName))];
  const streams: FakeStream[] = [];
  const asked: { rate: number; channels: number }[] = [];
  let lists = 0;

  function defaultOf(host: string, channels: "maxInputChannels" | "maxOutputChannels"): number {
    return devices.find((device) => device.hostAPIName === host && device[channels] > 0)?.id ?? 0xffff_ffff;
  }

  function create(direction: "input" | "output", options: AudioOptions) {
    const channels = direction === "input" ? "maxInputChannels" : "maxOutputChannels";
    const id = options.deviceId === -1 ? defaultOf(hosts[0] ?? "", channels) : options.deviceId;
    const device = devices.find((one) => one.id === id);
    if (!device) throw new Error("No default device");
    const format = { rate: options.sampleRate ?? 0, channels: options.channelCount ?? 0 };
    asked.push(format);
    const refusal = given[device.id]?.refuses?.(format);
    if (refusal !== undefined) throw new Error(refusal);
    return direction === "input" ? createInput(device.name, options) : createOutput(device.name, options);
  }

  function createInput(device: string, options: AudioOptions) {
    const readable = new Readable({ read() {} });
    streams.push({
      device,
      options,
      written: new Int16Array(),
      push: (samples) =>
        void readable.push(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)),
      fail: (message) => void readable.destroy(new Error(message)),
      closed: false,
    });
    return startable(readable, streams.length - 1);
  }

  function createOutput(device: string, options: AudioOptions) {
    const parts: Buffer[] = [];
    const writable = new Writable({
      write(bytes: Buffer, _encoding, done) {
        parts.push(Buffer.from(bytes));
        done();
      },
    });
    streams.push({
      device,
      options,
      get written() {
        const all = Buffer.concat(parts);
        return new Int16Array(all.buffer.slice(all.byteOffset, all.byteOffset + all.byteLength));
      },
      push() {},
      fail: (message) => void writable.destroy(new Error(message)),
      closed: false,
    });
    return startable(writable, streams.length - 1);
  }

  function startable(stream: Readable | Writable, index: number) {
    const quit = async () => {
      const opened = streams[index];
      if (opened) opened.closed = true;
    };
    return Object.assign(stream, { start() {}, quit });
  }

  const addon = {
    getDevices() {
      lists++;
      return devices;
    },
    getHostAPIs() {
      lists++;
      return {
        defaultHostAPI: 0,
        HostAPIs: hosts.map((name, id) => ({
          id,
          name,
          type: "Unknown" as const,
          deviceCount: devices.length,
          defaultInput: defaultOf(name, "maxInputChannels"),
          defaultOutput: defaultOf(name, "maxOutputChannels"),
        })),
      };
    },
    AudioIO: ({ inOptions, outOptions }: { inOptions?: AudioOptions; outOptions?: AudioOptions }) =>
      inOptions ? create("input", inOptions) : create("output", outOptions ?? {}),
  };

  return {
    // The streams are streams of Node, as in naudiodon, whose types do not say so.
    naudiodon: addon as unknown as Naudiodon,
    streams,
    asked,
    get lists() {
      return lists;
    },
  };
}

function describe(device: FakeDevice, id: number): DeviceInfo {
  return {
    id,
    name: device.name,
    hostAPIName: device.hostApi ?? "ALSA",
    maxInputChannels: device.inputs ?? 0,
    maxOutputChannels: device.outputs ?? 0,
    defaultSampleRate: device.rate ?? 48_000,
    defaultLowInputLatency: 0,
    defaultLowOutputLatency: 0,
    defaultHighInputLatency: 0,
    defaultHighOutputLatency: 0,
  };
}
