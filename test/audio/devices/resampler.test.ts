import { expect, test } from "bun:test";
import { createResampler } from "../../../lib/audio/devices/resampler.ts";
import { seeded } from "../../support/random.ts";

const rates = [8000, 16_000, 22_050, 44_100, 96_000, 192_000];

const tone = (rate: number, samples: number) =>
  Int16Array.from({ length: samples }, (_, i) => 10_000 * Math.sin((2 * Math.PI * 300 * i) / rate));

function join(pieces: Int16Array[]): Int16Array {
  return Int16Array.from(pieces.flatMap((piece) => [...piece]));
}

/** Noise and distortion relative to a tone of 300 Hz of any phase, dB. */
function noiseDb(samples: Int16Array, rate: number): number {
  let [re, im, power] = [0, 0, 0];
  samples.forEach((sample, i) => {
    const angle = (2 * Math.PI * 300 * i) / rate;
    re += sample * Math.cos(angle);
    im += sample * Math.sin(angle);
    power += sample * sample;
  });
  const ofTone = (2 * (re * re + im * im)) / samples.length;
  return 10 * Math.log10(Math.max(0, power - ofTone) / ofTone + 1e-9);
}

test("the resampler keeps a tone between 48 kHz and every device rate, in both directions", async () => {
  for (const rate of rates) {
    for (const [from, to] of [
      [rate, 48_000],
      [48_000, rate],
    ] as const) {
      const { resample } = await createResampler(from, to);
      const piece = from / 100;
      const input = tone(from, from);
      const pieces: Int16Array[] = [];
      for (let at = 0; at < input.length; at += piece) pieces.push(resample(input.subarray(at, at + piece)));
      const output = join(pieces);
      expect(Math.abs(output.length - to)).toBeLessThanOrEqual(1);
      // Whole periods, after the filter has filled.
      expect(noiseDb(output.subarray(to / 10, to - to / 10), to)).toBeLessThan(-50);
    }
  }
});

test("the result does not depend on how the stream is cut, and no sample is lost", async () => {
  const input = tone(44_100, 44_100);
  const whole = await createResampler(44_100, 48_000);
  const tenths = Array.from({ length: 10 }, (_, i) => whole.resample(input.slice(i * 4410, (i + 1) * 4410)));
  const expected = join(tenths);
  for (const seed of [1, 2, 3]) {
    const random = seeded(seed);
    const { resample } = await createResampler(44_100, 48_000);
    const pieces: Int16Array[] = [];
    for (let at = 0; at < input.length; ) {
      const end = Math.min(input.length, at + 1 + random.below(1000));
      pieces.push(resample(input.slice(at, end)));
      at = end;
    }
    expect(join(pieces)).toEqual(expected);
  }
});

test("the resampler adds less than 1.25 ms of delay", async () => {
  const { resample } = await createResampler(44_100, 48_000);
  const click = new Int16Array(4410);
  click[2205] = 20_000;
  const output = resample(click);
  const at = output.indexOf(Math.max(...output));
  expect(at - 2400).toBeGreaterThanOrEqual(0);
  expect(at - 2400).toBeLessThan(60);
});
