import { describe, expect, test } from "bun:test";
import { createArrivalDelayEstimator } from "../../../lib/audio/dsp/arrival-delay.ts";

/** Frames with these transits above one second. */
function observe(delaysMs: number[], estimator = createArrivalDelayEstimator(400)) {
  for (const ms of delaysMs) estimator.observe(1_000_000 + ms, false);
  return estimator;
}

const times = <Item>(count: number, item: Item) => Array<Item>(count).fill(item);
/** The delays of the frames that a stall of this length held back. */
const burst = (stallMs: number) => Array.from({ length: stallMs / 20 }, (_, i) => stallMs - 20 * i);

describe("the arrival delay estimator", () => {
  test("reports 0 for frames that arrive evenly, and before the first frame", () => {
    expect(createArrivalDelayEstimator(400).p99Ms).toBe(0);
    expect(observe(times(100, 3))).toMatchObject({ p99Ms: 0, baseMs: 1_000_003, jitterMs: 0 });
  });

  test("rises with the first late frame", () => {
    expect(observe([...times(50, 0), 70]).p99Ms).toBe(70);
  });

  test("ignores one late frame in a hundred", () => {
    expect(observe([...times(99, 0), 70]).p99Ms).toBe(0);
    expect(observe([...times(500, 0), ...burst(200)]).p99Ms).toBe(100);
    expect(observe([...times(500, 0), ...times(6, 33.5)]).p99Ms).toBe(34);
  });

  test("ignores frames older than 10 s", () => {
    const estimator = observe([...times(100, 0), ...burst(200), ...times(489, 0)]);
    expect(estimator.p99Ms).toBe(100);
    observe([0], estimator);
    expect(estimator.p99Ms).toBe(100);
    observe(times(5, 0), estimator);
    expect(estimator.p99Ms).toBe(0);
  });

  test("does not count frames as late that the sender held back before the first one left", () => {
    expect(observe([...burst(300), ...times(100, 0)]).p99Ms).toBe(0);
  });

  test("uses a slower path as the new base after 2 s", () => {
    const estimator = observe([...times(200, 0), ...times(99, 50)]);
    expect(estimator.baseMs).toBe(1_000_000);
    observe([50], estimator);
    expect(estimator).toMatchObject({ baseMs: 1_000_050 });
    observe(times(500, 50), estimator);
    expect(estimator.p99Ms).toBe(0);
  });

  test("ignores a stall above the largest delay, and the burst after it", () => {
    const estimator = observe([...times(100, 0), 0, 2, 2, ...burst(2000)]);
    expect(estimator.p99Ms).toBe(2);
    observe([0, ...burst(100)], estimator);
    expect(estimator.p99Ms).toBe(80);
  });

  test("ignores a stall during which frames were dropped", () => {
    const estimator = observe(times(100, 0));
    for (const [i, ms] of burst(300).entries()) estimator.observe(1_000_000 + ms, i === 0);
    expect(estimator.p99Ms).toBe(0);
  });

  test("smooths the jitter as RFC 3550 section 6.4.1 defines it", () => {
    expect(observe([0, 16]).jitterMs).toBe(1);
    expect(observe(Array.from({ length: 400 }, (_, i) => (i % 2) * 10)).jitterMs).toBeCloseTo(10, 3);
  });
});
