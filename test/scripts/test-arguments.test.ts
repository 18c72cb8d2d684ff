import { expect, test } from "bun:test";
import { readTestArguments } from "../../scripts/test-arguments.ts";

test("without arguments, every lane runs", () => {
  expect(readTestArguments([])).toEqual({ lane: undefined, patterns: [], title: undefined, watch: false });
});

test("a lane, parts of paths, a title and watching are read in any order", () => {
  expect(readTestArguments(["--lane", "unit", "room", "-t", "a line", "--watch", "test/client"])).toEqual({
    lane: "unit",
    patterns: ["room", "test/client"],
    title: "a line",
    watch: true,
  });
});

test("an unknown lane is refused with the names of those there are", () => {
  expect(() => readTestArguments(["--lane", "fast"])).toThrow(
    "--lane takes one of unit, sim, e2e, not fast.",
  );
});

test("an unknown option is refused", () => {
  expect(() => readTestArguments(["--lan", "unit"])).toThrow("--lan");
});

test("only the unit tests can be watched, because the others need a build", () => {
  expect(() => readTestArguments(["--lane", "e2e", "--watch"])).toThrow("npm run test:unit -- --watch");
});
