/** Small and read-only disks in memory, for tests of what a disk refuses. */
import { mkdir } from "node:fs/promises";
import { hasProgram } from "./rigs.ts";

/** Whether disks can be mounted: by root on Linux. */
export const canMount =
  process.platform === "linux" && process.getuid?.() === 0 && hasProgram("mount", "umount");

/** A disk with these mount options (`size=4m`, `ro`) at this place, until it is disposed of. */
export async function mountDisk(place: string, options: string): Promise<AsyncDisposable> {
  await mkdir(place, { recursive: true });
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place]);
  if (!mounted.success) throw new Error(mounted.stderr.toString());
  return {
    async [Symbol.asyncDispose]() {
      Bun.spawnSync(["umount", "-l", place]);
    },
  };
}

/** Takes all that is left of the disk. */
export function fill(file: string): void {
  Bun.spawnSync(["dd", "if=/dev/zero", `of=${file}`, "bs=4096"]);
}
