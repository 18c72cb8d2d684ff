import { expect, test } from "bun:test";
import type { Level } from "../../../lib/audio/dsp/level.ts";
import { createMeter, rmsDbfs, silenceDbfs } from "../../../lib/audio/dsp/level.ts";
import { eachSeed } from "../../support/random.ts";

const sine = (amplitude: number, offset = 0) =>
  Int16Array.from({ length: 960 }, (_, i) => amplitude * Math.sin((2 * Math.PI * 10 * i) / 960) + offset);
const silence = new Int16Array(960);
/** A sine that is clipped at full scale. */
const clippedSine = (factor: number) =>
  Int16Array.from({ length: 960 }, (_, i) =>
    Math.max(-32_768, Math.min(32_767, factor * 32_767 * Math.sin((2 * Math.PI * 10 * i) / 960))),
  );

/** The levels that a meter reports for these frames. */
function levels(frames: Int16Array[]): Level[] {
  const meter = createMeter();
  return frames.flatMap((frame) => meter.add(frame) ?? []);
}

/** The summary of these frames. */
function summaryOf(...frames: Int16Array[]) {
  const meter = createMeter();
  for (const frame of frames) meter.add(frame);
  return meter.summary;
}

const repeated = (frame: Int16Array, times: number) => Array.from({ length: times }, () => frame);

test("the RMS level of a full-scale sine is -3 dBFS", () => {
  expect(rmsDbfs(sine(32_767))).toBeCloseTo(-3, 1);
});

test("a tenth of the amplitude is a level 20 dB lower", () => {
  expect(rmsDbfs(sine(3276.7))).toBeCloseTo(-23, 1);
});

test("the RMS level is 0 dBFS at most, and -96 dBFS for silence and for no samples", () => {
  const loudest = new Int16Array(10).fill(-32_768);
  expect(rmsDbfs(loudest)).toBe(0);
  expect(rmsDbfs(new Int16Array(960))).toBe(silenceDbfs);
  expect(rmsDbfs(new Int16Array())).toBe(silenceDbfs);
});

test("the meter reports ten levels a second, each of the last 100 ms", () => {
  const found = levels([...repeated(sine(3276.7), 5), ...repeated(silence, 5), sine(1)]);
  expect(found.map(({ dbfs }) => Math.round(dbfs))).toEqual([-23, silenceDbfs]);
});

test("the meter holds a peak for one second, then lowers it to the current level", () => {
  const loud = repeated(sine(32_767), 5);
  const peaks = levels([...loud, ...repeated(sine(327.67), 50 * 4)]).map(({ peakDbfs }) => peakDbfs);
  expect(peaks.slice(0, 11).every((peak) => peak > -0.1)).toBe(true);
  expect(peaks[11]).toBeCloseTo(-2, 1);
  expect(peaks[12]).toBeCloseTo(-4, 1);
  expect(peaks.at(-1)).toBeCloseTo(-40, 0);
});

test("a louder peak replaces the held one at once", () => {
  const found = levels([...repeated(sine(3276.7), 5), ...repeated(sine(16_383), 5)]);
  expect(found.map(({ peakDbfs }) => Math.round(peakDbfs))).toEqual([-20, -6]);
});

test("the meter has no summary before the first frame", () => {
  expect(summaryOf()).toBeUndefined();
});

test("zeros, converter noise and a constant offset count as silent", () => {
  expect(summaryOf(silence, silence)).toEqual({ peakDbfs: silenceDbfs, silent: true, clipped: false });
  expect(summaryOf(silence, sine(10))?.silent).toBe(true);
  expect(summaryOf(silence, sine(10, 300))?.silent).toBe(true);
});

test("a quiet room does not count as silent, nor does one word in a long silence", () => {
  eachSeed(20, (random) => {
    const room = Int16Array.from({ length: 960 }, () => random.below(120) - 60);
    expect(summaryOf(...repeated(room, 3))?.silent).toBe(false);
  });
  expect(summaryOf(...repeated(silence, 500), sine(200), ...repeated(silence, 500))?.silent).toBe(false);
});

test("a signal that is cut off at full scale counts as clipped", () => {
  expect(summaryOf(...repeated(clippedSine(1.5), 25))).toMatchObject({
    clipped: true,
    silent: false,
    peakDbfs: 0,
  });
  expect(summaryOf(...repeated(silence, 500), ...repeated(clippedSine(1.5), 25))?.clipped).toBe(true);
});

test("a sine that reaches full scale does not count as clipped, nor does an occasional knock", () => {
  expect(summaryOf(...repeated(sine(32_767), 100))?.clipped).toBe(false);
  const knock = Int16Array.from({ length: 960 }, (_, i) => (i < 200 ? 32_767 : 0));
  const knocks = Array.from({ length: 500 }, (_, i) => (i % 50 === 20 ? knock : silence));
  expect(summaryOf(...knocks)?.clipped).toBe(false);
});
