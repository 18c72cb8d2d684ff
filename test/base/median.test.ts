import { expect, test } from "bun:test";
import { medianOf } from "../../lib/base/median.ts";

test("the middle, by size and not by spelling, and the upper one of two", () => {
  expect(medianOf([100, 9, 20])).toBe(20);
  expect(medianOf([4, 1, 3, 2])).toBe(3);
  expect(medianOf([-5])).toBe(-5);
  expect(medianOf([])).toBeUndefined();
});

test("leaves the numbers in their order", () => {
  const numbers = [3, 1, 2];
  medianOf(numbers);
  expect(numbers).toEqual([3, 1, 2]);
});
