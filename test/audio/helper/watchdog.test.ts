import { expect, test } from "bun:test";
import type { Watchdog } from "../../../lib/audio/helper/watchdog.ts";
import { checkMs, createWatchdog } from "../../../lib/audio/helper/watchdog.ts";

/** Checks every `checkMs`; returns the time of the first overdue activity. */
function overdueAt(watchdog: Watchdog, from: number, to: number): number | undefined {
  for (let now = from; now <= to; now += checkMs) if (watchdog.overdue(now)) return now;
  return undefined;
}

test("the watchdog allows three seconds for the first sign of life", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  expect(overdueAt(watchdog, 0, 10_000)).toBe(3000);
});

test("the watchdog allows one second between signs of life", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.alive("a", 100);
  expect(overdueAt(watchdog, 100, 10_000)).toBe(1100);
});

test("the watchdog watches activities separately and names the overdue one", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.begin("b", 0);
  watchdog.alive("a", 2900);
  expect(overdueAt(watchdog, 2800, 2900)).toBeUndefined();
  expect(watchdog.overdue(3000)).toBe("b");
});

test("the watchdog does not watch an activity that has ended", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.end("a");
  watchdog.alive("a", 0);
  expect(watchdog.isIdle).toBe(true);
  expect(overdueAt(watchdog, 0, 10_000)).toBeUndefined();
});

test("a machine that slept or a process that was stopped is not overdue", () => {
  const watchdog = createWatchdog();
  watchdog.begin("a", 0);
  watchdog.alive("a", 0);
  expect(watchdog.overdue(200)).toBeUndefined();
  expect(watchdog.overdue(60_000)).toBeUndefined();
  expect(overdueAt(watchdog, 60_200, 70_000)).toBeLessThanOrEqual(61_000);
});
