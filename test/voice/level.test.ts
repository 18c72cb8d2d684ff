import { expect, test } from "bun:test";
import { peakDbfs, rmsDbfs, silenceDbfs } from "../../lib/voice/level.ts";

const sine = (amplitude: number) =>
  Int16Array.from({ length: 960 }, (_, i) => amplitude * Math.sin((2 * Math.PI * 10 * i) / 960));

test("a full-scale sine has its peak at 0 and its loudness at -3", () => {
  expect(peakDbfs(sine(32_767))).toBeCloseTo(0, 1);
  expect(rmsDbfs(sine(32_767))).toBeCloseTo(-3, 1);
});

test("a tenth of the amplitude is 20 dB less", () => {
  expect(rmsDbfs(sine(3276.7))).toBeCloseTo(-23, 1);
});

test("stays within its range for the loudest, for silence and for nothing", () => {
  const loudest = new Int16Array(10).fill(-32_768);
  for (const dbfs of [rmsDbfs, peakDbfs]) {
    expect(dbfs(loudest)).toBe(0);
    expect(dbfs(new Int16Array(960))).toBe(silenceDbfs);
    expect(dbfs(new Int16Array())).toBe(silenceDbfs);
  }
});
