/** Exponential backoff with jitter. */
import { expect, test } from "bun:test";
import { backoffDelayMs } from "../../lib/base/backoff.ts";

test("the backoff delay doubles with each failure from 250 ms up to 8 s", () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 50, 5_000].map((failures) => backoffDelayMs(failures, 1));
  expect(delays).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]);
});

test("the jitter takes off up to half of the backoff delay", () => {
  expect([0, 0.5, 1].map((jitter) => backoffDelayMs(3, jitter))).toEqual([500, 750, 1_000]);
});
