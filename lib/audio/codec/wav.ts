/** Converts a clip to a WAV file, which every audio program reads (RIFF, PCM 16 bit, little-endian). */
import { frameSamples, sampleRate } from "../dsp/format.ts";
import { createDecoder } from "./codec.ts";

const headerBytes = 44;
const bytesPerSample = 2;
/** WAVE_FORMAT_PCM. */
const pcm = 1;
const channels = 1;
const fullScale = 32_767;
/** 1 s of sound, which is decoded in about 4 ms: then other events are handled. */
const packetsAtOnce = 50;

/** Returns a file of 48 kHz, mono, 16 bit: 20 ms for each packet, packets that are not Opus included. */
export async function decodeToWav(packets: readonly Uint8Array[]): Promise<Uint8Array> {
  const dataBytes = packets.length * frameSamples * bytesPerSample;
  const file = new Uint8Array(headerBytes + dataBytes);
  const view = new DataView(file.buffer);
  writeHeader(view, dataBytes);
  const decoder = await createDecoder();
  try {
    for (const [i, packet] of packets.entries()) {
      if (i % packetsAtOnce === 0) await handleOtherEvents();
      writeSamples(view, headerBytes + i * frameSamples * bytesPerSample, decoder.decode(packet));
    }
  } finally {
    decoder.free();
  }
  return file;
}

function handleOtherEvents(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

function writeHeader(view: DataView, dataBytes: number): void {
  const tag = (at: number, letters: string) => {
    for (let i = 0; i < letters.length; i += 1) view.setUint8(at + i, letters.charCodeAt(i));
  };
  tag(0, "RIFF");
  view.setUint32(4, headerBytes - 8 + dataBytes, true);
  tag(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, pcm, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * bytesPerSample, true);
  view.setUint16(32, channels * bytesPerSample, true);
  view.setUint16(34, 8 * bytesPerSample, true);
  tag(36, "data");
  view.setUint32(40, dataBytes, true);
}

function writeSamples(view: DataView, at: number, samples: Float32Array): void {
  for (const [i, sample] of samples.entries()) {
    const level = Math.round(Math.max(-1, Math.min(1, sample)) * fullScale);
    view.setInt16(at + i * bytesPerSample, level, true);
  }
}
