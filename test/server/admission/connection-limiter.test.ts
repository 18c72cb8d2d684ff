/** Tests which connections are admitted, by the numbers of the contract. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ConnectionLimiter } from "../../../lib/server/admission/connection-limiter.ts";
import { createConnectionLimiter } from "../../../lib/server/admission/connection-limiter.ts";

const plenty = 1_000_000;

/** How many connections of one address are admitted at one time. */
function admitted(limiter: ConnectionLimiter, address: string, nowMs: number): number {
  for (let count = 0; count < 10_000; count += 1)
    if (limiter.admit(address, false, nowMs) !== "admitted") return count;
  throw new Error("no connection was refused");
}

describe("an address", () => {
  test("may connect in a burst, and then at its rate (1)", () => {
    const limiter = createConnectionLimiter(plenty);
    expect(admitted(limiter, "192.0.2.7", 0)).toBe(limits.handshakesBurst);
    expect(limiter.admit("192.0.2.7", false, 0)).toBe("too-often");
    expect(admitted(limiter, "192.0.2.7", 1_000)).toBe(limits.handshakesPerSecond);
    expect(admitted(limiter, "192.0.2.7", 1_000_000)).toBe(limits.handshakesBurst);
  });

  test("does not use up the connections of another address (1)", () => {
    const limiter = createConnectionLimiter(plenty);
    admitted(limiter, "192.0.2.7", 0);
    expect(limiter.admit("192.0.2.8", false, 0)).toBe("admitted");
  });

  test.each(["2001:db8::", "fe80::"])(
    "does not use up the connections of its neighbour in %s (1)",
    (network) => {
      const limiter = createConnectionLimiter(plenty);
      admitted(limiter, `${network}7`, 0);
      expect(admitted(limiter, `${network}8`, 0)).toBe(limits.handshakesBurst);
    },
  );

  test("shares the larger limit of its IPv6 network (1)", () => {
    const limiter = createConnectionLimiter(plenty);
    const counts = Array.from({ length: 20 }, (_, index) => admitted(limiter, `fe80::${index}`, 0));
    expect(counts.reduce((sum, count) => sum + count)).toBe(
      limits.handshakesBurst * limits.handshakesNetworkTimes,
    );
  });
});

test("a connection beyond the maximum is refused until another one has left (2)", () => {
  const limiter = createConnectionLimiter(3);
  for (const address of ["a", "b", "c"]) expect(limiter.admit(address, false, 0)).toBe("admitted");
  expect(limiter.admit("d", false, 0)).toBe("too-many");
  limiter.left();
  expect(limiter.admit("d", false, 0)).toBe("admitted");
});

test("the server's own machine has no rate, and the last connections are for it alone (3)", () => {
  const limiter = createConnectionLimiter(32);
  for (let count = 0; count < 30; count += 1) expect(limiter.admit("127.0.0.1", true, 0)).toBe("admitted");
  expect(limiter.admit("192.0.2.7", false, 0)).toBe("too-many");
  for (let count = 0; count < 2; count += 1) expect(limiter.admit("127.0.0.1", true, 0)).toBe("admitted");
  expect(limiter.admit("127.0.0.1", true, 0)).toBe("too-many");
  const large = createConnectionLimiter(plenty);
  for (let count = 0; count < 10 * limits.handshakesBurst; count += 1)
    expect(large.admit("127.0.0.1", true, 0)).toBe("admitted");
});

test("a smaller maximum closes nothing, and holds for new connections (2)", () => {
  const limiter = createConnectionLimiter(3);
  for (const address of ["a", "b"]) limiter.admit(address, false, 0);
  limiter.resize(1);
  expect(limiter.open()).toBe(2);
  limiter.left();
  expect(limiter.admit("c", false, 0)).toBe("too-many");
  limiter.left();
  expect(limiter.admit("c", false, 0)).toBe("admitted");
});

test("a warning about refused connections is due once a minute", () => {
  const limiter = createConnectionLimiter(plenty);
  expect([0, 1, 59_999, 60_000, 60_001].map((nowMs) => limiter.isWarningDue(nowMs))).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
});
