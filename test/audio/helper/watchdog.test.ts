import { expect, test } from "bun:test";
import type { Watchdog } from "../../../lib/audio/helper/watchdog.ts";
import { checkMs, createWatchdog } from "../../../lib/audio/helper/watchdog.ts";

/** Asks as often as it is meant to be asked; the time of the first complaint. */
function complainsAt(watchdog: Watchdog, from: number, to: number): number | undefined {
  for (let now = from; now <= to; now += checkMs) if (watchdog.overdue(now)) return now;
  return undefined;
}

test("the start may take three seconds", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  expect(complainsAt(watchdog, 0, 10_000)).toBe(3000);
});

test("a sign of life has to come every second from then on", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.alive("a", 100);
  expect(complainsAt(watchdog, 100, 10_000)).toBe(1100);
});

test("each is watched by itself, and named", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.begin("b", 0);
  watchdog.alive("a", 2900);
  expect(complainsAt(watchdog, 2800, 2900)).toBeUndefined();
  expect(watchdog.overdue(3000)).toBe("b");
});

test("what has ended is not watched", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.end("a");
  watchdog.alive("a", 0);
  expect(watchdog.isIdle).toBe(true);
  expect(complainsAt(watchdog, 0, 10_000)).toBeUndefined();
});

test("a computer that slept, or a process that was stopped, is no stall", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.alive("a", 0);
  expect(watchdog.overdue(200)).toBeUndefined();
  expect(watchdog.overdue(60_000)).toBeUndefined();
  expect(complainsAt(watchdog, 60_200, 70_000)).toBeLessThanOrEqual(61_000);
});
