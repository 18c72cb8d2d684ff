/** Runs worlds, one for each seed, and says which one breaks a promise and how to see it again. */
import { seeded } from "../support/random.ts";
import { broken } from "./invariants.ts";
import type { Bug } from "./server.ts";
import type { World } from "./world.ts";
import { createWorld } from "./world.ts";

export interface Outcome {
  seed: number;
  wrong: string[];
  world: World;
}

const stepsMax = 260;

/** One world from its beginning until it has healed. */
export function simulate(seed: number, bug?: Bug): Outcome {
  const random = seeded(seed);
  const world = createWorld(random, bug);
  try {
    const steps = 40 + random.below(stepsMax);
    for (let step = 0; step < steps; step += 1) world.step();
    world.heal();
    return { seed, wrong: broken(world), world };
  } finally {
    world.database.close();
  }
}

/** The command that shows this very run again, step by step. */
export function replayCommand(seed: number, bug?: Bug): string {
  return `bun test/simulation/replay.ts ${seed}${bug === undefined ? "" : ` ${bug}`}`;
}
