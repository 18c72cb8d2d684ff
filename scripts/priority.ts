/** Lets the end-to-end tests run before other work on the machine, where that is permitted: root on Linux. */
import { readFileSync, writeFileSync } from "node:fs";

/**
 * Linux divides the processors between sessions first, by the niceness of their autogroups (sched(7)), and between the
 * processes of a session then. So both are set: this one for the session, the niceness of a process by `nice`.
 */
const autogroupOf = (process: "self" | number) => `/proc/${process}/autogroup`;
const raised = -10;

export function mayRaise(): boolean {
  return process.platform === "linux" && process.getuid?.() === 0;
}

/** The start of a command that runs with this niceness, 19 the lowest; nothing where that is not possible. */
export function withNiceness(niceness: number): string[] {
  const isPermitted = niceness > 0 || mayRaise();
  return niceness !== 0 && isPermitted && Bun.which("nice") !== null ? ["nice", "-n", String(niceness)] : [];
}

/** Raises the priority of this session until the result is disposed of. */
export function raiseSession(): Disposable {
  const before = mayRaise() ? setAutogroup("self", raised) : undefined;
  return {
    [Symbol.dispose]() {
      if (before !== undefined) setAutogroup("self", before);
    },
  };
}

/** Raises the session of another process, which has one of its own, as that of the tests: otherwise it would starve. */
export function raiseSessionOf(processId: number): void {
  if (mayRaise()) setAutogroup(processId, raised);
}

/** Returns the niceness before; undefined when the kernel has no autogroups or does not permit it. */
function setAutogroup(process: "self" | number, niceness: number): number | undefined {
  try {
    const before = /nice (-?\d+)/.exec(readFileSync(autogroupOf(process), "utf8"))?.[1];
    if (before === undefined) return undefined;
    writeFileSync(autogroupOf(process), String(niceness));
    return Number(before);
  } catch {
    return undefined;
  }
}
