/** The median of a few numbers. */
import { expect, test } from "bun:test";
import { medianOf } from "../../lib/base/median.ts";

test("the median is the middle by size, and the upper of two in the middle", () => {
  expect(medianOf([100, 9, 20])).toBe(20);
  expect(medianOf([4, 1, 3, 2])).toBe(3);
  expect(medianOf([-5])).toBe(-5);
  expect(medianOf([])).toBeUndefined();
});

test("the median leaves its input in its order", () => {
  const numbers = [3, 1, 2];
  medianOf(numbers);
  expect(numbers).toEqual([3, 1, 2]);
});
