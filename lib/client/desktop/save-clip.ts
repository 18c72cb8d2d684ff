/** Writes a kept clip as a WAV file, whole or not at all, and never over another file. */
import { open, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { sentenceOf, systemCode } from "../../base/failure.ts";
import type { SaveError } from "../api.ts";

/** The folders that paths begin in. */
export interface Folders {
  current: string;
  home: string;
}

/**
 * Writes the packets to `file`, a path from the current folder on, or from the home folder on when it begins with `~/`.
 * Resolves with what went wrong, if anything did; then nothing of it stays.
 */
export async function saveClip(
  file: string,
  packets: Uint8Array[],
  { current, home }: Folders = { current: process.cwd(), home: homedir() },
): Promise<SaveError | undefined> {
  const path = file.startsWith("~/") ? join(home, file.slice(2)) : resolve(current, file);
  try {
    // Reserves the name, so that no other program can take it.
    await (await open(path, "wx")).close();
  } catch (thrown) {
    return explain(file, thrown);
  }
  const beside = `${path}.${process.pid}.part`;
  try {
    const { decodeToWav } = await import("../../audio/codec/wav.ts");
    await writeWhole(beside, await decodeToWav(packets));
    await rename(beside, path);
    return undefined;
  } catch (thrown) {
    await Promise.allSettled([rm(beside, { force: true }), rm(path, { force: true })]);
    return explain(file, thrown);
  }
}

/** Writes a new file. Some file systems, such as NFS, say only when it is synchronised that the disk is full. */
async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The codes of the operating system that have a sentence of their own. */
const causes: Record<string, NonNullable<SaveError["cause"]>> = {
  ENOENT: "no-folder",
  ENOTDIR: "no-folder",
  EISDIR: "is-folder",
  EACCES: "not-allowed",
  EPERM: "not-allowed",
  EROFS: "not-allowed",
  ENOSPC: "no-space",
  EDQUOT: "no-space",
};

function explain(file: string, thrown: unknown): SaveError {
  const code = systemCode(thrown);
  if (code === "EEXIST") return { code: "file-exists", file };
  const cause = causes[code];
  return cause === undefined
    ? { code: "save-failed", file, detail: sentenceOf(thrown) }
    : { code: "save-failed", file, cause };
}
