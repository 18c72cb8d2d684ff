/** The terminal as an output that never makes the program wait. */
import { writeSync } from "node:fs";
import type { Output } from "./output.ts";

export interface TtyOutput {
  write: Output["write"];
  /** Writes before it returns, for a program that ends; behind what the terminal does not take, it waits as well. */
  writeNow(text: string): void;
  /** `error`: the terminal is gone. `resize`: it has another size. */
  on(type: "error" | "resize", listener: () => void): void;
  removeListener(type: "resize", listener: () => void): void;
  readonly columns: number | undefined;
  readonly rows: number | undefined;
}

/** `output` is that of standard output, which is a terminal. */
export function createTtyOutput(output: Output): TtyOutput {
  const terminal = process.stdout;
  return {
    write: output.write,
    writeNow(text) {
      if (output.waitingBytes() > 0) output.write(text);
      else writeSync(terminal.fd, text);
    },
    on(type, listener) {
      if (type === "resize") terminal.on(type, listener);
      else output.on(type, listener);
    },
    removeListener: (type, listener) => void terminal.removeListener(type, listener),
    get columns() {
      return terminal.columns;
    },
    get rows() {
      return terminal.rows;
    },
  };
}
