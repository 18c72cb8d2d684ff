/** The outputs of the server, none of which makes it wait: the log on standard output, the operator on standard error. */
import { fstatSync } from "node:fs";
import { withTimeout } from "../base/timeout.ts";
import { createOutput, type Output } from "../cli/output.ts";
import { type BoundedOutput, createBoundedOutput } from "./admin/bounded-output.ts";
import { noticeLine } from "./admin/log.ts";

export interface Outputs {
  /** Standard output, which holds the log alone. */
  openLog(format: "pretty" | "json"): BoundedOutput;
  /** Standard error: answers to the operator, and the sentence with which the server ends. */
  operator: BoundedOutput;
  /** Resolves when everything is written, or after a second in which something was not. */
  flush(): Promise<void>;
}

const flushMs = 1_000;

/** Only one per process: nothing else may write to the two outputs. */
export function openOutputs(): Outputs {
  const standard = createOutput(1);
  // Two outputs to one terminal would overtake each other, and each would hold a thread while the terminal stands still.
  const error = isOneFile(1, 2) ? standard : createOutput(2);
  return {
    openLog: (format) =>
      createBoundedOutput(standard, (sentence) => noticeLine(format, "warning", "lines-dropped", sentence)),
    operator: createBoundedOutput(error, (sentence) => `${sentence}\n`),
    async flush() {
      const all = Promise.all([standard, error].map(written));
      // What is not written by then is lost with the process.
      await withTimeout(flushMs, all, "nothing took the output").catch(() => {});
    },
  };
}

/** Resolves when the output has nothing left to write. */
function written(output: Output): Promise<void> {
  return new Promise((resolve) => output.write("", () => resolve()));
}

function isOneFile(one: number, other: number): boolean {
  try {
    const [first, second] = [fstatSync(one), fstatSync(other)];
    // Windows numbers no pipes and no consoles.
    return first.ino !== 0 && first.ino === second.ino && first.dev === second.dev;
  } catch {
    return false;
  }
}
