/**
 * `bun test/simulation/disk-faults.ts LIBRARY FOLDER FIRST LAST`: runs the worlds of these seeds on a faulty disk, and prints
 * what they counted as one line of JSON. At the first broken promise it prints the trace, and ends with status 1.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadDiskFaults } from "../support/disk-faults.ts";
import { type FaultyOutcome, simulateFaulty } from "./faulty-world.ts";
import { useVirtualTime } from "./virtual-time.ts";

const [, , library = "", root = "", first = "1", last = first] = process.argv;
process.umask(0o022);
const faults = loadDiskFaults(library);
const time = useVirtualTime();
const stray: string[] = [];
process.on("unhandledRejection", (thrown) => stray.push(`an unhandled rejection: ${thrown}`));
process.on("uncaughtException", (thrown) => stray.push(`an uncaught exception: ${thrown}`));

const sums: Partial<FaultyOutcome["counts"]> = {};
for (let seed = Number(first); seed <= Number(last); seed += 1) {
  const folder = join(root, String(seed));
  mkdirSync(folder, { recursive: true });
  const { wrong, trace, counts } = await simulateFaulty(seed, folder, faults, time);
  rmSync(folder, { recursive: true });
  const complaints = [...wrong, ...stray.splice(0)];
  if (complaints.length > 0 || first === last) {
    console.error([...trace, "", `Seed ${seed}:`, ...complaints].join("\n"));
    process.exit(complaints.length > 0 ? 1 : 0);
  }
  for (const key of Object.keys(counts) as (keyof typeof counts)[])
    sums[key] = (sums[key] ?? 0) + counts[key];
}
console.log(JSON.stringify(sums));
