/** Writes a kept clip as a WAV file, whole or not at all, and never over another file. */
import { open, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { sentenceOf, systemCode } from "../../base/failure.ts";
import type { Sentence } from "../core/state.ts";

/** Where paths begin. */
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
): Promise<Sentence | undefined> {
  const path = file.startsWith("~/") ? join(home, file.slice(2)) : resolve(current, file);
  try {
    // Takes the name, which no other program can do any more then.
    await (await open(path, "wx")).close();
  } catch (thrown) {
    return explain(file, thrown);
  }
  const beside = `${path}.${process.pid}.part`;
  try {
    const { decodeToWav } = await import("../../audio/codec/wav.ts");
    await writeFile(beside, await decodeToWav(packets), { flag: "wx" });
    await rename(beside, path);
    return undefined;
  } catch (thrown) {
    await Promise.all([rm(beside, { force: true }), rm(path, { force: true })]).catch(() => {});
    return explain(file, thrown);
  }
}

function explain(file: string, thrown: unknown): Sentence {
  switch (systemCode(thrown)) {
    case "EEXIST":
      return {
        code: "file-exists",
        message: `${file} is there already and stays as it is: choose another name.`,
      };
    case "ENOENT":
    case "ENOTDIR":
      return { code: "save-failed", message: `${file} cannot be written: there is no such folder.` };
    case "EISDIR":
      return { code: "save-failed", message: `${file} is a folder: name a file in it.` };
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return { code: "save-failed", message: `${file} cannot be written: you may not write there.` };
    case "ENOSPC":
    case "EDQUOT":
      return { code: "save-failed", message: `${file} cannot be written: there is no room left.` };
    default:
      return { code: "save-failed", message: `${file} cannot be written (${sentenceOf(thrown)}).` };
  }
}
