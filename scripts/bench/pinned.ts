/** Programs that have a core of their own while they are measured: the server one, the load generator another. */
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { createTranscript, readLines, type Transcript } from "../../test/support/transcript.ts";

export const serverCore = 0;
export const loadCore = 1;

/** More than the largest room here has. */
const descriptorsMax = 16_384;

export interface Pinned extends AsyncDisposable {
  readonly pid: number;
  readonly output: Transcript<string>;
  write(line: string): void;
}

/** Why programs cannot be pinned on this machine; undefined: they can. */
export function cannotPin(): string | undefined {
  if (process.platform !== "linux") return "needs Linux";
  if (availableParallelism() < 2) return "needs two cores, one for the server and one for its load";
  const missing = ["taskset", "prlimit"].find((tool) => Bun.which(tool) === null);
  return missing && `needs ${missing} (apt install util-linux)`;
}

/** Starts it on this core; disposing of it kills it. */
export function startPinned(
  command: string[],
  core: number,
  { errors = "inherit" }: { errors?: "inherit" | "ignore" } = {},
): Pinned {
  const title = command[0]?.split("/").at(-1) ?? "";
  // Each of them becomes the next one: the process is the program's own.
  const pin = ["taskset", "-c", String(core), "prlimit", `--nofile=${descriptorsMax}:${descriptorsMax}`];
  const child = Bun.spawn([...pin, ...command], {
    stdio: ["pipe", "pipe", errors],
  });
  const output = createTranscript<string>(title);
  const read = readLines(child.stdout, output.add).finally(output.end);
  return {
    pid: child.pid,
    output,
    write(line) {
      child.stdin.write(`${line}\n`);
      void child.stdin.flush();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await Promise.all([child.exited, read]);
    },
  };
}

/** Memory of its own, without what it shares with its file, in KiB. */
export async function residentKibibytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0);
}
