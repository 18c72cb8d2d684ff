/** The outputs of the server, none of which makes it wait: the log on standard output, the operator on standard error. */
import { type Output, openOutputs as openBoth } from "../cli/output.ts";
import { type BoundedOutput, createBoundedOutput } from "./admin/bounded-output.ts";
import { noticeLine } from "./admin/log.ts";

export interface Outputs {
  /** Standard output, for what is printed instead of a log. */
  standard: Output;
  /** Standard output, which holds the log alone. */
  openLog(format: "pretty" | "json"): BoundedOutput;
  /** Standard error: answers to the operator, and the sentence with which the server ends. */
  operator: BoundedOutput;
  /** Resolves when everything is written, or after a second in which something was not. */
  flush(): Promise<void>;
}

/** Only once in a process: nothing else may write to the two outputs. */
export function openOutputs(): Outputs {
  const { standard, error, flush } = openBoth();
  return {
    standard,
    openLog: (format) =>
      createBoundedOutput(standard, (sentence) => noticeLine(format, "warning", "lines-dropped", sentence)),
    operator: createBoundedOutput(error, (sentence) => `${sentence}\n`),
    flush,
  };
}
