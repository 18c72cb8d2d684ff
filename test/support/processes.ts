/** Writes to started programs, and watches the helpers that those have started. */
import { readFileSync } from "node:fs";

/** The helpers of a client. */
export function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return listed.split(" ").filter(Boolean).map(Number);
}

/** Writes to a program that may have ended, or may end meanwhile: that is no error of the test. */
export function writeTo(input: Bun.FileSink, text: string): void {
  const ignore = () => {};
  Promise.resolve(input.write(text)).catch(ignore);
  Promise.resolve(input.flush()).catch(ignore);
}

/** Ends the input of a program that may have ended. */
export function endInput(input: Bun.FileSink): void {
  Promise.resolve(input.end()).catch(() => {});
}

export function kill9(pids: number[]): void {
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** Resolves when it has ended. It polls, because the end of a process that is no child is no event. */
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
