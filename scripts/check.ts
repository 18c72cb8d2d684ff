/** Everything that can be said about the code without running it: types, lint, format, and the rules of the house. */
import { orExplain, run } from "./run.ts";

const checks = [
  { name: "TypeScript", command: ["node_modules/.bin/tsc", "--noEmit"] },
  { name: "Biome", command: ["node_modules/.bin/biome", "check", "--error-on-warnings"] },
  { name: "rules", command: [process.execPath, "test", "test/rules"] },
];

/** Throws when a check fails; what is wrong was printed by then. */
export async function check(): Promise<void> {
  for (const { name, command } of checks) {
    if ((await run(command)) !== 0) throw new Error(`The ${name} check failed.`);
  }
}

if (import.meta.main) await orExplain(check);
