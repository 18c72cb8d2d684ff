/** Tests when the maintenance of the stores runs. */
import { afterEach, beforeEach, expect, jest, test } from "bun:test";
import {
  maintainClips,
  maintainHistory,
  maintainRegistry,
} from "../../../lib/server/storage/maintenance-loop.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test("a loop runs at once, soon while there is more to do, then after a longer pause, until it is disposed of", () => {
  let steps = 0;
  const history = {
    maintain() {
      steps += 1;
      return steps < 3;
    },
  };
  {
    using _loop = maintainHistory(history);
    expect(steps).toBe(1);
    jest.advanceTimersByTime(25);
    expect(steps).toBe(2);
    jest.advanceTimersByTime(25);
    expect(steps).toBe(3);
    jest.advanceTimersByTime(999);
    expect(steps).toBe(3);
    jest.advanceTimersByTime(1);
    expect(steps).toBe(4);
  }
  jest.advanceTimersByTime(10_000);
  expect(steps).toBe(4);
});

test("clips are pruned by the given time, and names by the given use", () => {
  const times: number[] = [];
  const uses: unknown[] = [];
  let nowMs = 7;
  const use = { present: () => [], unusedSinceMs: () => undefined };
  const clips = {
    prune(timeMs: number) {
      times.push(timeMs);
      return false;
    },
  };
  const registry = {
    maintain(given: unknown) {
      uses.push(given);
      return false;
    },
  };
  using _clips = maintainClips(clips, () => nowMs);
  using _registry = maintainRegistry(registry, use);
  nowMs = 8;
  jest.advanceTimersByTime(60_000);
  expect(times).toEqual([7, 8, 8, 8, 8, 8, 8]);
  expect(uses).toEqual([use, use]);
});
