/** `bun test/simulation/replay-faulty.ts SEED [LAST]`: runs worlds on a faulty disk, until one breaks a promise, and shows that one. */
import { openFaultyProcesses } from "./faulty-process.ts";

const [first = "", last = first] = process.argv.slice(2);
if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) {
  console.error("usage: bun test/simulation/replay-faulty.ts SEED [LAST]");
  process.exit(2);
}
using processes = await openFaultyProcesses();
const outcome = await processes.run(Number(first), Number(last));
console.log(outcome);
process.exitCode = typeof outcome === "string" ? 1 : 0;
