import { expect, test } from "bun:test";
import { createLatencyStatistics } from "../../../lib/audio/playback/latency-statistics.ts";
import { eachSeed } from "../../support/random.ts";

/** A frame that was captured at `at` seconds, with the duration of each part in ms. */
const frame = (at: number, arrival: number, buffer: number, output: number) => {
  const capturedAt = at * 1e6;
  const arrivedAt = capturedAt + arrival * 1000;
  const takenAt = arrivedAt + buffer * 1000;
  return { capturedAt, arrivedAt, takenAt, playedAt: takenAt + output * 1000 };
};

test("latency statistics without a frame are empty", () => {
  expect(createLatencyStatistics().summary()).toEqual({});
});

test("latency statistics hold median and p95 of the delay, and the medians of its parts", () => {
  const statistics = createLatencyStatistics();
  for (let i = 1; i <= 100; i++) statistics.add(frame(i, 20 + i, 10, 25));
  expect(statistics.summary()).toEqual({
    delayMs: { median: 105, p95: 150 },
    partsMs: { arrival: 70, buffer: 10, output: 25 },
  });
});

test("latency statistics ignore delays that are negative, above one minute or NaN", () => {
  const statistics = createLatencyStatistics();
  statistics.add(frame(1, -50, 10, 25));
  statistics.add(frame(1, 60_000, 10, 25));
  statistics.add(frame(Number.NaN, 1, 1, 1));
  expect(statistics.summary()).toEqual({});
  statistics.add(frame(1, 0, 0, 0));
  statistics.add(frame(1, 60_000, 0, 0));
  expect(statistics.summary().delayMs).toEqual({ median: 0, p95: 0 });
});

test("latency statistics of five minutes are accurate to a quarter of a millisecond", () => {
  eachSeed(5, (random) => {
    const statistics = createLatencyStatistics();
    const delaysMs = Array.from({ length: 15_000 }, () => 30 + random.below(100_000) / 1000);
    for (const [i, delayMs] of delaysMs.entries()) statistics.add(frame(i, delayMs, 0, 0));
    const sorted = delaysMs.toSorted((a, b) => a - b);
    const { delayMs } = statistics.summary();
    for (const [reported, share] of [[delayMs?.median, 0.5] as const, [delayMs?.p95, 0.95] as const]) {
      const offMs = (reported ?? 0) - (sorted[Math.floor(share * 14_999)] ?? 0);
      expect(Math.abs(offMs)).toBeLessThanOrEqual(0.251);
    }
  });
});

test("a part with a negative duration counts as 0 ms", () => {
  const statistics = createLatencyStatistics();
  statistics.add(frame(1, -3, 10, 25));
  expect(statistics.summary()).toEqual({
    delayMs: { median: 32, p95: 32 },
    partsMs: { arrival: 0, buffer: 10, output: 25 },
  });
});
