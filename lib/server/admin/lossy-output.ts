/**
 * Passes lines on to an output that never waits, and drops them when nothing takes them: neither the room nor the memory
 * depends on a reader of the log.
 *
 * The contract:
 * 1. A write never waits. Lines keep their order, and a write is passed on or dropped as a whole.
 * 2. At most `waitingBytesMax` bytes wait. What comes after that is dropped, and so is what the output cannot write.
 * 3. The next write that is passed on begins with a line that says how many lines were dropped before it, and why.
 */

/** The part of an output that is used (`lib/cli/output.ts`). */
export interface Output {
  write(text: string, written: (error?: { code?: string | undefined } | null) => void): void;
  waitingBytes(): number;
}

export interface LossyOutput {
  /** One or more whole lines. */
  write(text: string): void;
}

/** Some 2,000 lines of the log. */
export const waitingBytesMax = 262_144;

/** `notice` makes a line of the sentence about dropped lines. */
export function createLossyOutput(output: Output, notice: (sentence: string) => string): LossyOutput {
  let dropped = 0;
  let reason = "";

  function drop(lines: number, why: string): void {
    dropped += lines;
    reason = why;
  }

  return {
    write(text) {
      const lines = text.split("\n").length - 1;
      if (output.waitingBytes() + Buffer.byteLength(text) > waitingBytesMax)
        return drop(lines, "nothing took the output");
      const before = dropped;
      dropped = 0;
      const told = before === 0 ? "" : notice(`Dropped lines: ${before}, because ${reason}.`);
      output.write(`${told}${text}`, (error) => {
        if (error) drop(before + lines, `the output could not be written (${error.code})`);
      });
    },
  };
}
