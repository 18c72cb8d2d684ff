/** A minute of fuzzing: every target with a fixed seed, and with a new one in each run. */
import { describe, expect, test } from "bun:test";
import { lineOf, replay, runFor } from "../../scripts/fuzz/run.ts";
import { fuzzer } from "../../scripts/fuzz/target.ts";
import { targets } from "../../scripts/fuzz/targets.ts";

/** For all targets together. */
const secondsMax = 60;
const msEach = (secondsMax * 1_000) / targets.length / 2;

describe.each([1, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0])("with seed %d", (seed) => {
  test.each(targets)("the target $name has no failing case and sees every wanted one", (target) => {
    const report = runFor(target, seed, msEach);
    console.log(`seed ${seed}: ${lineOf(report)}`);
    expect(report.failure ?? "").toBe("");
    expect(report.missing).toEqual([]);
  });
});

describe("a report of the fuzzer", () => {
  const failing = fuzzer<number[]>({
    name: "failing",
    wanted: ["never"],
    make: (random) => Array.from({ length: 20 }, () => random.below(100)),
    check(numbers) {
      if (numbers.some((number) => number > 90)) throw new Error("above 90");
    },
    *smaller(numbers) {
      for (let at = 0; at < numbers.length; at += 1) yield numbers.toSpliced(at, 1);
    },
  });

  test("has the seed, the case, the smallest input and the command that repeats a failure", () => {
    const { failure = "" } = runFor(failing, 7, 1_000);
    const [, number] = /npm run fuzz -- --target failing --seed 7 --case (\d+)$/.exec(failure) ?? [];
    expect(failure).toContain("above 90");
    expect(failure).toMatch(/The smallest case: \[9\d\]\n/);
    expect(replayed(Number(number))).toBe(failure.split("\n").slice(-2).join("\n"));
  });

  test("names the wanted cases that a run has not seen", () => {
    const idle = fuzzer<number>({ name: "idle", wanted: ["never"], make: () => 0, check() {} });
    expect(runFor(idle, 7, 1).missing).toEqual(["never"]);
  });

  const replayed = (number: number) => replay(failing, 7, number)?.split("\n").slice(-2).join("\n");
});
