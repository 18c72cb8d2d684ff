/** The room's own time, by the numbers of its contract: whatever is done to the wall clock. */
import { describe, expect, test } from "bun:test";
import type { RoomClock } from "../../../lib/server/storage/retention-clock.ts";
import { createRoomClock } from "../../../lib/server/storage/retention-clock.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const noon = Date.parse("2026-11-22T12:00:00Z");

/** A machine whose wall clock can be set. */
function createMachine(wallMs = noon, lastKeptMs?: number) {
  let now = { wallMs, monotonicMs: 0 };
  const clock: RoomClock = createRoomClock(now, lastKeptMs);
  return {
    clock,
    time: () => clock.time(now.monotonicMs),
    /** So much time passes, looked at every ten seconds. */
    run(ms: number) {
      for (let left = ms; left > 0; left -= 10_000) {
        const step = Math.min(left, 10_000);
        now = { wallMs: now.wallMs + step, monotonicMs: now.monotonicMs + step };
        clock.look(now);
      }
    },
    set(ms: number) {
      now = { ...now, wallMs: now.wallMs + ms };
      clock.look(now);
    },
  };
}

test("begins with the wall clock where nothing was kept, and runs with it", () => {
  const machine = createMachine();
  expect(machine.time()).toBe(noon);
  machine.run(hourMs);
  expect(machine.time()).toBe(noon + hourMs);
});

describe("a wall clock that jumps", () => {
  test.each([365 * dayMs, -365 * dayMs])(
    "by %d ms and back moves nothing, and makes nothing old (2, 5)",
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

  test("ahead and stays there is believed after an hour (3)", () => {
    const machine = createMachine();
    machine.set(dayMs);
    machine.run(hourMs - 10_000);
    expect(machine.time()).toBe(noon + hourMs - 10_000);
    machine.run(10_000);
    expect(machine.time()).toBe(noon + dayMs + hourMs);
  });

  test("back after it was believed stops nothing: time goes on at its pace (1, 4)", () => {
    const machine = createMachine();
    machine.set(dayMs);
    machine.run(2 * hourMs);
    machine.set(-dayMs);
    machine.run(2 * hourMs);
    expect(machine.time()).toBe(noon + dayMs + 4 * hourMs);
    expect(machine.clock.isCertain()).toBeTrue();
  });
});

describe("after a restart", () => {
  test("it goes on where it was; weeks that were slept count after an hour (1, 3, 5)", () => {
    const machine = createMachine(noon, noon - 60 * dayMs);
    expect(machine.time()).toBe(noon - 60 * dayMs);
    expect(machine.clock.isCertain()).toBeFalse();
    machine.run(hourMs);
    expect(machine.time()).toBe(noon + hourMs);
  });

  test("on a machine that thinks it is 1970, it does not go back (1, 4)", () => {
    const machine = createMachine(0, noon);
    machine.run(2 * hourMs);
    expect(machine.time()).toBe(noon + 2 * hourMs);
  });
});
