/**
 * `bun test/simulation/faulty-worlds.ts LIBRARY FOLDER FIRST LAST [BUG]`: runs the worlds of these seeds on a faulty disk, and
 * prints what they counted as one line of JSON. At the first broken promise it prints what happened in that world, and ends
 * with status 1. FOLDER is empty, and best in memory.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadDiskFaults } from "../support/disk-faults.ts";
import { migrateFaulty } from "./faulty-migration.ts";
import { type FaultyOutcome, simulateFaulty } from "./faulty-world.ts";
import { bugs } from "./server.ts";
import { useVirtualTime } from "./virtual-time.ts";

const [library = "", root = "", first = "", last = first, named] = process.argv.slice(2);
const bug = bugs.find((one) => one === named);
process.umask(0o022);
const faults = loadDiskFaults(library);
const time = useVirtualTime();
const stray: string[] = [];
process.on("unhandledRejection", (thrown) => stray.push(`an unhandled rejection: ${thrown}`));
process.on("uncaughtException", (thrown) => stray.push(`an uncaught exception: ${thrown}`));

const sums: Partial<FaultyOutcome["counts"]> = {};
for (let seed = Number(first); seed <= Number(last); seed += 1) {
  const { wrong, trace, counts } = await inFolder((folder) =>
    simulateFaulty({ seed, folder, faults, time, bug }),
  );
  wrong.push(...(await inFolder((folder) => migrateFaulty(seed, folder, faults))), ...stray.splice(0));
  if (wrong.length > 0) {
    console.log([...trace, `Seed ${seed}:`, ...wrong].join("\n"));
    process.exit(1);
  }
  for (const key of Object.keys(counts) as (keyof typeof counts)[])
    sums[key] = (sums[key] ?? 0) + counts[key];
}
console.log(JSON.stringify(sums));

/** In an empty folder, which is removed afterwards. */
async function inFolder<Result>(run: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = join(root, "world");
  mkdirSync(folder);
  try {
    return await run(folder);
  } finally {
    faults.end();
    rmSync(folder, { recursive: true });
  }
}
