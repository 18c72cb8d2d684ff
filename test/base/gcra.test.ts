/** The generic cell rate algorithm: which costs conform, how long to wait, and that unused share does not pile up. */
import { expect, test } from "bun:test";
import { tatAfter, unusedTatMs, waitMs } from "../../lib/base/gcra.ts";

const rate = { perSecond: 2, burst: 4 };

/** The TAT after `times` uses of cost 1 at one moment. */
function used(times: number, atMs: number, tatMs: number = unusedTatMs): number {
  let tat = tatMs;
  for (let count = 0; count < times; count += 1) tat = tatAfter(tat, rate, 1, atMs);
  return tat;
}

test("a caller that used nothing may use the whole burst at once, and no more", () => {
  expect(waitMs(unusedTatMs, rate, 4, 0)).toBe(0);
  expect(waitMs(unusedTatMs, rate, 5, 0)).toBe(500);
});

test("after the burst, one more conforms each time its share of a second has passed", () => {
  const tat = used(4, 0);
  expect(waitMs(tat, rate, 1, 0)).toBe(500);
  expect(waitMs(tat, rate, 1, 499)).toBe(1);
  expect(waitMs(tat, rate, 1, 500)).toBe(0);
});

test("a share that stays unused for long is not saved beyond the burst", () => {
  const tat = used(4, 0);
  expect(waitMs(tat, rate, 4, 3_600_000)).toBe(0);
  expect(waitMs(tat, rate, 5, 3_600_000)).toBe(500);
});

test("a cost that was used without conforming adds to the next wait", () => {
  expect(waitMs(used(6, 0), rate, 1, 0)).toBe(1_500);
});
