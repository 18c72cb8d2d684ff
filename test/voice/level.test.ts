import { expect, test } from "bun:test";
import { rmsDbfs, silenceDbfs } from "../../lib/voice/level.ts";

const sine = (amplitude: number) =>
  Int16Array.from({ length: 960 }, (_, i) => amplitude * Math.sin((2 * Math.PI * 10 * i) / 960));

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
