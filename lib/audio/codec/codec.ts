/** Opus (RFC 6716) as Holler uses it: 48 kHz, mono, one packet for 20 ms, tuned for speech. */
import type { OpusDecoderHandle, OpusEncoderHandle } from "libopus-wasm";
import { frameSamples, sampleRate } from "../dsp/format.ts";

export interface Encoder {
  /**
   * Encodes one frame of 960 samples into one packet of about 80 bytes, which is a copy. After 200 ms of silence,
   * discontinuous transmission (DTX) begins: packets of one byte and, every 400 ms, one that updates the comfort noise.
   */
  encode(frame: Int16Array): Uint8Array;
  free(): void;
}

export interface Decoder {
  /**
   * Decodes one packet into 960 samples, full scale ±1. `null` conceals a missing packet: the frame is extrapolated
   * from earlier ones. A packet that is not Opus or not 20 ms long is concealed too, because packets are not trusted.
   */
  decode(packet: Uint8Array | null): Float32Array;
  free(): void;
}

const bitsPerSecond = 32_000;

/** Loads libopus, which takes 30 to 45 ms, before the first frame needs it. */
export async function loadCodec(): Promise<void> {
  await (await import("libopus-wasm")).loadLibopus();
}

export async function createEncoder(): Promise<Encoder> {
  const opus = await import("libopus-wasm");
  const encoder: OpusEncoderHandle = await opus.createEncoder({
    sampleRate,
    channels: 1,
    frameSize: frameSamples,
    application: opus.Application.Voip,
    signal: opus.Signal.Voice,
    bitrate: bitsPerSecond,
    dtx: true,
  });
  return {
    encode: (frame) => encoder.encode(frame),
    free: () => encoder.free(),
  };
}

export async function createDecoder(): Promise<Decoder> {
  const opus = await import("libopus-wasm");
  const decoder: OpusDecoderHandle = await opus.createDecoder({
    sampleRate,
    channels: 1,
    maxFrameSize: frameSamples,
  });
  const conceal = () => decoder.decodePacketLossFloat(frameSamples);
  return {
    decode(packet) {
      if (packet === null) return conceal();
      try {
        const samples = decoder.decodeFloat(packet);
        return samples.length === frameSamples ? samples : conceal();
      } catch {
        return conceal();
      }
    },
    free: () => decoder.free(),
  };
}
