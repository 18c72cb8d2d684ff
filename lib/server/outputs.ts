/** What goes to which output of the server: the log to standard output, answers to the operator to standard error. */
import { type Output, openOutputs } from "../cli/output.ts";
import { noticeLine } from "./admin/log.ts";
import { createLossyOutput, type LossyOutput } from "./admin/lossy-output.ts";

export interface ServerOutputs {
  /** Standard output, for what is printed instead of a log. */
  standard: Output;
  /** Standard output, which holds the log alone. */
  openLog(format: "pretty" | "json"): LossyOutput;
  /** Standard error: answers to the operator, and the sentence with which the server ends. */
  operator: LossyOutput;
  /** Resolves when everything is written, or after a second in which something was not. */
  flush(): Promise<void>;
}

/** Only once in a process: nothing else may write to the two outputs. */
export function openServerOutputs(): ServerOutputs {
  const { standard, error, flush } = openOutputs();
  return {
    standard,
    openLog: (format) =>
      createLossyOutput(standard, (sentence) => noticeLine(format, "warning", "lines-dropped", sentence)),
    operator: createLossyOutput(error, (sentence) => `${sentence}\n`),
    flush,
  };
}
