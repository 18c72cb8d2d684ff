import { expect, test } from "bun:test";
import { createDecoder, createEncoder } from "../../../lib/audio/codec/codec.ts";
import { frameSamples } from "../../../lib/audio/dsp/format.ts";
import { compare } from "../../support/speech.ts";

const seconds = 1;
/** A tone whose pitch and level change, so that no part of it resembles another. */
const tone = Int16Array.from({ length: 48_000 * seconds }, (_, i) => {
  const t = i / 48_000;
  return (
    12_000 * Math.sin(2 * Math.PI * (200 * t + 150 * t * t)) * (1 + 0.8 * Math.sin(2 * Math.PI * 3 * t * t))
  );
});

async function throughOpus(
  lost: (frame: number) => boolean,
): Promise<{ bytes: number; samples: Int16Array }> {
  const [encoder, decoder] = await Promise.all([createEncoder(), createDecoder()]);
  const samples = new Int16Array(tone.length);
  let bytes = 0;
  for (let at = 0; at < tone.length; at += frameSamples) {
    const packet = encoder.encode(tone.subarray(at, at + frameSamples));
    bytes += packet.length;
    const decoded = decoder.decode(lost(at / frameSamples) ? null : packet);
    samples.set(
      decoded.map((sample) => sample * 32_767),
      at,
    );
  }
  encoder.free();
  decoder.free();
  return { bytes, samples };
}

test("Opus reproduces its input at about 32 kbit/s", async () => {
  const { bytes, samples } = await throughOpus(() => false);
  expect((bytes * 8) / seconds).toBeLessThan(40_000);
  expect(compare(tone, samples).windows).toBeGreaterThan(0.9);
  expect(compare(tone, samples).envelope).toBeGreaterThan(0.9);
});

test("the decoder conceals missing frames with sound like the frames before", async () => {
  const { samples } = await throughOpus((frame) => frame % 10 === 5);
  expect(compare(tone, samples).windows).toBeGreaterThan(0.8);
});

test("the decoder conceals packets that are not Opus or not 20 ms long", async () => {
  const decoder = await createDecoder();
  for (const packet of [new Uint8Array(), new Uint8Array([0xff, 0xff, 0xff]), new Uint8Array(4000).fill(3)]) {
    expect(decoder.decode(packet)).toHaveLength(frameSamples);
  }
  decoder.free();
});

test("silence is encoded as packets of one byte, and speech after it is whole", async () => {
  const [encoder, decoder] = await Promise.all([createEncoder(), createDecoder()]);
  const silence = new Int16Array(frameSamples);
  const quiet = Array.from({ length: 50 }, () => encoder.encode(silence));
  expect(quiet.slice(10).filter((packet) => packet.length > 2).length).toBeLessThanOrEqual(3);
  expect(quiet.at(-1)).toHaveLength(1);
  for (const packet of quiet) {
    const heard = decoder.decode(packet);
    expect(heard).toHaveLength(frameSamples);
    expect(heard.every((sample) => Math.abs(sample) < 0.001)).toBe(true);
  }
  const spoken = tone.subarray(0, 25 * frameSamples);
  const heard = new Int16Array(spoken.length);
  for (let at = 0; at < spoken.length; at += frameSamples) {
    const packet = encoder.encode(spoken.subarray(at, at + frameSamples));
    expect(packet.length).toBeGreaterThan(2);
    heard.set(
      decoder.decode(packet).map((sample) => sample * 32_767),
      at,
    );
  }
  expect(compare(spoken, heard).windows).toBeGreaterThan(0.9);
  encoder.free();
  decoder.free();
});
