/** Runs one world for each seed, and reports the broken invariants and the command that repeats the run. */
import { openRoomMemory } from "../../lib/server/storage/database.ts";
import { seeded } from "../support/random.ts";
import { broken } from "./invariants.ts";
import { createMemoryDisk } from "./memory-disk.ts";
import type { Bug } from "./server.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

export interface Outcome {
  seed: number;
  wrong: string[];
  world: World;
}

const stepsMax = 260;

/** Runs one world from its beginning until it has healed. */
export function simulate(seed: number, bug?: Bug): Outcome {
  const random = seeded(seed);
  using database = openRoomMemory();
  const world = createWorld(random, { createDisk: (failed) => createMemoryDisk(database, failed), bug });
  const steps = 40 + random.below(stepsMax);
  for (let step = 0; step < steps; step += 1) world.step();
  world.heal();
  return { seed, wrong: broken(world, database), world };
}

/** The command that shows the same run again, step by step. */
export function replayCommand(seed: number, bug?: Bug): string {
  return `bun test/simulation/replay.ts ${seed}${bug === undefined ? "" : ` ${bug}`}`;
}
