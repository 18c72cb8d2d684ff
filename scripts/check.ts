/** Everything that can be said about the code without running it: types, portability, lint, format, and the rules in test/rules. */
import { runSteps, type Step } from "./progress.mjs";
import { orExplain, runQuietly } from "./run.ts";

const tsc = "node_modules/.bin/tsc";

/** Each fails with what the tool printed. */
export const checkSteps: readonly Step[] = [
  { title: "Check the types", command: [tsc, "--noEmit"] },
  {
    title: "Check that the portable parts need nothing but a browser",
    command: [tsc, "-p", "tsconfig.portable.json"],
  },
  {
    title: "Check lint and format",
    command: ["node_modules/.bin/biome", "check", "--error-on-warnings", "--colors=off"],
  },
  { title: "Check the rules of the code", command: [process.execPath, "test", "test/rules"] },
].map(({ title, command }) => ({ title, run: () => runQuietly(command) }));

if (import.meta.main) await orExplain(() => runSteps(checkSteps));
