/** A file system without hard links, such as exFAT, for the programs of a test: their calls of link() fail as there. */
import { join } from "node:path";
import { hasProgram } from "./rigs.ts";

/** Whether calls can be made to fail: with a C compiler on Linux. */
export const canRefuseLinks = process.platform === "linux" && hasProgram("cc");

const source = `
#include <errno.h>
int link(const char *from, const char *to) { errno = EPERM; return -1; }
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) { errno = EPERM; return -1; }
`;

/** The environment in which a program finds no hard links; the library is made in this folder. */
export async function withoutHardLinks(folder: string): Promise<Record<string, string>> {
  const library = join(folder, "no-hard-links.so");
  const compiled = Bun.spawnSync(["cc", "-x", "c", "-shared", "-fPIC", "-o", library, "-"], {
    stdin: new TextEncoder().encode(source),
  });
  if (!compiled.success) throw new Error(compiled.stderr.toString());
  return { LD_PRELOAD: library };
}
