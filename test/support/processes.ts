/** What tests see of processes that are not their own children: those of the programs they started. */
import { readFileSync } from "node:fs";

/** The helpers of a client. */
export function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return listed.split(" ").filter(Boolean).map(Number);
}

export function kill9(pids: number[]): void {
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** Resolves when it has ended. Asked again and again, for nothing tells. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await Bun.sleep(5);
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
