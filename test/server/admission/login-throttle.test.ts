/** How often an address may try the passphrase, by the contract on top of the file. */
import { expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { createTries, type Tries } from "../../../lib/server/admission/login-throttle.ts";

const { loginAttemptsMax: max, loginAttemptEveryMs: everyMs } = limits;

function tryTimes(tries: Tries, times: number, nowMs: number, address = "10.0.0.1") {
  return Array.from({ length: times }, () => tries.begin(address, nowMs));
}

test("so many tries are free, the answers later and later, and then it is said how long to wait", () => {
  const all = tryTimes(createTries(), max + 1, 0);
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

test("one more is free each time that passes, and not a moment earlier", () => {
  const tries = createTries();
  tryTimes(tries, max, 0);
  expect(tries.begin("10.0.0.1", everyMs - 1).type).toBe("refused");
  expect(tries.begin("10.0.0.1", everyMs).type).toBe("go");
  expect(tries.begin("10.0.0.1", everyMs).type).toBe("refused");
});

test("in an hour an address has as many tries as docs/security.md says", () => {
  const tries = createTries();
  let count = 0;
  for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 1_000)
    if (tries.begin("10.0.0.1", nowMs).type === "go") count += 1;
  expect(count).toBe(max + 120);
});

test("a try that was right does not count", () => {
  const tries = createTries();
  for (let round = 0; round < 3 * max; round += 1) {
    expect(tries.begin("10.0.0.1", 0)).toEqual({ type: "go", delayMs: 0 });
    tries.succeeded("10.0.0.1");
  }
});

test("addresses do not share their tries", () => {
  const tries = createTries();
  tryTimes(tries, max + 1, 0);
  expect(tries.begin("10.0.0.2", 0)).toEqual({ type: "go", delayMs: 0 });
});

test.each(["fe80::", "fd00:1:2:3::"])(
  "who tries from %s does not use up the tries of a neighbour",
  (network) => {
    const tries = createTries();
    tryTimes(tries, 10 * max, 0, `${network}1`);
    expect(tries.begin(`${network}2`, 0)).toEqual({ type: "go", delayMs: 0 });
  },
);

test("who makes up addresses in an IPv6 network has as many tries as docs/security.md says", () => {
  const tries = createTries();
  let count = 0;
  for (let address = 0; address < 1_000; address += 1)
    count += tryTimes(tries, max, 0, `fe80::${address.toString(16)}`).filter(
      ({ type: outcome }) => outcome === "go",
    ).length;
  expect(count).toBe(64 * max);
});
