import { expect, test } from "bun:test";
import { createDecoder, createEncoder } from "../../../lib/audio/codec/codec.ts";
import { chunkMs, chunkSamples, frameMs, frameSamples } from "../../../lib/audio/dsp/format.ts";
import { createJitterBuffer } from "../../../lib/audio/dsp/jitter-buffer.ts";
import { createPlaybackStream } from "../../../lib/audio/playback/playback-stream.ts";
import { createFakeDecoder } from "../../support/fake-audio.ts";
import { seeded } from "../../support/random.ts";

function open() {
  const stream = createPlaybackStream(createJitterBuffer({ targetDelayMs: 0 }), 1);
  let nowMs = 0;
  let sequence = 0;
  const push = (payload: Uint8Array) => {
    const frame = { sequence, capturedAt: sequence * frameMs * 1000, arrivedAt: nowMs * 1000, payload };
    stream.push(frame, nowMs * 1000);
    sequence++;
  };
  /** The chunks of so many ms. */
  const next = (ms: number) =>
    Array.from({ length: ms / chunkMs }, () => {
      nowMs += chunkMs;
      return stream.next(nowMs * 1000);
    });
  return { stream, push, next };
}

const rms = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

test("a stream without a decoder is silent, and its frames wait", () => {
  const { stream, push, next } = open();
  push(new Uint8Array(40).fill(9));
  expect(next(10).every(({ samples }) => samples.every((sample) => sample === 0))).toBe(true);
  stream.decoder = createFakeDecoder();
  expect((next(5)[0]?.samples[0] ?? 0) * 32_767).toBeCloseTo(9);
});

test("a changed gain is reached within one chunk", () => {
  const { stream, next } = open();
  const { next: take } = stream;
  stream.gain = 0.5;
  expect(take(0)).toMatchObject({ gainFrom: 1, gainTo: 0.5 });
  expect(next(5)[0]).toMatchObject({ gainFrom: 0.5, gainTo: 0.5 });
});

test("late frames in a pause are replaced by comfort noise as loud as the pause", async () => {
  const encoder = await createEncoder();
  const { stream, push, next } = open();
  stream.decoder = await createDecoder();
  const random = seeded(3);
  const noiseOf = (amplitude: number) =>
    Int16Array.from({ length: frameSamples }, () => random.below(2 * amplitude + 1) - amplitude);
  let loudness = 0;
  for (let i = 0; i < 100; i++) {
    push(encoder.encode(noiseOf(i < 50 ? 9000 : 150)));
    for (const { samples } of next(frameMs)) loudness = rms(samples);
  }
  const late = next(300);
  expect(late.every(({ samples }) => samples.length === chunkSamples)).toBe(true);
  for (const { samples } of late) {
    expect(rms(samples)).toBeGreaterThan(loudness / 3);
    expect(rms(samples)).toBeLessThan(loudness * 3);
  }
  expect(stream.report()).toMatchObject({ concealed: 0, missing: 0 });
  encoder.free();
  stream.decoder.free();
});
