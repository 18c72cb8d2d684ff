/** Says in plain words why a file or folder cannot be used: what is in the way, whose it is, and which command helps. */
import { accessSync, constants, readlinkSync, type Stats, statfsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, sep } from "node:path";
import { systemCode } from "../base/failure.ts";
import { reasonOf, reasons } from "../base/reason.ts";

/** A file or folder that is there, but not as it must be. `what` follows its name in a sentence: `is a folder`. */
export class UnusableFile extends Error {
  constructor(
    readonly path: string,
    readonly what: string,
  ) {
    super(`${path} ${what}`);
  }
}

export interface FileProblem {
  /** For brackets: `it belongs to root`. "It" is the path that the sentence is about. */
  reason: string;
  /** A sentence with the command that helps, after a blank; empty where no command is known to help. */
  advice: string;
}

/** The file of SQLite's locks takes half of this. */
const fullBelowBytes = 65_536;
const permissionCodes = /^(?:EACCES|EPERM|SQLITE_(?:CANTOPEN|READONLY|PERM|AUTH))/;

/**
 * Why the file or folder at this path cannot be used. `folder`: the program's folder, in which the path is. Looks at the
 * file system, because an error names neither an owner nor the part of the path that is in the way.
 */
export function explainFileProblem(path: string, thrown: unknown, folder: string = path): FileProblem {
  const refused = pathOf(thrown) ?? path;
  const misplaced = thrown instanceof UnusableFile ? thrown : findMisplaced(refused);
  if (misplaced !== undefined)
    return { reason: `${misplaced.path === path ? "it" : misplaced.path} ${misplaced.what}`, advice: "" };
  const code = systemCode(thrown);
  const denied = permissionCodes.test(code) ? explainDenied(path, lowestVisible(refused), folder) : undefined;
  // SQLite calls a full disk so where it makes the file of its locks.
  const isFull = code.startsWith("SQLITE_IOERR") && freeBytes(dirname(path)) < fullBelowBytes;
  return denied ?? { reason: isFull ? reasons.ENOSPC : reasonOf(thrown), advice: "" };
}

/** The path itself, or the lowest folder above it that is there and can be looked at: it denies what is below. */
export function lowestVisible(path: string): string {
  let at = path;
  while (look(at) === undefined && dirname(at) !== at) at = dirname(at);
  return at;
}

/** The symbolic link on this path that leads to nothing; undefined: there is none. */
export function findDanglingLink(path: string): UnusableFile | undefined {
  for (let at = path; look(at) === undefined; at = dirname(at)) {
    const target = danglingTarget(at);
    if (target !== undefined)
      return new UnusableFile(at, `is a symbolic link to ${target}, which does not exist`);
    if (dirname(at) === at) return undefined;
  }
  return undefined;
}

/** Whether the path is in the folder, or is the folder. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** The path that the operating system refused, as an error names it. */
function pathOf(thrown: unknown): string | undefined {
  const named = thrown instanceof Error && "path" in thrown ? thrown.path : undefined;
  return typeof named === "string" && named !== "" ? named : undefined;
}

function look(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** How much this user can still write to the disk of the folder; infinite where that cannot be found out. */
function freeBytes(folder: string): number {
  try {
    const { bsize, bfree, bavail } = statfsSync(folder);
    return bsize * (process.getuid?.() === 0 ? bfree : bavail);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function danglingTarget(path: string): string | undefined {
  let target: string;
  try {
    target = readlinkSync(path);
  } catch {
    return undefined;
  }
  try {
    statSync(path);
    return undefined;
  } catch (thrown) {
    return systemCode(thrown) === "ENOENT" ? target : undefined;
  }
}

/** A link to nothing, or a file where the path needs a folder. */
function findMisplaced(path: string): UnusableFile | undefined {
  const link = findDanglingLink(path);
  if (link !== undefined) return link;
  const lowest = lowestVisible(path);
  if (lowest === path || look(lowest)?.isDirectory() !== false) return undefined;
  return new UnusableFile(lowest, "is a file, not a folder");
}

/** Explains a denied access by the owner or the mode of what denied it; undefined: neither is the cause. */
function explainDenied(path: string, denying: string, folder: string): FileProblem | undefined {
  const stats = look(denying);
  const user = process.getuid?.();
  const code = accessCode(denying, stats);
  if (stats === undefined || user === undefined || code === undefined) return undefined;
  if (code === "EROFS") return { reason: reasons.EROFS, advice: "" };
  const isIt = denying === path;
  if (stats.uid !== user) {
    const owner = stats.uid === 0 ? "root" : `user ${stats.uid}`;
    const missing = missingBelow(denying, path);
    const beginning = missing === undefined ? "" : `${missing} does not exist, and `;
    const advice = adviseOwner(denying, stats, folder, user);
    return { reason: `${beginning}${isIt ? "it" : denying} belongs to ${owner}`, advice };
  }
  const [bits, mode] = stats.isDirectory() ? [0o700, "u+rwx"] : [0o600, "u+rw"];
  // Something else denies it, such as an immutable flag.
  if ((stats.mode & bits) === bits) return undefined;
  const reason = isIt ? "its permissions forbid it" : `the permissions of ${denying} forbid it`;
  return { reason, advice: ` Allow it with: chmod ${mode} "${denying}"` };
}

/** The first part of the path below this folder, if it does not exist. */
function missingBelow(folder: string, path: string): string | undefined {
  let part = path;
  while (dirname(part) !== part && dirname(part) !== folder) part = dirname(part);
  try {
    statSync(part);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return part;
  }
  return undefined;
}

/** The error with which full access to the file or folder is denied to us; undefined: it is not. */
function accessCode(path: string, stats: Stats | undefined): string | undefined {
  const { R_OK, W_OK, X_OK } = constants;
  try {
    accessSync(path, stats?.isDirectory() ? R_OK | W_OK | X_OK : R_OK | W_OK);
    return undefined;
  } catch (thrown) {
    return systemCode(thrown);
  }
}

/**
 * The command that gives the user back what is theirs, such as files that were made under `sudo`. There is none for what
 * may rightly be another user's: only for what is in the user's own home folder, and for single files in the program's
 * own folder.
 */
function adviseOwner(denying: string, stats: Stats, folder: string, user: number): string {
  const home = homeFolder();
  // The shell fills in the number: the names of users are not always known here.
  if (home !== undefined && look(home)?.uid === user && denying !== home && isWithin(denying, home)) {
    const all = isWithin(denying, folder) && folder !== home ? folder : denying;
    return ` Take it back with: sudo chown -R "$(id -u)" "${all}"`;
  }
  if (!stats.isFile() || look(folder)?.uid !== user || !isWithin(denying, folder)) return "";
  return ` Take it back with: sudo chown "$(id -u)" "${denying}"`;
}

function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
