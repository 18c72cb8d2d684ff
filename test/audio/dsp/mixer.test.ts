import { expect, test } from "bun:test";
import type { MixerInput } from "../../../lib/audio/dsp/mixer.ts";
import { createMixer } from "../../../lib/audio/dsp/mixer.ts";
import { eachSeed } from "../../support/random.ts";

const input = (...samples: number[]): MixerInput => ({
  samples: new Float32Array(samples),
  gainFrom: 1,
  gainTo: 1,
});

function mixed(...inputs: MixerInput[]): number[] {
  const out = new Int16Array(3).fill(123);
  createMixer().mix(inputs, out);
  return [...out];
}

test("the mix of no inputs is silence", () => {
  expect(mixed()).toEqual([0, 0, 0]);
});

test("the mixer passes one input through", () => {
  expect(mixed(input(0.5, -0.5, 0.25))).toEqual([16_384, -16_383, 8192]);
});

test("the mixer adds its inputs, and a shorter one is silent after its end", () => {
  expect(mixed(input(0.25, 0.25, 0.25), input(0.25))).toEqual([16_384, 8192, 8192]);
});

test("the mixer applies the gain of each input, from 0 to 2", () => {
  const silent = { ...input(0.5, 0.5, 0.5), gainFrom: 0, gainTo: 0 };
  const double = { ...input(0.1, 0.2, 0.3), gainFrom: 2, gainTo: 2 };
  expect(mixed(silent, double)).toEqual([6553, 13_107, 19_660]);
});

test("a gain changes linearly and reaches its new value with the last sample", () => {
  expect(mixed({ ...input(0.5, 0.5, 0.5), gainFrom: 1, gainTo: 0.4 })).toEqual([13_107, 9830, 6553]);
});

test("NaN and infinite samples of one input do not affect the others", () => {
  for (const wild of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const mixer = createMixer();
    const out = new Int16Array(3);
    mixer.mix([input(wild, 0.25, wild), input(0.25, 0.25, 0.25)], out);
    expect([...out]).toEqual([8192, 16_384, 8192]);
    mixer.mix([input(0.5, 0.5, 0.5)], out);
    expect([...out]).toEqual([16_384, 16_384, 16_384]);
  }
});

test("the mix of up to eight loud inputs stays within full scale and never wraps around", () => {
  eachSeed(20, (random) => {
    const mixer = createMixer();
    const out = new Int16Array(240);
    for (let piece = 0; piece < 50; piece++) {
      const level = () => (random.below(2001) - 1000) / 1000;
      const inputs = Array.from({ length: random.below(9) }, () => ({
        samples: new Float32Array(240).map(level),
        gainFrom: 2,
        gainTo: random.below(3),
      }));
      mixer.mix(inputs, out);
      const loud = inputs.map(({ samples, gainFrom }) => (samples[0] ?? 0) * gainFrom);
      const sum = loud.reduce((total, one) => total + one, 0);
      // A sample that wraps around changes its sign.
      if (Math.abs(sum) > 2) expect(Math.sign(out[0] ?? 0)).toBe(Math.sign(sum));
      expect(out.every((sample) => sample >= -32_767)).toBe(true);
    }
  });
});
