/** How often an address may try the passphrase, by the contract on top of the file. */
import { expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { createTries, type Tries } from "../../lib/server/tries.ts";

const { passphraseTriesMax: max, passphraseTryEveryMs: everyMs } = limits;

function tryTimes(tries: Tries, times: number, nowMs: number, address = "10.0.0.1") {
  return Array.from({ length: times }, () => tries.begin(address, nowMs));
}

test("so many tries are free, the answers later and later, and then it is said how long to wait", () => {
  const all = tryTimes(createTries(), max + 1, 0);
  expect(all.map((one) => (one.outcome === "go" ? one.delayMs : `refused ${one.seconds}`))).toEqual([
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
  expect(tries.begin("10.0.0.1", everyMs - 1).outcome).toBe("refused");
  expect(tries.begin("10.0.0.1", everyMs).outcome).toBe("go");
  expect(tries.begin("10.0.0.1", everyMs).outcome).toBe("refused");
});

test("in an hour an address has as many tries as docs/security.md says", () => {
  const tries = createTries();
  let count = 0;
  for (let nowMs = 0; nowMs <= 3_600_000; nowMs += 1_000)
    if (tries.begin("10.0.0.1", nowMs).outcome === "go") count += 1;
  expect(count).toBe(max + 120);
});

test("a try that was right does not count", () => {
  const tries = createTries();
  for (let round = 0; round < 3 * max; round += 1) {
    expect(tries.begin("10.0.0.1", 0)).toEqual({ outcome: "go", delayMs: 0 });
    tries.succeeded("10.0.0.1");
  }
});

test("addresses do not share their tries", () => {
  const tries = createTries();
  tryTimes(tries, max + 1, 0);
  expect(tries.begin("10.0.0.2", 0)).toEqual({ outcome: "go", delayMs: 0 });
});

test("an IPv6 network of 64 bits is one address", () => {
  const tries = createTries();
  tryTimes(tries, max, 0, "fd00:1:2:3::1");
  expect(tries.begin("fd00:1:2:3:4:5:6:7", 0).outcome).toBe("refused");
  expect(tries.begin("fd00:1:2:4::1", 0).outcome).toBe("go");
});

test("of too many addresses the one that tried longest ago is forgotten", () => {
  const tries = createTries();
  tryTimes(tries, max, 0, "first");
  for (let number = 0; number < 9_999; number += 1) tries.begin(`a${number}`, 0);
  expect(tries.begin("first", 0).outcome).toBe("refused");
  tries.begin("another", 0);
  expect(tries.begin("first", 0).outcome).toBe("go");
});
