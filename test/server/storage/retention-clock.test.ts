/** Tests the retention clock against wall clocks that are wrong or set, by the numbers of its contract. */
import { describe, expect, test } from "bun:test";
import type { RetentionClock } from "../../../lib/server/storage/retention-clock.ts";
import { createRetentionClock } from "../../../lib/server/storage/retention-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const noon = Date.parse("2026-11-22T12:00:00Z");

/** A machine whose wall clock can be set. */
function createMachine(wallMs = noon, lastKeptMs?: number) {
  let now = { wallMs, monotonicMs: 0 };
  const clock: RetentionClock = createRetentionClock(now, lastKeptMs);
  return {
    clock,
    time: () => clock.time(now.monotonicMs),
    /** So much time passes, with an update every ten seconds. */
    run(ms: number) {
      for (let left = ms; left > 0; left -= 10_000) {
        const step = Math.min(left, 10_000);
        now = { wallMs: now.wallMs + step, monotonicMs: now.monotonicMs + step };
        clock.update(now);
      }
    },
    set(ms: number) {
      now = { ...now, wallMs: now.wallMs + ms };
      clock.update(now);
    },
  };
}

test("a retention clock without a kept time begins and runs with the wall clock", () => {
  const machine = createMachine();
  expect(machine.time()).toBe(noon);
  machine.run(hourMs);
  expect(machine.time()).toBe(noon + hourMs);
});

describe("a wall clock that jumps", () => {
  test.each([365 * dayMs, -365 * dayMs])(
    "by %d ms and back does not move the retention clock, and makes it uncertain for an hour (2, 5)",
    (jump) => {
      const machine = createMachine();
      machine.run(2 * hourMs);
      expect(machine.clock.isCertain()).toBeTrue();
      machine.set(jump);
      machine.run(hourMs / 6);
      expect(machine.clock.isCertain()).toBeFalse();
      machine.set(-jump);
      machine.run(hourMs / 6);
      expect(machine.time()).toBe(noon + 2 * hourMs + hourMs / 3);
      machine.run(hourMs);
      expect(machine.clock.isCertain()).toBeTrue();
      expect(machine.time()).toBe(noon + 3 * hourMs + hourMs / 3);
    },
  );

  test("ahead and stays there is followed after an hour (3)", () => {
    const machine = createMachine();
    machine.set(dayMs);
    machine.run(hourMs - 10_000);
    expect(machine.time()).toBe(noon + hourMs - 10_000);
    machine.run(10_000);
    expect(machine.time()).toBe(noon + dayMs + hourMs);
  });

  test("back after it was followed does not stop the retention clock (1, 4)", () => {
    const machine = createMachine();
    machine.set(dayMs);
    machine.run(2 * hourMs);
    machine.set(-dayMs);
    machine.run(2 * hourMs);
    expect(machine.time()).toBe(noon + dayMs + 4 * hourMs);
    expect(machine.clock.isCertain()).toBeTrue();
  });
});

describe("a retention clock after a restart", () => {
  test("goes on at the last kept time, and counts the weeks in between after an hour (1, 3, 5)", () => {
    const machine = createMachine(noon, noon - 60 * dayMs);
    expect(machine.time()).toBe(noon - 60 * dayMs);
    expect(machine.clock.isCertain()).toBeFalse();
    machine.run(hourMs);
    expect(machine.time()).toBe(noon + hourMs);
  });

  test("does not go back on a machine whose wall clock is in 1970 (1, 4)", () => {
    const machine = createMachine(0, noon);
    machine.run(2 * hourMs);
    expect(machine.time()).toBe(noon + 2 * hourMs);
  });
});
