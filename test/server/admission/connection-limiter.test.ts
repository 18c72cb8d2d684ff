/** Which connections are let in, by the numbers of the door's contract. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { Door } from "../../../lib/server/admission/connection-limiter.ts";
import { createDoor } from "../../../lib/server/admission/connection-limiter.ts";

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

  test.each(["2001:db8::", "fe80::"])("does not pay for its neighbours in %s (1)", (network) => {
    const door = createDoor(plenty);
    letIn(door, `${network}7`, 0);
    expect(letIn(door, `${network}8`, 0)).toBe(limits.handshakesBurst);
  });

  test("is one of an IPv6 network, which together may no more than several times as often (1)", () => {
    const door = createDoor(plenty);
    const counts = Array.from({ length: 20 }, (_, index) => letIn(door, `fe80::${index}`, 0));
    expect(counts.reduce((sum, count) => sum + count)).toBe(
      limits.handshakesBurst * limits.handshakesNetworkTimes,
    );
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
