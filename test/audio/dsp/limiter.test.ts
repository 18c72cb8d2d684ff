import { expect, test } from "bun:test";
import {
  attackPerSample,
  createLimiter,
  releasePerSample,
  threshold,
} from "../../../lib/audio/dsp/limiter.ts";
import type { Random } from "../../support/random.ts";
import { eachSeed } from "../../support/random.ts";

const blockSamples = 240;

/** Runs the signal through a limiter in blocks of 5 ms, as the output does. */
function limited(signal: Float32Array): Float32Array {
  const limiter = createLimiter();
  const out = signal.slice();
  for (let at = 0; at < out.length; at += blockSamples) limiter.limit(out.subarray(at, at + blockSamples));
  return out;
}

function tone(amplitude: number, hertz: number, seconds = 1): Float32Array {
  return new Float32Array(48_000 * seconds).map(
    (_, i) => amplitude * Math.sin((2 * Math.PI * hertz * i) / 48_000),
  );
}

/** Bursts of noise with random levels up to `loudestMax`: harder to limit than speech. */
function noise(random: Random, loudestMax: number): Float32Array {
  const signal = new Float32Array(48_000);
  for (let at = 0; at < signal.length; ) {
    const length = 1 + random.below(5000);
    const loudness = (loudestMax * random.below(1001)) / 1000;
    for (let i = at; i < Math.min(at + length, signal.length); i++) {
      signal[i] = (loudness * (random.below(2001) - 1000)) / 1000;
    }
    at += length;
  }
  return signal;
}

test("the limiter does not change a signal below its threshold", () => {
  eachSeed(10, (random) => {
    const signal = noise(random, threshold);
    expect(limited(signal)).toEqual(signal);
  });
});

test("the limiter never exceeds full scale and never changes a sign, for noise up to 16 times full scale", () => {
  eachSeed(20, (random) => {
    const signal = noise(random, 16);
    for (const [i, sample] of limited(signal).entries()) {
      expect(Math.abs(sample)).toBeLessThanOrEqual(1);
      expect(Math.sign(sample)).toBe(Math.sign(signal[i] ?? 0));
    }
  });
});

test("the gain of the limiter changes in small steps and returns to 1", () => {
  const signal = new Float32Array(96_000).fill(0.5);
  signal.fill(2, 10_000, 20_000);
  const gains = limited(signal).map((sample, i) => sample / (signal[i] ?? 1));
  for (let i = 20_001; i < gains.length; i++) {
    expect(Math.abs((gains[i] ?? 0) - (gains[i - 1] ?? 0))).toBeLessThan(releasePerSample * 1.01);
  }
  for (let i = 10_100; i < 20_000; i++) expect(gains[i]).toBeCloseTo(threshold / 2, 4);
  const falls = gains.slice(9600, 10_000).map((gain, i) => (gains[9600 + i - 1] ?? 1) - gain);
  expect(Math.max(...falls)).toBeLessThan(attackPerSample * 1.01);
  expect(gains.at(-1)).toBe(1);
});

test("the limiter keeps the shape of two tones at full scale: its output correlates with their sum", () => {
  const one = tone(1, 220);
  const other = tone(1, 311);
  const sum = one.map((sample, i) => sample + (other[i] ?? 0));
  const out = limited(sum);
  let product = 0;
  let own = 0;
  let heard = 0;
  for (let i = 4800; i < sum.length; i++) {
    product += (sum[i] ?? 0) * (out[i] ?? 0);
    own += (sum[i] ?? 0) ** 2;
    heard += (out[i] ?? 0) ** 2;
  }
  // With hard clipping at full scale the correlation is 0.97.
  expect(product / Math.sqrt(own * heard)).toBeGreaterThan(0.9995);
});

test("the limiter changes one tone at full scale by less than 11 %", () => {
  const signal = tone(1, 220);
  const out = limited(signal);
  for (let i = 4800; i < out.length; i++) {
    expect(Math.abs((out[i] ?? 0) - (signal[i] ?? 0))).toBeLessThan(0.11);
  }
});
