/** Reads what is typed at the server's terminal, if it has one. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Hands over every line, until it is disposed of; the terminal itself is where lines are edited. */
export function readTerminal(onLine: (line: string) => void): Disposable {
  if (process.stdin.isTTY !== true || !isInForeground()) return { [Symbol.dispose]() {} };
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on("line", onLine);
  return { [Symbol.dispose]: () => lines.close() };
}

/** A program in the background that reads its terminal is stopped by the system. Where that cannot be known, it is not. */
function isInForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // Behind the name of the program, which may hold anything: state, parent, group, session, terminal, and its group.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return true;
  }
}
