/**
 * Loads naudiodon's addon and its PortAudio, which are embedded in the program. On Linux they are loaded from memory: the
 * temporary folder may be full, read-only or mounted noexec, other users can put files into it, and files there stay when
 * the process is killed.
 */
import { dlopen, ptr } from "bun:ffi";
import { closeSync, readFileSync, writeFileSync } from "node:fs";
import { openLibc } from "../../system/libc.ts";

/** The paths of the two libraries inside the program. */
export interface EmbeddedLibraries {
  portAudio: string;
  addon: string;
}

/** The number of this system call by architecture. glibc has a function for it only since 2.27. */
const memfdCreate: Partial<Record<string, number>> = { x64: 319, arm64: 279 };
const closeOnExec = 1;

/** Returns the exports of the addon. @throws {Error} with the loader's message. */
export function loadAddon({ portAudio, addon }: EmbeddedLibraries): unknown {
  // PortAudio is opened first: the addon asks for it by name, and a library that is already open answers to its name
  // before any folder of the system is searched.
  dlopen(inMemory(portAudio) ?? portAudio, { Pa_GetVersion: { args: [], returns: "int" } });
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, inMemory(addon) ?? addon);
  return loaded.exports;
}

/**
 * The path of a copy in memory. Undefined where the system makes none: then Bun unpacks the embedded file into the
 * temporary folder, under a name made of the user and the content, and reuses it if it belongs to this user.
 */
function inMemory(embedded: string): string | undefined {
  const call = process.platform === "linux" ? memfdCreate[process.arch] : undefined;
  if (call === undefined) return undefined;
  const libc = openLibc({ syscall: { args: ["i64", "ptr", "u32"], returns: "i64" } });
  const fd = Number(libc?.syscall(call, ptr(Buffer.from("holler\0")), closeOnExec) ?? -1);
  if (fd < 0) return undefined;
  try {
    writeFileSync(fd, readFileSync(embedded));
  } catch {
    // No memory is left for it.
    closeSync(fd);
    return undefined;
  }
  // It stays open: the loader knows a library by its path, so no other one may get the same.
  return `/proc/self/fd/${fd}`;
}
