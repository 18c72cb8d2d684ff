/** The terminal as an output that never makes the program wait. */
import { writeSync } from "node:fs";
import type { Output } from "./output.ts";

/** `output` is that of standard output, which is a terminal. The result is a `TtyOutput` of frontends/contract.ts. */
export function createTtyOutput(output: Output) {
  const terminal = process.stdout;
  return {
    write: output.write,
    /** Writes before it returns; but behind what the terminal does not take, the text waits as well. */
    writeNow(text: string) {
      if (output.waitingBytes() > 0) output.write(text);
      else writeSync(terminal.fd, text);
    },
    on(type: "error" | "resize", listener: () => void) {
      if (type === "resize") terminal.on(type, listener);
      else output.on(type, listener);
    },
    removeListener: (type: "resize", listener: () => void) => void terminal.removeListener(type, listener),
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
  };
}
