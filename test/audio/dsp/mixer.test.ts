import { expect, test } from "bun:test";
import type { MixerInput } from "../../../lib/audio/dsp/mixer.ts";
import { createMixer } from "../../../lib/audio/dsp/mixer.ts";
import { eachSeed } from "../../support/random.ts";

const voice = (...samples: number[]): MixerInput => ({
  samples: new Float32Array(samples),
  gainFrom: 1,
  gainTo: 1,
});

function mixed(...voices: MixerInput[]): number[] {
  const out = new Int16Array(3).fill(123);
  createMixer().mix(voices, out);
  return [...out];
}

test("nobody is silence", () => {
  expect(mixed()).toEqual([0, 0, 0]);
});

test("one voice passes through", () => {
  expect(mixed(voice(0.5, -0.5, 0.25))).toEqual([16_384, -16_383, 8192]);
});

test("voices add up, a shorter one ends in silence", () => {
  expect(mixed(voice(0.25, 0.25, 0.25), voice(0.25))).toEqual([16_384, 8192, 8192]);
});

test("each voice has its gain, from none to double", () => {
  const silent = { ...voice(0.5, 0.5, 0.5), gainFrom: 0, gainTo: 0 };
  const double = { ...voice(0.1, 0.2, 0.3), gainFrom: 2, gainTo: 2 };
  expect(mixed(silent, double)).toEqual([6553, 13_107, 19_660]);
});

test("a gain that changes does so evenly, and has arrived with the last sample", () => {
  expect(mixed({ ...voice(0.5, 0.5, 0.5), gainFrom: 1, gainTo: 0.4 })).toEqual([13_107, 9830, 6553]);
});

test("a sample that is no number silences nobody", () => {
  for (const wild of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const mixer = createMixer();
    const out = new Int16Array(3);
    mixer.mix([voice(wild, 0.25, wild), voice(0.25, 0.25, 0.25)], out);
    expect([...out]).toEqual([8192, 16_384, 8192]);
    mixer.mix([voice(0.5, 0.5, 0.5)], out);
    expect([...out]).toEqual([16_384, 16_384, 16_384]);
  }
});

test("any number of loud voices stays within full scale, and never turns over", () => {
  eachSeed(20, (random) => {
    const mixer = createMixer();
    const out = new Int16Array(240);
    for (let piece = 0; piece < 50; piece++) {
      const level = () => (random.below(2001) - 1000) / 1000;
      const voices = Array.from({ length: random.below(9) }, () => ({
        samples: new Float32Array(240).map(level),
        gainFrom: 2,
        gainTo: random.below(3),
      }));
      mixer.mix(voices, out);
      const loud = voices.map(({ samples, gainFrom }) => (samples[0] ?? 0) * gainFrom);
      const sum = loud.reduce((total, one) => total + one, 0);
      // A sign that is the other one's would be a sample that wrapped around.
      if (Math.abs(sum) > 2) expect(Math.sign(out[0] ?? 0)).toBe(Math.sign(sum));
      expect(out.every((sample) => sample >= -32_767)).toBe(true);
    }
  });
});
