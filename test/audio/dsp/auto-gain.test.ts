import { expect, test } from "bun:test";
import { createAutoGain } from "../../../lib/audio/dsp/auto-gain.ts";
import { rmsDbfs } from "../../../lib/audio/dsp/level.ts";
import type { Random } from "../../support/random.ts";
import { eachSeed } from "../../support/random.ts";

const frameSamples = 960;

/** Syllables: half a second of noise at `dbfs` (RMS), then 0.2 s of noise at `room`. */
function speech(seconds: number, dbfs: number, random: Random, room = -70): Int16Array[] {
  return Array.from({ length: seconds * 50 }, (_, i) => noise(i % 35 < 25 ? dbfs : room, random));
}

/** White noise with this RMS level. It is uniform, so its peaks are 4.8 dB higher. */
function noise(dbfs: number, random: Random): Int16Array {
  const peak = 32_767 * Math.sqrt(3) * 10 ** (dbfs / 20);
  return Int16Array.from({ length: frameSamples }, () => {
    const sample = ((random.below(65_537) - 32_768) / 32_768) * peak;
    return Math.max(-32_768, Math.min(32_767, sample));
  });
}

function apply(frames: Int16Array[]): Int16Array[] {
  const gain = createAutoGain();
  return frames.map((frame) => gain.apply(frame));
}

/** The loudest frame of the last second, dBFS. */
function atTheEnd(frames: Int16Array[]): number {
  const speaking = frames.slice(-50).map(rmsDbfs);
  return Math.max(...speaking);
}

test("automatic gain brings quiet and loud voices near -20 dBFS within a few seconds", () => {
  eachSeed(5, (random) => {
    for (const dbfs of [-36, -30, -20, -12]) {
      const loudness = atTheEnd(apply(speech(10, dbfs, random)));
      expect(Math.abs(loudness + 20)).toBeLessThan(2);
    }
  });
});

test("automatic gain stays between -12 and +18 dB", () => {
  eachSeed(3, (random) => {
    expect(atTheEnd(apply(speech(15, -45, random)))).toBeCloseTo(-27, 0);
    expect(atTheEnd(apply(speech(10, -6, random)))).toBeGreaterThan(-18.5);
  });
});

test("automatic gain amplifies neither silence nor a steady noise", () => {
  eachSeed(3, (random) => {
    const silence = Array.from({ length: 500 }, () => new Int16Array(frameSamples));
    expect(apply(silence).every((frame) => frame.every((sample) => sample === 0))).toBe(true);
    const room = Array.from({ length: 1000 }, () => noise(-60, random));
    expect(atTheEnd(apply(room))).toBeCloseTo(-60, 0);
    const fan = Array.from({ length: 1000 }, () => noise(-45, random));
    expect(atTheEnd(apply(fan))).toBeCloseTo(-45, 0);
  });
});

test("automatic gain changes by less than 0.3 dB a frame", () => {
  eachSeed(3, (random) => {
    const frames = speech(4, -30, random, -50);
    const gains = apply(frames).map((frame, i) => rmsDbfs(frame) - rmsDbfs(frames[i] ?? frame));
    for (let i = 1; i < gains.length; i++) {
      expect(Math.abs((gains[i] ?? 0) - (gains[i - 1] ?? 0))).toBeLessThan(0.3);
    }
  });
});

test("automatic gain never exceeds full scale and never wraps around when a loud voice follows a quiet one", () => {
  eachSeed(10, (random) => {
    const frames = [...speech(6, -40, random), ...speech(1, -5, random)];
    const loud = apply(frames).slice(-50);
    loud.forEach((frame, f) => {
      const before = frames[frames.length - 50 + f];
      frame.forEach((sample, i) => {
        // A sample that wraps around changes its sign.
        expect(sample * (before?.[i] ?? 0)).toBeGreaterThanOrEqual(0);
      });
      expect(Math.max(...frame.map(Math.abs))).toBeLessThanOrEqual(32_767);
    });
  });
});

test("automatic gain does not change its input frame", () => {
  const frame = new Int16Array(frameSamples).fill(1000);
  const out = createAutoGain().apply(frame);
  expect(frame.every((sample) => sample === 1000)).toBe(true);
  expect(out).toHaveLength(frameSamples);
});
