/** Job control of POSIX: which programs of a terminal may read from it. */

import type { Pointer } from "bun:ffi";
import { constants } from "node:os";
import { openLibc } from "./libc.ts";

const libc = openLibc({
  tcgetpgrp: { args: ["int"], returns: "int" },
  getpgrp: { args: [], returns: "int" },
  signal: { args: ["int", "ptr"], returns: "ptr" },
});

/** SIG_IGN of POSIX. */
const ignore = 1;

/** Whether the terminal on standard input is ours to read; true where there is no job control. */
export function isInForeground(): boolean {
  return libc === undefined || libc.tcgetpgrp(0) === libc.getpgrp();
}

/**
 * From now on, the system does not stop this program when it reads its terminal from the background (the read fails with
 * EIO instead), nor when it writes to it where `stty tostop` is set.
 */
export function ignoreTerminalStops(): void {
  const { SIGTTIN, SIGTTOU } = constants.signals;
  for (const signal of [SIGTTIN, SIGTTOU]) libc?.signal(signal, ignore as Pointer);
}
