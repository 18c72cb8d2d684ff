/** File descriptors: how many files and sockets the system lets this process have open at once. */
import { closeSync, openSync, readdirSync } from "node:fs";
import { systemCode } from "../base/failure.ts";
import { openLibc } from "./libc.ts";

/** RLIMIT_NOFILE of each platform that has this limit. */
const limitNumbers: Partial<Record<NodeJS.Platform, number>> = { linux: 7, darwin: 8 };
/** Where each platform lists the open descriptors of the process that reads it. */
const folders: Partial<Record<NodeJS.Platform, string>> = { linux: "/proc/self/fd", darwin: "/dev/fd" };
/** What a server has open before its first connection, where it cannot be counted. */
const openUsually = 32;

/** The limit as it is now, after Bun has raised it; infinite where there is none, or it is not known. */
export function descriptorsMax(): number {
  const limit = limitNumbers[process.platform];
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  // struct rlimit: the limit, and how far the process may raise it.
  const limits = new BigUint64Array(2);
  const libc = openLibc({ getrlimit: { args: ["int", "ptr"], returns: "int" } });
  if (libc?.getrlimit(limit, limits) !== 0) return Number.POSITIVE_INFINITY;
  const max = Number(limits[0]);
  // RLIM_INFINITY is the greatest number of the type, signed or not.
  return max >= Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : max;
}

/** How many are open now. */
export function openDescriptors(): number {
  const folder = folders[process.platform];
  if (folder === undefined) return openUsually;
  try {
    // The list has itself, too.
    return readdirSync(folder).length - 1;
  } catch {
    return openUsually;
  }
}

/** Whether one more file or socket could be opened now: the process, or the whole system, may have run out of them. */
export function hasFreeDescriptor(): boolean {
  try {
    closeSync(openSync("/", "r"));
    return true;
  } catch (thrown) {
    return !["EMFILE", "ENFILE"].includes(systemCode(thrown));
  }
}
