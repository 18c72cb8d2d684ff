/** Thousands of simulated worlds with failures of every kind: no promise is broken, and built-in mistakes are found. */
import { describe, expect, test } from "bun:test";
import { bugs } from "./server.ts";
import { replayCommand, simulate } from "./simulate.ts";

const seeds = 10_000;
/** Each mistake shows within so many worlds, most of them within a few. */
const seedsPerBug = 300;

test(`${seeds} simulated worlds break no promise`, () => {
  const counts = { stops: 0, crashes: 0, cuts: 0, resumes: 0, failures: 0, lines: 0 };
  for (let seed = 1; seed <= seeds; seed += 1) {
    const { wrong, world } = simulate(seed);
    if (wrong.length > 0) throw new Error(`${wrong.join("\n")}\nTo repeat it: ${replayCommand(seed)}`);
    for (const key of Object.keys(counts) as (keyof typeof counts)[]) counts[key] += world.counts[key];
  }
  // Otherwise the run proves nothing.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(seeds / 2);
}, 1_800_000);

describe("the simulation", () => {
  test.each([...bugs])("finds the built-in mistake %s", (bug) => {
    let seed = 1;
    while (seed <= seedsPerBug && simulate(seed, bug).wrong.length === 0) seed += 1;
    expect(seed).toBeLessThanOrEqual(seedsPerBug);
  });
});
