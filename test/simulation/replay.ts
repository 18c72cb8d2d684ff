/** `bun test/simulation/replay.ts SEED [BUG]`: shows one world step by step, with its broken invariants. */

import { bugs } from "./server.ts";
import { simulate } from "./simulate.ts";

const [seed = "", named] = process.argv.slice(2);
const bug = bugs.find((one) => one === named);
if (!/^\d+$/.test(seed) || (named !== undefined && bug === undefined)) {
  console.error(`usage: bun test/simulation/replay.ts SEED [${bugs.join("|")}]`);
  process.exit(2);
}
const { wrong, world } = simulate(Number(seed), bug);
console.log(world.trace.join("\n"));
console.log(wrong.length === 0 ? "Nothing is wrong." : wrong.join("\n"));
process.exit(wrong.length === 0 ? 0 : 1);
