/** Rules for the tests themselves: none is left out by hand, and CI skips none. */
import { expect, test } from "bun:test";
import { findAll, readSources } from "./sources.ts";

const tests = readSources("test/**/*.ts").filter(
  ({ path }) => path.endsWith(".test.ts") && !path.startsWith("test/rules/"),
);

test("no test is focused, skipped or put off by hand", () => {
  const byHand = /\b(?:test|describe|it)\.(?:only|skip|todo|if|todoIf|failing)\b/g;
  expect(tests.flatMap((source) => findAll(source, byHand))).toEqual([]);
});

test("a test that skips without its rig calls requireRig, so that CI never skips it", () => {
  const skipping = tests.filter(({ code }) => code.includes(".skipIf("));
  const withoutRigs = skipping.filter(({ code }) => !code.includes("requireRig("));
  expect(withoutRigs.map(({ path }) => path)).toEqual([]);
});

test("a test that needs a rig is named *.e2e.test.ts or *.sim.test.ts", () => {
  const named = tests.filter(({ path }) => /\.(?:e2e|sim)\.test\.ts$/.test(path));
  const needing = tests.filter(({ code }) => code.includes("requireRig("));
  expect(needing.filter((one) => !named.includes(one)).map(({ path }) => path)).toEqual([]);
});
