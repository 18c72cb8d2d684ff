/** A sound system made of numbers: a microphone that tests speak into and a speaker whose time they let pass. */
import type { Decoder, Encoder } from "../../lib/audio/codec/codec.ts";
import type { AudioSystem } from "../../lib/audio/device.ts";
import { DeviceError } from "../../lib/audio/device.ts";
import { frameSamples } from "../../lib/audio/dsp/format.ts";

export interface FakeAudio extends AudioSystem {
  /** Delivers samples from the microphone. */
  hear(samples: Int16Array): void;
  failMicrophone(): void;
  /** Lets the speaker take `chunks` more chunks of 5 ms; resolves when it has. */
  pass(chunks: number): Promise<void>;
  failSpeaker(): void;
  /** The first sample of each chunk that the speaker took. */
  readonly played: number[];
  readonly open: { microphones: number; speakers: number };
}

/** `missing`: what opening a device says. */
export function createFakeAudio(missing?: DeviceError): FakeAudio {
  const open = { microphones: 0, speakers: 0 };
  const played: number[] = [];
  let onChunk: ((samples: Int16Array) => void) | undefined;
  let onError: ((error: DeviceError) => void) | undefined;
  let writing: PromiseWithResolvers<void> | undefined;

  return {
    open,
    played,
    load: async () => {},
    devices: () => [],
    openMicrophone(_options, chunk, error) {
      if (missing) throw missing;
      [onChunk, onError] = [chunk, error];
      open.microphones++;
      return { close: async () => void open.microphones-- };
    },
    openSpeaker() {
      if (missing) throw missing;
      open.speakers++;
      return {
        latencyMs: 20,
        periodMs: 5,
        write(samples) {
          played.push(samples[0] ?? 0);
          writing = Promise.withResolvers<void>();
          return writing.promise;
        },
        close: async () => void open.speakers--,
      };
    },
    hear: (samples) => onChunk?.(samples),
    failMicrophone: () => onError?.(new DeviceError("audio-failed", "gone")),
    async pass(chunks) {
      for (let i = 0; i < chunks; i++) {
        writing?.resolve();
        await settle();
      }
    },
    failSpeaker: () => writing?.reject(new DeviceError("audio-failed", "gone")),
  };
}

/** Lets everything that waits for nothing but its turn happen. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Packets that are the first sample of their frame, so that a test can read them. */
export function createFakeEncoder(): Encoder {
  return { encode: (frame) => new Uint8Array([frame[0] ?? 0]), free() {} };
}

/** A frame full of what the packet says, in units of the output; what is invented is -1. */
export function createFakeDecoder(): Decoder {
  return {
    decode: (packet) => new Float32Array(frameSamples).fill((packet?.[0] ?? -1) / 32_767),
    free() {},
  };
}
