/**
 * Private files and folders: created for their owner alone whatever the umask is, and refused when other users of the
 * machine have access, as OpenSSH does. Windows has no such modes; a home folder is private there anyway. A file system
 * without modes, such as exFAT, cannot close a file to those who may read it; what they may write is refused there, too.
 */
import { randomUUID } from "node:crypto";
import { constants, type Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, chmod, link, mkdir, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { exitStatus, Failure, systemCode } from "../base/failure.ts";
import { findDanglingLink, UnusableFile } from "./file-problem.ts";
import { readBytes } from "./text-file.ts";

/** What other users may do with a file: read it, or nothing, because it is a secret. */
export type OthersAccess = "may-read" | "keep-out";

const hasModes = process.platform !== "win32";
const folderMode = 0o700;
const fileMode = 0o600;
/** The mode bits of other users: any access, and write access. */
const anyAccess = 0o077;
const writeAccess = 0o022;
/** More than any of our files needs. */
const fileBytesMax = 1_000_000;
/** More than a file system has left that has no space for a new file. */
const probeBytes = 4_096;
const probeName = "probe";
/** Names so that no file of another program, which may be in the folder, is taken for one. */
const temporaryEnd = ".holler-new";

/**
 * Creates the folder for its owner alone if it does not exist. An empty one is closed to others. One with files in it may
 * be readable by others, but not writable.
 * @throws {Failure} `not-private` when other users can write in it.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  const isNew = (await makeFolder(folder)) !== undefined;
  if (!hasModes) return;
  if (isNew || (await isAccessible(folder, anyAccess))) {
    const isEmpty = isNew || (await readdir(folder)).length === 0;
    // The folder of another owner cannot be changed; the check below decides.
    if (isEmpty) await chmod(folder, folderMode).catch(() => {});
  }
  await checkFolder(folder);
}

/** Writes to a file in the folder, which does not stay: rejects when files cannot be written there now. */
export async function probeFolder(folder: string): Promise<void> {
  const path = temporaryFor(join(folder, probeName));
  try {
    const file = await open(path, "wx", fileMode);
    try {
      // A program that is killed leaves nothing. On Windows an open file cannot be removed.
      if (hasModes) await rm(path, { force: true });
      await file.writeFile(" ".repeat(probeBytes));
    } finally {
      await file.close();
    }
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}

/** Removes what killed programs left in the folder of files that were being written; the caller has the folder's lock. */
export async function removeTemporaries(folder: string): Promise<void> {
  const left = (await readdir(folder)).filter((name) => name.endsWith(temporaryEnd));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * The bytes of the file; undefined when it does not exist.
 * @throws {Failure} `not-private` when other users can write the file or its folder, or read a secret.
 * @throws {UnusableFile} when it is no file, a symbolic link to nothing, or too large.
 */
export async function readPrivateBytes(path: string, others: OthersAccess): Promise<Uint8Array | undefined> {
  let file: FileHandle;
  try {
    // A pipe is opened without waiting for a program that writes to it.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT") throw thrown;
    const link = findDanglingLink(path);
    if (link !== undefined) throw link;
    return undefined;
  }
  try {
    // The mode of the open file: a file that takes its name meanwhile is not the one that is read.
    const stats = await file.stat();
    checkIsFile(path, stats);
    const refused = others === "may-read" ? writeAccess : anyAccess;
    if (hasModes && (stats.mode & refused) !== 0) await refuse(path, stats);
    await checkFolder(dirname(path));
    return await readBytes(file, path, fileBytesMax);
  } finally {
    await file.close();
  }
}

/** The same as text, in UTF-8 and without a byte order mark; what is no UTF-8 becomes U+FFFD. */
export async function readPrivate(path: string, others: OthersAccess): Promise<string | undefined> {
  const bytes = await readPrivateBytes(path, others);
  return bytes && new TextDecoder().decode(bytes);
}

/** Creates a private file; rejects with EEXIST when it exists. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await write(path, text, { isDurable: false });
}

/**
 * Creates a private file, written under another name and then linked, so that a crash leaves the whole file or none. A file
 * that exists already stays: of two programs that start at once, both use the first one's. Returns the text of the file.
 * Some file systems have no hard links; there the caller's lock keeps other programs away between the look and the rename.
 */
export async function writePrivateIfAbsent(path: string, text: string): Promise<string> {
  const temporary = temporaryFor(path);
  try {
    await write(temporary, text, { isDurable: true });
    await link(temporary, path).catch(async (thrown) => {
      const isThere = await access(path).then(
        () => true,
        () => false,
      );
      if (isThere) throw thrown;
      await rename(temporary, path);
    });
    return text;
  } catch (thrown) {
    const first = await readPrivate(path, "keep-out");
    if (first === undefined) throw thrown;
    return first;
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

/**
 * Creates or replaces a private file: written under another name and then renamed, so that a crash leaves the old file or
 * the new one. A symbolic link stays, and the file that it leads to is replaced.
 * @param isDurable A power cut, too, leaves one of them.
 */
export async function replacePrivate(
  path: string,
  text: string,
  { isDurable }: { isDurable: boolean },
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const temporary = temporaryFor(target);
  try {
    await write(temporary, text, { isDurable });
    await rename(temporary, target);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => {});
    throw thrown;
  }
}

/**
 * Creates an empty private file, or closes an existing one to others and keeps its content.
 * @throws {UnusableFile} when it is no file.
 */
export async function ensurePrivateFile(path: string): Promise<void> {
  try {
    await writePrivate(path, "");
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    const link = findDanglingLink(path);
    if (link !== undefined) throw link;
    // The file is not opened: closing it again would release the POSIX locks that this process has on it.
    const stats = await stat(path);
    checkIsFile(path, stats);
    if (!hasModes || (stats.mode & anyAccess) === 0) return;
    await chmod(path, fileMode).catch(async (thrown) => {
      if (await keepsModes(dirname(path))) throw thrown;
    });
  }
}

/** Whether other users have access to a file, as its mode says; false on Windows. */
export async function isOpenToOthers(path: string): Promise<boolean> {
  return hasModes && (await isAccessible(path, anyAccess));
}

async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true, mode: folderMode });
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    throw findDanglingLink(folder) ?? new UnusableFile(folder, "is a file, not a folder");
  }
}

async function write(path: string, text: string, { isDurable }: { isDurable: boolean }): Promise<void> {
  const file = await open(path, "wx", fileMode);
  try {
    // It is ours: only a file system without modes refuses this.
    await file.chmod(fileMode).catch(() => {});
    await file.writeFile(text);
    if (isDurable) await file.sync();
  } finally {
    await file.close();
  }
}

/** A name beside the file that no other program uses. */
function temporaryFor(path: string): string {
  return `${path}.${randomUUID()}${temporaryEnd}`;
}

async function checkFolder(folder: string): Promise<void> {
  if (!hasModes) return;
  const stats = await stat(folder);
  if ((stats.mode & writeAccess) !== 0) await refuse(folder, stats);
}

function checkIsFile(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  throw new UnusableFile(path, stats.isDirectory() ? "is a folder" : "is not a regular file");
}

async function isAccessible(path: string, others: number): Promise<boolean> {
  return ((await stat(path)).mode & others) !== 0;
}

/** Refuses what is open to other users, unless they can only read it and its file system cannot close it. */
async function refuse(path: string, stats: Stats): Promise<void> {
  const isFolder = stats.isDirectory();
  const open = `${path} is open to other users of this machine, who may have changed or read it`;
  if (await keepsModes(isFolder ? path : dirname(path))) {
    const command = `chmod ${(isFolder ? folderMode : fileMode).toString(8)} "${path}"`;
    throw new Failure("not-private", exitStatus.failed, `${open}; close it with: ${command}`);
  }
  if ((stats.mode & writeAccess) === 0) return;
  const why = `${open}. Its file system keeps no permissions: mount it so that only you can write, for example with umask=077.`;
  throw new Failure("not-private", exitStatus.failed, why);
}

/** Whether a new private file in the folder is private; true where none can be created. */
async function keepsModes(folder: string): Promise<boolean> {
  const path = temporaryFor(join(folder, probeName));
  try {
    await writePrivate(path, "");
    return !(await isAccessible(path, anyAccess));
  } catch {
    return true;
  } finally {
    await rm(path, { force: true }).catch(() => {});
  }
}
