/**
 * `npm run fuzz -- --seed N --seconds S [--target NAME]`: fuzzes every parser of network and keyboard
 * input, for so many seconds on all targets together. `--case I` repeats one case.
 */
import { parseArgs } from "node:util";
import { isGood, lineOf, replay, runFor } from "./fuzz/run.ts";
import { targets } from "./fuzz/targets.ts";
import { orExplain } from "./run.ts";

const options = {
  seed: { type: "string" },
  seconds: { type: "string", default: "60" },
  target: { type: "string" },
  case: { type: "string" },
} as const;

function number(name: string, text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} takes a number, not ${text}.`);
  return Number(text);
}

async function fuzz(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options });
  const seed = number("seed", values.seed ?? String(Date.now() % 1_000_000));
  const chosen = targets.filter(({ name }) => name === (values.target ?? name));
  const [only] = chosen;
  if (only === undefined)
    throw new Error(
      `There is no target called ${values.target}; there are: ${targets.map(({ name }) => name).join(", ")}.`,
    );
  if (values.case !== undefined) {
    if (values.target === undefined) throw new Error("--case needs its --target and --seed.");
    const failure = replay(only, seed, number("case", values.case));
    console.log(failure ?? "This case does not fail.");
    process.exit(failure === undefined ? 0 : 1);
  }
  console.log(`Seed ${seed}`);
  const ms = (number("seconds", values.seconds) * 1_000) / chosen.length;
  let inputs = 0;
  let isWell = true;
  for (const target of chosen) {
    const report = runFor(target, seed, ms);
    console.log(lineOf(report));
    if (report.failure !== undefined) console.log(report.failure);
    inputs += report.inputs;
    isWell &&= isGood(report);
  }
  console.log(`${inputs.toLocaleString("en")} inputs in all`);
  process.exit(isWell ? 0 : 1);
}

await orExplain(() => fuzz(process.argv.slice(2)));
