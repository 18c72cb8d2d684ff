/** A file system without hard links and permissions, such as exFAT, for the programs of a test: their calls answer as there. */
import { join } from "node:path";
import { hasProgram } from "./rigs.ts";

/** Whether calls can be answered: with a C compiler on Linux. */
export const canSimplify = process.platform === "linux" && hasProgram("cc");

const source = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int link(const char *from, const char *to) { errno = EPERM; return -1; }
int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) { errno = EPERM; return -1; }

/* Bun asks for the mode of a file in this way. */
long syscall(long number, long a, long b, long c, long d, long e, long f) {
  long (*real)(long, ...) = dlsym(RTLD_NEXT, "syscall");
  long result = real(number, a, b, c, d, e, f);
  const char *mode = getenv("MODE_OF_ALL");
  if (number == SYS_statx && result == 0 && mode) ((struct statx *)e)->stx_mode |= strtol(mode, 0, 8);
  return result;
}
`;

/**
 * The environment in which a program finds no hard links. The library that answers is made in this folder.
 * @param mode Bits that the mode of each file has, whatever is done about it, in octal digits.
 */
export async function simpleDisk(folder: string, mode?: string): Promise<Record<string, string>> {
  const library = join(folder, "simple-disk.so");
  const compiled = Bun.spawnSync(["cc", "-x", "c", "-shared", "-fPIC", "-o", library, "-", "-ldl"], {
    stdin: new TextEncoder().encode(source),
  });
  if (!compiled.success) throw new Error(compiled.stderr.toString());
  return { LD_PRELOAD: library, ...(mode !== undefined && { MODE_OF_ALL: mode }) };
}
