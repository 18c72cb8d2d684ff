/** Tests how often an address may attempt the passphrase, by the numbers of the contract. */
import { expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { createLoginThrottle, type LoginThrottle } from "../../../lib/server/admission/login-throttle.ts";

const { loginAttemptsMax: max, loginAttemptEveryMs: everyMs } = limits;

function attemptTimes(throttle: LoginThrottle, times: number, nowMs: number, address = "10.0.0.1") {
  return Array.from({ length: times }, () => throttle.attempt(address, nowMs));
}

test("an address has eight attempts with a growing delay, and is then told how long to wait (2, 3)", () => {
  const all = attemptTimes(createLoginThrottle(), max + 1, 0);
  expect(all.map((one) => (one.type === "go" ? one.delayMs : `refused ${one.seconds}`))).toEqual([
    0,
    250,
    500,
    1_000,
    2_000,
    4_000,
    4_000,
    4_000,
    "refused 30",
  ]);
});

test("an exhausted address has one more attempt after the full interval and not before (2)", () => {
  const throttle = createLoginThrottle();
  attemptTimes(throttle, max, 0);
  expect(throttle.attempt("10.0.0.1", everyMs - 1).type).toBe("refused");
  expect(throttle.attempt("10.0.0.1", everyMs).type).toBe("go");
  expect(throttle.attempt("10.0.0.1", everyMs).type).toBe("refused");
});

test("an address has the number of attempts in an hour that docs/security.md states (2)", () => {
  const throttle = createLoginThrottle();
  let count = 0;
  for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 1_000)
    if (throttle.attempt("10.0.0.1", nowMs).type === "go") count += 1;
  expect(count).toBe(max + 120);
});

test("a successful attempt does not count (1)", () => {
  const throttle = createLoginThrottle();
  for (let round = 0; round < 3 * max; round += 1) {
    expect(throttle.attempt("10.0.0.1", 0)).toEqual({ type: "go", delayMs: 0 });
    throttle.succeeded("10.0.0.1");
  }
});

test("an address does not use up the attempts of another address (2)", () => {
  const throttle = createLoginThrottle();
  attemptTimes(throttle, max + 1, 0);
  expect(throttle.attempt("10.0.0.2", 0)).toEqual({ type: "go", delayMs: 0 });
});

test.each(["fe80::", "fd00:1:2:3::"])(
  "an address in %s does not use up the attempts of its neighbour (2)",
  (network) => {
    const throttle = createLoginThrottle();
    attemptTimes(throttle, 10 * max, 0, `${network}1`);
    expect(throttle.attempt(`${network}2`, 0)).toEqual({ type: "go", delayMs: 0 });
  },
);

test("an IPv6 network with many addresses has the number of attempts that docs/security.md states (2)", () => {
  const throttle = createLoginThrottle();
  let count = 0;
  for (let address = 0; address < 1_000; address += 1)
    count += attemptTimes(throttle, max, 0, `fe80::${address.toString(16)}`).filter(
      ({ type: outcome }) => outcome === "go",
    ).length;
  expect(count).toBe(64 * max);
});
