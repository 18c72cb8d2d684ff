/** Reads the lines that are typed at the terminal of the server, if it has one. */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** Passes on every line until it is disposed of. The terminal edits the lines itself. */
export function readTerminal(onLine: (line: string) => void): Disposable {
  if (process.stdin.isTTY !== true || !isInForeground()) return { [Symbol.dispose]() {} };
  const lines = createInterface({ input: process.stdin, terminal: false });
  lines.on("line", onLine);
  return { [Symbol.dispose]: () => lines.close() };
}

/**
 * The system stops a background program that reads its terminal. Where this cannot be found out, the program counts as
 * one in the foreground.
 */
function isInForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "utf8");
    // After the name of the program, which may contain anything: state, parent, group, session, terminal, foreground group.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return true;
  }
}
