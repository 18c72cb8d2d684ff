/** Runs simulated worlds on a faulty disk in a process of its own, which can do nothing else once its system calls are filtered. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileDiskFaults } from "../support/disk-faults.ts";
import type { FaultyOutcome } from "./faulty-world.ts";
import type { Bug } from "./server.ts";

export interface FaultyProcesses extends Disposable {
  /** Runs the worlds of these seeds. The text is what happened in the world that breaks a promise. */
  run(first: number, last: number, bug?: Bug): Promise<FaultyOutcome["counts"] | string>;
}

/** Compiles the faults, into a folder that is removed at the end. */
export async function openFaultyProcesses(): Promise<FaultyProcesses> {
  // In memory, where the system has such a folder: there are a million writes.
  const root = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "holler-test-"));
  const library = await compileDiskFaults(root);
  return {
    async run(first, last, bug) {
      const folder = mkdtempSync(join(root, "worlds-"));
      const args = [library, folder, String(first), String(last), ...(bug === undefined ? [] : [bug])];
      const command = [process.execPath, join(import.meta.dir, "faulty-worlds.ts"), ...args];
      const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
      const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
      if ((await child.exited) === 0) return JSON.parse(output) as FaultyOutcome["counts"];
      return `${output}${errors}`.trim();
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}
