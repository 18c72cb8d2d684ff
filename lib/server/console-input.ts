/** Reads what is typed at the server's terminal, if it has one. */
import { createInterface } from "node:readline";

/** Hands over every line, until it is disposed of; the terminal itself is where lines are edited. */
export function readTerminal(onLine: (line: string) => void): Disposable {
  if (process.stdin.isTTY !== true) return { [Symbol.dispose]() {} };
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on("line", onLine);
  return { [Symbol.dispose]: () => lines.close() };
}
