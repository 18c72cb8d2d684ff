/**
 * `npm run soak -- --minutes 60`: builds, and lets 500 people use the compiled server for so long (`--people`,
 * `--seed` for other people). Ends with 1 when anything was lost, doubled or out of order, or the server grew.
 */
import { parseArgs } from "node:util";
import { tableOf } from "./bench/figures.ts";
import { build } from "./build.ts";
import { orExplain } from "./run.ts";
import { soak } from "./soak/soak.ts";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "3" },
      people: { type: "string", default: "500" },
      seed: { type: "string", default: "1" },
    },
  });
  const number = (name: keyof typeof values): number => {
    const value = Number(values[name]);
    if (value > 0) return value;
    throw new Error(`--${name} takes a number above 0.`);
  };
  const options = { minutes: number("minutes"), people: number("people"), seed: number("seed") };
  await build();
  const { rows, wrong } = await soak({ ...options, judgesDelay: true, note: console.log });
  console.log(tableOf(rows).join("\n"));
  for (const what of wrong) console.log(`WRONG: ${what}`);
  process.exit(wrong.length > 0 ? 1 : 0);
}

await orExplain(main);
