/** Reads the arguments of `npm test` and of the lanes. */
import { parseArgs } from "node:util";
import type { Lane } from "./lanes.ts";

export interface TestArguments {
  /** Undefined: everything. */
  lane: Lane | undefined;
  /** Parts of paths; empty: every file. */
  patterns: string[];
  /** Only tests whose title matches. */
  title: string | undefined;
  /** Runs again whenever a file changes. */
  watch: boolean;
}

const lanes: readonly string[] = ["unit", "sim", "e2e"] satisfies Lane[];

/** @throws Error whose message is one sentence, for an unknown option or lane. */
export function readTestArguments(args: readonly string[]): TestArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      lane: { type: "string" },
      title: { type: "string", short: "t" },
      watch: { type: "boolean", default: false },
    },
  });
  const { lane, title, watch } = values;
  if (lane !== undefined && !lanes.includes(lane))
    throw new Error(`--lane takes one of ${lanes.join(", ")}, not ${lane}.`);
  if (watch && lane !== "unit")
    throw new Error("--watch is for the unit tests: npm run test:unit -- --watch");
  return { lane: lane as Lane | undefined, patterns: positionals, title, watch };
}
