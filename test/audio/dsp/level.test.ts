import { expect, test } from "bun:test";
import type { Level } from "../../../lib/audio/dsp/level.ts";
import { createMeter, rmsDbfs, silenceDbfs } from "../../../lib/audio/dsp/level.ts";
import { eachSeed } from "../../support/random.ts";

const sine = (amplitude: number, offset = 0) =>
  Int16Array.from({ length: 960 }, (_, i) => amplitude * Math.sin((2 * Math.PI * 10 * i) / 960) + offset);
const silence = new Int16Array(960);
/** What a converter makes of a wave that is too loud for it. */
const tooLoud = (factor: number) =>
  Int16Array.from({ length: 960 }, (_, i) =>
    Math.max(-32_768, Math.min(32_767, factor * 32_767 * Math.sin((2 * Math.PI * 10 * i) / 960))),
  );

/** The levels of frames one after the other. */
function levels(frames: Int16Array[]): Level[] {
  const meter = createMeter();
  return frames.flatMap((frame) => meter.add(frame) ?? []);
}

function sound(...frames: Int16Array[]) {
  const meter = createMeter();
  for (const frame of frames) meter.add(frame);
  return meter.summary;
}

const repeated = (frame: Int16Array, times: number) => Array.from({ length: times }, () => frame);

test("a full-scale sine is at -3", () => {
  expect(rmsDbfs(sine(32_767))).toBeCloseTo(-3, 1);
});

test("a tenth of the amplitude is 20 dB less", () => {
  expect(rmsDbfs(sine(3276.7))).toBeCloseTo(-23, 1);
});

test("stays within its range for the loudest, for silence and for nothing", () => {
  const loudest = new Int16Array(10).fill(-32_768);
  expect(rmsDbfs(loudest)).toBe(0);
  expect(rmsDbfs(new Int16Array(960))).toBe(silenceDbfs);
  expect(rmsDbfs(new Int16Array())).toBe(silenceDbfs);
});

test("ten levels a second, of what was heard since the one before", () => {
  const found = levels([...repeated(sine(3276.7), 5), ...repeated(silence, 5), sine(1)]);
  expect(found.map(({ dbfs }) => Math.round(dbfs))).toEqual([-23, silenceDbfs]);
});

test("a peak is held for a second, then falls, and never below what is heard", () => {
  const loud = repeated(sine(32_767), 5);
  const peaks = levels([...loud, ...repeated(sine(327.67), 50 * 4)]).map(({ peakDbfs }) => peakDbfs);
  expect(peaks.slice(0, 11).every((peak) => peak > -0.1)).toBe(true);
  expect(peaks[11]).toBeCloseTo(-2, 1);
  expect(peaks[12]).toBeCloseTo(-4, 1);
  expect(peaks.at(-1)).toBeCloseTo(-40, 0);
});

test("a louder peak takes over at once", () => {
  const found = levels([...repeated(sine(3276.7), 5), ...repeated(sine(16_383), 5)]);
  expect(found.map(({ peakDbfs }) => Math.round(peakDbfs))).toEqual([-20, -6]);
});

test("without a frame there is nothing to say of the sound", () => {
  expect(sound()).toBeUndefined();
});

test("zeros, the noise of a muted converter and a constant offset are silence", () => {
  expect(sound(silence, silence)).toEqual({ peakDbfs: silenceDbfs, silent: true, clipped: false });
  expect(sound(silence, sine(10))?.silent).toBe(true);
  expect(sound(silence, sine(10, 300))?.silent).toBe(true);
});

test("a quiet room is no muted microphone, and one word in a long silence is no silence", () => {
  eachSeed(20, (random) => {
    const room = Int16Array.from({ length: 960 }, () => random.below(120) - 60);
    expect(sound(...repeated(room, 3))?.silent).toBe(false);
  });
  expect(sound(...repeated(silence, 500), sine(200), ...repeated(silence, 500))?.silent).toBe(false);
});

test("speech cut off at full scale is clipped", () => {
  expect(sound(...repeated(tooLoud(1.5), 25))).toMatchObject({ clipped: true, silent: false, peakDbfs: 0 });
  expect(sound(...repeated(silence, 500), ...repeated(tooLoud(1.5), 25))?.clipped).toBe(true);
});

test("reaching full scale is not being cut off, and neither is a knock now and then", () => {
  expect(sound(...repeated(sine(32_767), 100))?.clipped).toBe(false);
  const knock = Int16Array.from({ length: 960 }, (_, i) => (i < 200 ? 32_767 : 0));
  const knocks = Array.from({ length: 500 }, (_, i) => (i % 50 === 20 ? knock : silence));
  expect(sound(...knocks)?.clipped).toBe(false);
});
