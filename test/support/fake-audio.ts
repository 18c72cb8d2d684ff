/** A sound system for tests, which deliver the samples of its microphone and let its speaker accept chunks. */
import type { Decoder, Encoder } from "../../lib/audio/codec/codec.ts";
import type { AudioSystem } from "../../lib/audio/device.ts";
import { DeviceError } from "../../lib/audio/device.ts";
import { frameSamples } from "../../lib/audio/dsp/format.ts";

export interface FakeAudio extends AudioSystem {
  /** Delivers samples from the microphone. */
  capture(samples: Int16Array): void;
  failMicrophone(): void;
  /** Lets the speaker accept `chunks` more chunks of 5 ms. */
  pass(chunks: number): Promise<void>;
  failSpeaker(): void;
  /** The first sample of each chunk that was written. */
  readonly played: number[];
  readonly open: { microphones: number; speakers: number };
}

/** `missing`: the error of opening a device. */
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
    capture: (samples) => onChunk?.(samples),
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

/** Resolves after all pending microtasks and immediates have run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Encodes the first sample of a frame as a packet of one byte. */
export function createFakeEncoder(): Encoder {
  return { encode: (frame) => new Uint8Array([frame[0] ?? 0]), free() {} };
}

/** Decodes a packet into a frame of its first byte, in units of the 16-bit output. A concealed frame is -1. */
export function createFakeDecoder(): Decoder {
  return {
    decode: (packet) => new Float32Array(frameSamples).fill((packet?.[0] ?? -1) / 32_767),
    free() {},
  };
}
