/** Prints the table of simulated networks in docs/architecture.md: `bun test/audio/jitter-table.ts`. */
import { traceOf } from "../support/arrival-traces.ts";
import { simulate, table } from "../support/jitter-simulation.ts";

export const jitterTable = (): string => table(Object.values(traceOf).map((trace) => simulate(trace())));

if (import.meta.main) console.log(jitterTable());
