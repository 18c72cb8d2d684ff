import { expect, test } from "bun:test";
import { createResampler } from "../../../lib/audio/devices/resampler.ts";
import { seeded } from "../../support/random.ts";

const rates = [8000, 16_000, 22_050, 44_100, 96_000, 192_000];

const tone = (rate: number, samples: number) =>
  Int16Array.from({ length: samples }, (_, i) => 10_000 * Math.sin((2 * Math.PI * 300 * i) / rate));

function join(pieces: Int16Array[]): Int16Array {
  return Int16Array.from(pieces.flatMap((piece) => [...piece]));
}

/** How far a piece is from a tone of 300 Hz, whatever its phase: power of the rest to power of the tone, dB. */
function restDb(samples: Int16Array, rate: number): number {
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

test("a tone stays that tone, from every rate to ours and back", async () => {
  for (const rate of rates) {
    for (const [from, to] of [
      [rate, 48_000],
      [48_000, rate],
    ] as const) {
      const { resample } = await createResampler(from, to);
      const piece = from / 100;
      const said = tone(from, from);
      const pieces: Int16Array[] = [];
      for (let at = 0; at < said.length; at += piece) pieces.push(resample(said.subarray(at, at + piece)));
      const heard = join(pieces);
      expect(Math.abs(heard.length - to)).toBeLessThanOrEqual(1);
      // Whole periods, after the filter has filled.
      expect(restDb(heard.subarray(to / 10, to - to / 10), to)).toBeLessThan(-50);
    }
  }
});

test("it does not matter how the stream is cut, and no sample is lost", async () => {
  const said = tone(44_100, 44_100);
  const whole = await createResampler(44_100, 48_000);
  const tenths = Array.from({ length: 10 }, (_, i) => whole.resample(said.slice(i * 4410, (i + 1) * 4410)));
  const expected = join(tenths);
  for (const seed of [1, 2, 3]) {
    const random = seeded(seed);
    const { resample } = await createResampler(44_100, 48_000);
    const pieces: Int16Array[] = [];
    for (let at = 0; at < said.length; ) {
      const end = Math.min(said.length, at + 1 + random.below(1000));
      pieces.push(resample(said.slice(at, end)));
      at = end;
    }
    expect(join(pieces)).toEqual(expected);
  }
});

test("adds 1 ms", async () => {
  const { resample } = await createResampler(44_100, 48_000);
  const click = new Int16Array(4410);
  click[2205] = 20_000;
  const heard = resample(click);
  const at = heard.indexOf(Math.max(...heard));
  expect(at - 2400).toBeGreaterThanOrEqual(0);
  expect(at - 2400).toBeLessThan(60);
});
