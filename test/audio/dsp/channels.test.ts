import { expect, test } from "bun:test";
import { createDownmix, upmix } from "../../../lib/audio/dsp/channels.ts";

/** 10 ms of eight interleaved channels, each a tone of the given amplitude. */
function piece(amplitudes: number[]): Int16Array {
  const tone = (i: number) => Math.sin((2 * Math.PI * i) / 48);
  return Int16Array.from({ length: 480 * 8 }, (_, i) =>
    Math.round((amplitudes[i % 8] ?? 0) * tone(Math.floor(i / 8))),
  );
}

const on = (channel: number, amplitude: number, others = 0) =>
  piece(Array.from({ length: 8 }, (_, i) => (i === channel ? amplitude : others)));
const peakOf = (samples: Int16Array) => Math.max(...samples);

test("mono passes through downmix and upmix unchanged", () => {
  const mono = Int16Array.of(1, -2, 3);
  expect(createDownmix(1)(mono)).toEqual(mono);
  expect(upmix(mono, 1)).toEqual(mono);
});

test("the downmix of two channels is their average", () => {
  expect(createDownmix(2)(Int16Array.of(100, 300, -32_768, -32_768, 32_767, 32_767))).toEqual(
    Int16Array.of(200, -32_768, 32_767),
  );
});

test("the downmix of eight channels keeps the level of a voice that is on one channel or on all", () => {
  expect(peakOf(createDownmix(8)(on(5, 12_000)))).toBe(12_000);
  expect(peakOf(createDownmix(8)(piece(Array(8).fill(12_000))))).toBe(12_000);
  expect(createDownmix(8)(new Int16Array(16).fill(-32_768))).toEqual(Int16Array.of(-32_768, -32_768));
});

test("the downmix switches to a louder channel within 30 ms and without a click", () => {
  const downmix = createDownmix(8);
  for (let i = 0; i < 100; i++) downmix(on(2, 20));
  const heard = [0, 1, 2].map(() => downmix(on(6, 12_000)));
  expect(peakOf(heard[2] ?? new Int16Array())).toBe(12_000);
  const steps = heard
    .flatMap((one) => [...one])
    .map((sample, i, all) => Math.abs(sample - (all[i - 1] ?? 0)));
  // The steepest step of the tone itself is 12,000 · 2π / 48 = 1571.
  expect(Math.max(...steps)).toBeLessThanOrEqual(1650);
});

test("the downmix does not switch to a channel that is less than 6 dB louder", () => {
  const downmix = createDownmix(8);
  for (let i = 0; i < 100; i++) downmix(on(2, 8000, 7000));
  for (let i = 0; i < 100; i++) expect(peakOf(downmix(on(6, 10_000, 7000)))).toBe(7000);
});

test("the upmix copies mono to every channel", () => {
  expect(upmix(Int16Array.of(1, -2), 3)).toEqual(Int16Array.of(1, 1, 1, -2, -2, -2));
});
