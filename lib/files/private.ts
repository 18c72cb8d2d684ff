/**
 * Private files and folders: created for their owner alone whatever the umask is, and refused when other users of the
 * machine have access, as OpenSSH does. Windows has no such modes; a home folder is private there anyway.
 */
import { randomUUID } from "node:crypto";
import { chmod, link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { exitStatus, Failure, systemCode } from "../base/failure.ts";

/** What other users may do with a file: read it, or nothing, because it is a secret. */
export type OthersAccess = "may-read" | "keep-out";

const hasModes = process.platform !== "win32";
const folderMode = 0o700;
const fileMode = 0o600;
/** The mode bits of other users: any access, and write access. */
const anyAccess = 0o077;
const writeAccess = 0o022;

/**
 * Creates the folder for its owner alone if it does not exist. An empty one is closed to others. One with files in it may
 * be readable by others, but not writable.
 * @throws {Failure} `not-private` when other users can write in it.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true, mode: folderMode })) !== undefined;
  if (!hasModes) return;
  if (isNew || (await isAccessible(folder, anyAccess))) {
    const isEmpty = isNew || (await readdir(folder)).length === 0;
    // The folder of another owner cannot be changed; the check below decides.
    if (isEmpty) await chmod(folder, folderMode).catch(() => {});
  }
  await checkFolder(folder);
}

/**
 * The text of the file; undefined when it does not exist.
 * @throws {Failure} `not-private` when other users can write the file or its folder, or read a secret.
 */
export async function readPrivate(path: string, others: OthersAccess): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
  try {
    // The mode of the open file: a file that takes its name meanwhile is not the one that is read.
    const { mode } = await file.stat();
    const refused = others === "may-read" ? writeAccess : anyAccess;
    if (hasModes && (mode & refused) !== 0) throw notPrivate(path, fileMode);
    await checkFolder(dirname(path));
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Creates a private file; rejects with EEXIST when it exists. */
export async function writePrivate(path: string, text: string): Promise<void> {
  const file = await open(path, "wx", fileMode);
  try {
    await file.chmod(fileMode);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/**
 * Creates a private file, written under another name and then linked, so that a crash leaves the whole file or none. A file
 * that exists already stays: of two programs that start at once, both use the first one's. Returns the text of the file.
 */
export async function writePrivateIfAbsent(path: string, text: string): Promise<string> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writePrivate(temporary, text);
    await link(temporary, path);
    return text;
  } catch (thrown) {
    const first = systemCode(thrown) === "EEXIST" ? await readPrivate(path, "keep-out") : undefined;
    if (first === undefined) throw thrown;
    return first;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Creates an empty private file, or closes an existing one to others and keeps its content. */
export async function ensurePrivateFile(path: string): Promise<void> {
  try {
    await writePrivate(path, "");
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    // The file is not opened: closing it again would release the POSIX locks that this process has on it.
    const stats = await stat(path);
    if (!stats.isFile()) throw thrown;
    if (hasModes && (stats.mode & anyAccess) !== 0) await chmod(path, fileMode);
  }
}

async function checkFolder(folder: string): Promise<void> {
  if (hasModes && (await isAccessible(folder, writeAccess))) throw notPrivate(folder, folderMode);
}

async function isAccessible(path: string, others: number): Promise<boolean> {
  return ((await stat(path)).mode & others) !== 0;
}

function notPrivate(path: string, mode: number): Failure {
  const command = `chmod ${mode.toString(8)} "${path}"`;
  const why = `${path} is open to other users of this machine, who may have changed or read it; close it with: ${command}`;
  return new Failure("not-private", exitStatus.failed, why);
}
