/** Reads text files that people write: never more than a bound, and only UTF-8. */
import type { FileHandle } from "node:fs/promises";
import { UnusableFile } from "./file-problem.ts";

/**
 * The bytes of an open file, pipe or device up to its end.
 * @throws {UnusableFile} when there are more than `bytesMax`.
 */
export async function readBytes(file: FileHandle, path: string, bytesMax: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(bytesMax + 1);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) return bytes.subarray(0, length);
    length += bytesRead;
  }
  throw new UnusableFile(path, `has more than ${bytesMax} bytes`);
}

/**
 * The text of these bytes, without a byte order mark.
 * @throws {UnusableFile} when they are not UTF-8: a wrong guess would make another text of them.
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) throw new UnusableFile(path, "is in UTF-16; save it as UTF-8");
  // UTF-16 without a byte order mark, or no text at all.
  if (bytes.includes(0)) throw new UnusableFile(path, "has NUL characters; save it as UTF-8");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UnusableFile(path, "is not in UTF-8, perhaps in Latin-1; save it as UTF-8");
  }
}
