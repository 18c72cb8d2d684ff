/** Reads a small file that a person named, which may also be a pipe or a device: never without end. */
import { open } from "node:fs/promises";
import { withTimeout } from "../base/timeout.ts";
import { UnusableFile } from "./file-problem.ts";
import { isOpenToOthers } from "./private.ts";
import { decodeText, readBytes } from "./text-file.ts";

export interface GivenFile {
  text: string;
  /** Other users of the machine can read it. */
  isOpen: boolean;
}

/**
 * The text of the file, or of what comes through the pipe within `withinMs` up to its end.
 * @throws {UnusableFile} when it has more than `bytesMax`, or is not UTF-8.
 * @throws {Error} when its end has not come.
 */
export async function readGivenFile(path: string, bytesMax: number, withinMs: number): Promise<GivenFile> {
  return withTimeout(withinMs, read(path, bytesMax), `its end has not come within ${withinMs / 1_000} s`);
}

async function read(path: string, bytesMax: number): Promise<GivenFile> {
  const file = await open(path);
  try {
    const stats = await file.stat();
    if (stats.isDirectory()) throw new UnusableFile(path, "is a folder");
    const text = decodeText(await readBytes(file, path, bytesMax), path);
    // A pipe is not kept.
    return { text, isOpen: stats.isFile() && (await isOpenToOthers(path)) };
  } finally {
    await file.close();
  }
}
