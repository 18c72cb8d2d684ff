/** Compiles and controls disk-faults.cc, by which system calls on the files of a folder fail as on a faulty disk. */
import { dlopen } from "bun:ffi";
import { join } from "node:path";
import { findCompiler } from "../../scripts/native.ts";
import { runQuietly } from "../../scripts/run.ts";

export const canInjectFaults = process.platform === "linux" && process.arch === "x64";
export const faultsHint = "run on Linux on x86-64";

/** The faults of this process, of which it has only one. */
export interface DiskFaults {
  /** Calls on this folder, and on all that is in it, may fail from now on. */
  watch(folder: string): void;
  /** Begins faults, which the seed decides, within so many calls. */
  plan(seed: number, callsMax: number): void;
  /** Ends the faults. Returns how many calls have failed. */
  end(): number;
  /** The calls that have failed since `plan`: their numbers, names and errors. */
  journal(): string[];
}

/** Compiles the library into this folder, and returns its path. */
export async function compileDiskFaults(folder: string): Promise<string> {
  const library = join(folder, "disk-faults.so");
  const source = join(import.meta.dir, "disk-faults.cc");
  await runQuietly([findCompiler(), "-O2", "-shared", "-fPIC", "-std=c++17", source, "-o", library]);
  return library;
}

/** Loads the library into this process, which can start no other process afterwards. */
export function loadDiskFaults(library: string): DiskFaults {
  const { symbols } = dlopen(library, {
    faults_watch: { args: ["cstring"], returns: "bool" },
    faults_plan: { args: ["u32", "u32"], returns: "void" },
    faults_off: { args: [], returns: "u32" },
    faults_journal: { args: [], returns: "cstring" },
  });
  return {
    watch(folder) {
      if (!symbols.faults_watch(Buffer.from(`${folder}\0`)))
        throw new Error("This machine does not let a process filter its system calls (seccomp).");
    },
    plan: (seed, callsMax) => symbols.faults_plan(seed, callsMax),
    end: () => symbols.faults_off(),
    journal: () => String(symbols.faults_journal()).split("\n").slice(0, -1),
  };
}
