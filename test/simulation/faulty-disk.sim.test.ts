/**
 * A thousand simulated worlds whose server has real files, on which system calls fail by a seed (EIO, ENOSPC, EACCES, EMFILE
 * and short writes): opening, migrating, lines, clips, names, maintenance, export, stopping and being killed. No confirmed
 * line is lost or doubled, the server never ends by it, and each fault is told in one sentence.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { canInjectFaults, faultsHint } from "../support/disk-faults.ts";
import { requireRig } from "../support/rigs.ts";
import type { FaultyProcesses } from "./faulty-process.ts";
import { openFaultyProcesses } from "./faulty-process.ts";

const seedsPerProcess = 500;
const firstSeeds = [1, 501];
/** The built-in mistake shows within so many worlds. */
const seedsPerBug = 50;
const available = requireRig("a filter of system calls", canInjectFaults, faultsHint);

describe.skipIf(!available)("on a faulty disk", () => {
  let processes: FaultyProcesses;
  beforeAll(async () => {
    processes = await openFaultyProcesses();
  });
  afterAll(() => processes[Symbol.dispose]());

  test("a thousand simulated worlds break no promise", async () => {
    const runs = firstSeeds.map((first) => processes.run(first, first + seedsPerProcess - 1));
    for (const counts of await Promise.all(runs)) {
      if (typeof counts === "string") throw new Error(`${counts}\n\n${repeating(counts)}`);
      // Otherwise the run proves nothing.
      const least = {
        faults: 5_000,
        failedStarts: 500,
        refused: 50,
        confirmed: 5_000,
        crashes: 200,
        stops: 1_000,
      };
      for (const [key, count] of Object.entries(least))
        expect(counts[key as keyof typeof least], key).toBeGreaterThan(count);
    }
  }, 1_800_000);

  test("the simulation finds a server that confirms lines before they are committed", async () => {
    const found = await processes.run(1, seedsPerBug, "confirm-before-commit");
    expect(found).toContain("was seen and is not kept");
  }, 600_000);
});

/** How to run the world again that a process has named. */
function repeating(trace: string): string {
  const seed = /^Seed (\d+):/m.exec(trace)?.[1] ?? "SEED";
  return `To repeat it: bun test/simulation/replay-faulty.ts ${seed}`;
}
