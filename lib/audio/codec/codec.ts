/** Opus as Holler uses it: 48 kHz, mono, one packet for 20 ms, tuned for speech. */
import type { OpusDecoderHandle, OpusEncoderHandle } from "libopus-wasm";
import { frameSamples, sampleRate } from "../dsp/format.ts";

export interface Encoder {
  /**
   * One frame of 960 samples in, one packet out (about 80 bytes; a copy, free to be sent). After 200 ms of silence it
   * is a packet of one byte, but for one in 400 ms that tells the listener how the silence sounds.
   */
  encode(frame: Int16Array): Uint8Array;
  free(): void;
}

export interface Decoder {
  /**
   * The 960 samples of one packet, full scale ±1; `null` invents a frame out of what came before, for one that is
   * missing. A packet that is not Opus, or not 20 ms long, counts as missing: it came from a stranger.
   */
  decode(packet: Uint8Array | null): Float32Array;
  free(): void;
}

const bitsPerSecond = 32_000;

/** Loads libopus (30 to 45 ms) so that the first frame need not wait for it. */
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
