/** Which connections are let in, by the numbers of the door's contract. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import type { Door } from "../../lib/server/door.ts";
import { createDoor } from "../../lib/server/door.ts";

const plenty = 1_000_000;

/** How many of one address are let in at once. */
function letIn(door: Door, address: string, nowMs: number): number {
  for (let count = 0; count < 10_000; count += 1)
    if (door.knock(address, false, nowMs) !== "in") return count;
  throw new Error("without end");
}

describe("an address", () => {
  test("may connect so often at once, and then at its pace (1)", () => {
    const door = createDoor(plenty);
    expect(letIn(door, "192.0.2.7", 0)).toBe(limits.handshakesBurst);
    expect(door.knock("192.0.2.7", false, 0)).toBe("too-often");
    expect(letIn(door, "192.0.2.7", 1_000)).toBe(limits.handshakesPerSecond);
    expect(letIn(door, "192.0.2.7", 1_000_000)).toBe(limits.handshakesBurst);
  });

  test("does not pay for another one (1)", () => {
    const door = createDoor(plenty);
    letIn(door, "192.0.2.7", 0);
    expect(door.knock("192.0.2.8", false, 0)).toBe("in");
  });

  test.each([
    ["2001:db8:1:2::7", "2001:db8:1:2:ffff::8", true],
    ["2001:db8::7", "2001:db8:0:0:1:2:3:4", true],
    ["2001:db8:1:2::7", "2001:db8:1:3::7", false],
    ["fe80::1", "fe80::2", true],
  ])("%s is the same machine as %s: %p (1)", (one, other, isSame) => {
    const door = createDoor(plenty);
    letIn(door, one, 0);
    expect(door.knock(other, false, 0)).toBe(isSame ? "too-often" : "in");
  });
});

test("in all there are no more than may be, until some have left (2)", () => {
  const door = createDoor(3);
  for (const address of ["a", "b", "c"]) expect(door.knock(address, false, 0)).toBe("in");
  expect(door.knock("d", false, 0)).toBe("too-many");
  door.left();
  expect(door.knock("d", false, 0)).toBe("in");
});

test("the server's own machine is let in always, and counts (3)", () => {
  const door = createDoor(2);
  for (let count = 0; count < 1_000; count += 1) expect(door.knock("127.0.0.1", true, 0)).toBe("in");
  expect(door.knock("192.0.2.7", false, 0)).toBe("too-many");
});

test("who came longest ago is forgotten (4)", () => {
  const door = createDoor(plenty);
  letIn(door, "first", 0);
  for (let other = 0; other < 10_000; other += 1) door.knock(`other ${other}`, false, 0);
  expect(door.knock("first", false, 0)).toBe("in");
});

test("that somebody was refused is news once a minute", () => {
  const door = createDoor(plenty);
  expect([0, 1, 59_999, 60_000, 60_001].map((nowMs) => door.isNews(nowMs))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});
