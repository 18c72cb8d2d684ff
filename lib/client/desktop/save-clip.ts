/** Writes a kept clip as a WAV file, whole or not at all, and never over another file. */
import { randomUUID } from "node:crypto";
import { link, lstat, open, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { systemCode } from "../../base/failure.ts";
import { reasonOf } from "../../base/reason.ts";
import type { SaveError } from "../api.ts";

/** The folders that paths begin in. Each throws where there is none. */
export interface Folders {
  current(): string;
  home(): string;
}

/**
 * Writes the packets to `file`, a path from the current folder on, or from the home folder on when it begins with `~/`.
 * Resolves with what went wrong, if anything did; then nothing of it stays.
 */
export async function saveClip(
  file: string,
  packets: Uint8Array[],
  { current, home }: Folders = { current: process.cwd, home: homedir },
): Promise<SaveError | undefined> {
  try {
    const path = file.startsWith("~/") ? join(home(), file.slice(2)) : resolve(current(), file);
    // Nothing is decoded in vain. The end decides: another program may take the name meanwhile.
    if (await exists(path)) return { code: "file-exists", file };
    const { decodeToWav } = await import("../../audio/codec/wav.ts");
    await writeNew(path, await decodeToWav(packets));
    return undefined;
  } catch (thrown) {
    return explain(file, thrown);
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** Rejects with EEXIST when the file exists. A program that is killed meanwhile leaves no part of it under this name. */
async function writeNew(path: string, content: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    await writeWhole(beside, content);
    await link(beside, path).catch(async (thrown) => {
      if (systemCode(thrown) === "EEXIST") throw thrown;
      // A file system without hard links: the name is reserved instead.
      await (await open(path, "wx")).close();
      await rename(beside, path).catch(async (failed) => {
        await rm(path, { force: true }).catch(() => {});
        throw failed;
      });
    });
  } finally {
    await rm(beside, { force: true }).catch(() => {});
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
    ? { code: "save-failed", file, detail: reasonOf(thrown) }
    : { code: "save-failed", file, cause };
}
