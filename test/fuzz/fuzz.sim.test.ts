/** A minute of fuzzing: every target with a seed that is always the same, and with one that never is. */
import { describe, expect, test } from "bun:test";
import { lineOf, replay, runFor } from "../../scripts/fuzz/run.ts";
import { fuzzer } from "../../scripts/fuzz/target.ts";
import { targets } from "../../scripts/fuzz/targets.ts";

/** Of all of them together. */
const secondsMax = 60;
const msEach = (secondsMax * 1_000) / targets.length / 2;

describe.each([1, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0])("with seed %d", (seed) => {
  test.each(targets)("$name", (target) => {
    const report = runFor(target, seed, msEach);
    console.log(`seed ${seed}: ${lineOf(report)}`);
    expect(report.failure ?? "").toBe("");
    expect(report.missing).toEqual([]);
  });
});

describe("a target that fails", () => {
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

  test("is told with its seed, its case, the smallest input, and the command that does it again", () => {
    const { failure = "" } = runFor(failing, 7, 1_000);
    const [, number] = /npm run fuzz -- --target failing --seed 7 --case (\d+)$/.exec(failure) ?? [];
    expect(failure).toContain("above 90");
    expect(failure).toMatch(/The smallest case: \[9\d\]\n/);
    expect(replayed(Number(number))).toBe(failure.split("\n").slice(-2).join("\n"));
  });

  test("a run that has not seen all it wants says what is missing", () => {
    const idle = fuzzer<number>({ name: "idle", wanted: ["never"], make: () => 0, check() {} });
    expect(runFor(idle, 7, 1).missing).toEqual(["never"]);
  });

  const replayed = (number: number) => replay(failing, 7, number)?.split("\n").slice(-2).join("\n");
});
