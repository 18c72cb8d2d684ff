import { describe, expect, test } from "bun:test";
import { createArrivalDelayEstimator } from "../../../lib/audio/dsp/arrival-delay.ts";

function observe(delaysMs: number[], delay = createArrivalDelayEstimator(400)) {
  for (const ms of delaysMs) delay.observe(1_000_000 + ms, false);
  return delay;
}

const times = <Item>(count: number, item: Item) => Array<Item>(count).fill(item);
/** Frames that a stall held back, as they come when it is over. */
const burst = (lastsMs: number) => Array.from({ length: lastsMs / 20 }, (_, i) => lastsMs - 20 * i);

describe("arrival delay", () => {
  test("has no spread where frames are even", () => {
    expect(createArrivalDelayEstimator(400).p99Ms).toBe(0);
    expect(observe(times(100, 3))).toMatchObject({ p99Ms: 0, baseMs: 1_000_003, jitterMs: 0 });
  });

  test("rises with the first frame that is late", () => {
    expect(observe([...times(50, 0), 70]).p99Ms).toBe(70);
  });

  test("leaves one frame in a hundred out", () => {
    expect(observe([...times(99, 0), 70]).p99Ms).toBe(0);
    expect(observe([...times(500, 0), ...burst(200)]).p99Ms).toBe(100);
    expect(observe([...times(500, 0), ...times(6, 33.5)]).p99Ms).toBe(34);
  });

  test("forgets what is 10 s old", () => {
    const delay = observe([...times(100, 0), ...burst(200), ...times(489, 0)]);
    expect(delay.p99Ms).toBe(100);
    observe([0], delay);
    expect(delay.p99Ms).toBe(100);
    observe(times(5, 0), delay);
    expect(delay.p99Ms).toBe(0);
  });

  test("does not count as late what was held back before the first frame left", () => {
    expect(observe([...burst(300), ...times(100, 0)]).p99Ms).toBe(0);
  });

  test("takes a slower path for the new measure after 2 s", () => {
    const delay = observe([...times(200, 0), ...times(99, 50)]);
    expect(delay.baseMs).toBe(1_000_000);
    observe([50], delay);
    expect(delay).toMatchObject({ baseMs: 1_000_050 });
    observe(times(500, 50), delay);
    expect(delay.p99Ms).toBe(0);
  });

  test("learns nothing from a stall that cannot be bridged", () => {
    const delay = observe([...times(100, 0), 0, 2, 2, ...burst(2000)]);
    expect(delay.p99Ms).toBe(2);
    observe([0, ...burst(100)], delay);
    expect(delay.p99Ms).toBe(80);
  });

  test("learns nothing from a stall that frames were dropped in", () => {
    const delay = observe(times(100, 0));
    for (const [i, ms] of burst(300).entries()) delay.observe(1_000_000 + ms, i === 0);
    expect(delay.p99Ms).toBe(0);
  });

  test("smooths the variation as RFC 3550 does", () => {
    expect(observe([0, 16]).jitterMs).toBe(1);
    expect(observe(Array.from({ length: 400 }, (_, i) => (i % 2) * 10)).jitterMs).toBeCloseTo(10, 3);
  });
});
