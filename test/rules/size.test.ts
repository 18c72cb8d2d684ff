/** A file that has grown too long to be read in one go is two files. */
import { expect, test } from "bun:test";
import { readSources } from "./sources.ts";

const linesMax = 300;

test("no file of the two programs has more than 300 lines", () => {
  const long = readSources("lib/**/*.ts")
    .map(({ path, code }) => ({ path, lines: code.trimEnd().split("\n").length }))
    .filter(({ lines }) => lines > linesMax)
    .map(({ path, lines }) => `${path} has ${lines} lines; split it`);
  expect(long).toEqual([]);
});
