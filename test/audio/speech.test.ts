import { expect, test } from "bun:test";
import { compare, gapsIn } from "../support/speech.ts";
import { isWhole } from "../support/talking.ts";

/** Syllables: bursts of a few harmonics, with pitch, level and pauses from a seed. */
function syllables(seed: number): Int16Array {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
  const samples = new Int16Array(48_000 * 2);
  for (let at = 0; at < samples.length; ) {
    const length = Math.round(48_000 * (0.08 + 0.2 * random()));
    const pitch = 90 + 150 * random();
    const loudness = 3000 + 9000 * random();
    for (let i = 0; i < length && at + i < samples.length; i++) {
      const phase = (2 * Math.PI * pitch * i) / 48_000;
      const shape = Math.sin((Math.PI * i) / length);
      samples[at + i] =
        loudness * shape * (0.6 * Math.sin(phase) + 0.3 * Math.sin(3.1 * phase) + 0.1 * random());
    }
    at += length + Math.round(48_000 * 0.15 * random());
  }
  return samples;
}

/** The samples `ms` later, at half the level. */
function delayed(samples: Int16Array, ms: number): Int16Array {
  const heard = new Int16Array(samples.length + ms * 48);
  heard.set(
    samples.map((sample) => sample / 2),
    ms * 48,
  );
  return heard;
}

test("a delayed and softer copy of a signal matches it", () => {
  const likeness = compare(syllables(1), delayed(syllables(1), 437));
  expect(likeness.windows).toBeGreaterThan(0.99);
  expect(likeness.envelope).toBeGreaterThan(0.95);
  expect(Math.min(likeness.first, likeness.last)).toBeGreaterThan(0.99);
  expect(likeness.lagMs).toBeCloseTo(437, 0);
});

test("a copy with a slip of one frame in the middle matches", () => {
  const spoken = syllables(1);
  const slipped = new Int16Array(spoken.length + 960);
  slipped.set(spoken.subarray(0, 48_000));
  slipped.set(spoken.subarray(48_000), 48_960);
  const likeness = compare(spoken, slipped);
  expect(likeness.windows).toBeGreaterThan(0.9);
  expect(likeness.envelope).toBeGreaterThan(0.8);
});

for (const ms of [150, 300]) {
  test(`a copy without its first or last ${ms} ms does not match there`, () => {
    const spoken = syllables(1);
    const all = delayed(spoken, 100);
    const from = all.findIndex(isSound);
    const to = all.findLastIndex(isSound) + 1;
    const [late, early] = [all.slice().fill(0, 0, from + ms * 48), all.slice().fill(0, to - ms * 48)];
    expect([all, late, early].map((heard) => isWhole(compare(spoken, heard)))).toEqual([true, false, false]);
    const [begins, ends] = [compare(spoken, late), compare(spoken, early)];
    expect([begins.first, ends.last].map((likeness) => likeness < 0.5)).toEqual([true, true]);
    expect(Math.min(begins.last, ends.first, begins.windows, ends.windows)).toBeGreaterThan(0.9);
  });
}

test("other speech does not match", () => {
  const likeness = compare(syllables(1), delayed(syllables(2), 100));
  expect(likeness.windows).toBeLessThan(0.7);
  expect(likeness.envelope).toBeLessThan(0.6);
});

test("silence matches nothing", () => {
  expect(compare(syllables(1), new Int16Array(48_000))).toMatchObject({ windows: 0, envelope: 0 });
});

test("gaps within words are counted, and pauses between words are not", () => {
  const spoken = syllables(1);
  const heard = delayed(spoken, 20);
  expect(gapsIn(spoken, heard, 20)).toBe(0);
  // Two gaps of 5 ms in the middle of words.
  for (const at of loudestPlaces(heard, 2)) heard.fill(0, at, at + 240);
  expect(gapsIn(spoken, heard, 20)).toBe(2);
  expect(gapsIn(spoken, new Int16Array(spoken.length), 0)).toBe(0);
});

function isSound(sample: number): boolean {
  return Math.abs(sample) > 300;
}

/** The positions of the loudest samples, at least half a second apart. */
function loudestPlaces(samples: Int16Array, count: number): number[] {
  const places = Array.from({ length: Math.floor(samples.length / 24_000) }, (_, n) => {
    const part = samples.subarray(n * 24_000, n * 24_000 + 12_000);
    return n * 24_000 + part.reduce((best, one, at) => (one > (part[best] ?? 0) ? at : best), 0);
  });
  return places.toSorted((a, b) => (samples[b] ?? 0) - (samples[a] ?? 0)).slice(0, count);
}
