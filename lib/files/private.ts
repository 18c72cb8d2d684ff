/**
 * Files and folders that are their owner's alone: made so whatever the umask is, and refused where other users of the
 * machine could have got at them, as ssh does. Windows knows no such modes; there, a home folder is its owner's anyway.
 */
import { randomUUID } from "node:crypto";
import { chmod, link, mkdir, open, readdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { exitStatus, Failure, systemCode } from "../base/failure.ts";

/** What other users may do with a file: a secret is no secret once they could read it. */
export type Others = "may-read" | "keep-out";

const hasModes = process.platform !== "win32";
const folderMode = 0o700;
const fileMode = 0o600;
const anything = 0o077;
const writing = 0o022;

/**
 * Makes the folder, for its owner alone, if it is not there. An empty one is closed to others; what is in it already
 * may be known to them, but must not be theirs.
 * @throws {Failure} `not-private` when others can write in it.
 */
export async function makePrivateFolder(folder: string): Promise<void> {
  const isNew = (await mkdir(folder, { recursive: true, mode: folderMode })) !== undefined;
  if (!hasModes) return;
  if (isNew || (await isOpenTo(folder, anything))) {
    const isEmpty = isNew || (await readdir(folder)).length === 0;
    // That of another owner stays as it is, and is judged as it is.
    if (isEmpty) await chmod(folder, folderMode).catch(() => {});
  }
  await checkFolder(folder);
}

/**
 * What is in this file; nothing where there is none.
 * @throws {Failure} `not-private` when others can write it or in its folder, or read what they should not.
 */
export async function readPrivate(path: string, others: Others): Promise<string | undefined> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path);
  } catch (thrown) {
    if (systemCode(thrown) === "ENOENT") return undefined;
    throw thrown;
  }
  try {
    // Of the file that is open: one that takes its name meanwhile is not what is read.
    const { mode } = await file.stat();
    const refused = others === "may-read" ? writing : anything;
    if (hasModes && (mode & refused) !== 0) throw notPrivate(path, fileMode);
    await checkFolder(dirname(path));
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Writes a file that was not there before. */
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
 * Written beside its place and linked there, so that a crash leaves the whole file or none. One that is there
 * already stays: whoever comes second has that of the first. Returns what is there then.
 */
export async function publishPrivate(path: string, text: string): Promise<string> {
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

/** Makes an empty file where there is none; one that is there is closed to others, and keeps what is in it. */
export async function keepPrivate(path: string): Promise<void> {
  try {
    await writePrivate(path, "");
  } catch (thrown) {
    if (systemCode(thrown) !== "EEXIST") throw thrown;
    // Not opened: closing it again would give up the locks that this process has on it.
    const there = await stat(path);
    if (!there.isFile()) throw thrown;
    if (hasModes && (there.mode & anything) !== 0) await chmod(path, fileMode);
  }
}

async function checkFolder(folder: string): Promise<void> {
  if (hasModes && (await isOpenTo(folder, writing))) throw notPrivate(folder, folderMode);
}

async function isOpenTo(path: string, others: number): Promise<boolean> {
  return ((await stat(path)).mode & others) !== 0;
}

function notPrivate(path: string, mode: number): Failure {
  const command = `chmod ${mode.toString(8)} "${path}"`;
  const why = `${path} is open to other users of this machine, who may have changed or read it; close it with: ${command}`;
  return new Failure("not-private", exitStatus.failed, why);
}
