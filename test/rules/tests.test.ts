/** Rules for the tests themselves: none is left out by hand, and they say what they are for. */
import { expect, test } from "bun:test";
import { findAll, readSources } from "./sources.ts";

const tests = readSources("test/**/*.ts").filter(
  ({ path }) => path.endsWith(".test.ts") && !path.startsWith("test/rules/"),
);

test("none is focused, skipped or put off by hand", () => {
  const byHand = /\b(?:test|describe|it)\.(?:only|skip|todo|if|todoIf|failing)\b/g;
  expect(tests.flatMap((source) => findAll(source, byHand))).toEqual([]);
});

test("one that skips where a rig is missing asks the rigs helper, so that CI never skips it", () => {
  const skipping = tests.filter(({ code }) => code.includes(".skipIf("));
  const withoutRigs = skipping.filter(({ code }) => !code.includes("requireRig("));
  expect(withoutRigs.map(({ path }) => path)).toEqual([]);
});

test("those that need the compiled programs or a rig say so in their names", () => {
  const named = tests.filter(({ path }) => path.endsWith(".e2e.test.ts"));
  const needing = tests.filter(({ code }) => code.includes("requireRig("));
  expect(needing.filter((one) => !named.includes(one)).map(({ path }) => path)).toEqual([]);
});
