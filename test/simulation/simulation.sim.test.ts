/** Thousands of worlds in which everything fails that can: no promise is broken, and mistakes that are built in are found. */
import { describe, expect, test } from "bun:test";
import { bugs } from "./server.ts";
import { replayCommand, simulate } from "./simulate.ts";

const seeds = 10_000;
/** Each mistake shows within so many; most within a few. */
const seedsPerBug = 300;

test(`${seeds} worlds keep every promise`, () => {
  const counts = { crashes: 0, cuts: 0, resumes: 0, failures: 0, lines: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { wrong, world } = simulate(seed);
    if (wrong.length > 0) throw new Error(`${wrong.join("\n")}\nTo see it again: ${replayCommand(seed)}`);
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += world.counts[key];
  }
  // Otherwise the run proves nothing.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(seeds / 2);
}, 1_800_000);

describe("a mistake that is built in is found:", () => {
  test.each([...bugs])("%s", (bug) => {
    let seed = 1;
    while (seed <= seedsPerBug && simulate(seed, bug).wrong.length === 0) seed += 1;
    expect(seed).toBeLessThanOrEqual(seedsPerBug);
  });
});
