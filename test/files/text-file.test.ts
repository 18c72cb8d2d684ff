/** Tests that text files are read within a bound, and only in UTF-8. */
import { describe, expect, test } from "bun:test";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeText, readBytes } from "../../lib/files/text-file.ts";
import { makeFolder } from "../support/folder.ts";

const folder = makeFolder();
const path = "/data/passphrase";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a text", () => {
  test.each([
    ["plain", bytes("loyal afford\r\n"), "loyal afford\r\n"],
    ["after a byte order mark of UTF-8", bytes("\ufeffcafé"), "café"],
    ["of no bytes", new Uint8Array(), ""],
  ])("%s is decoded", (_, content, text) => {
    expect(decodeText(content, path)).toBe(text);
  });

  test.each([
    ["UTF-16, little-endian", Buffer.from("\ufeffcafé", "utf16le"), "is in UTF-16; save it as UTF-8"],
    ["UTF-16, big-endian", Buffer.from("\ufeffcafé", "utf16le").swap16(), "is in UTF-16; save it as UTF-8"],
    [
      "UTF-16 without a byte order mark",
      Buffer.from("cafe", "utf16le"),
      "has NUL characters; save it as UTF-8",
    ],
    ["Latin-1", Buffer.from("café", "latin1"), "is not in UTF-8, perhaps in Latin-1; save it as UTF-8"],
    [
      "a part of a character",
      bytes("é").subarray(0, 1),
      "is not in UTF-8, perhaps in Latin-1; save it as UTF-8",
    ],
  ])("in %s is refused with the reason", (_, content, what) => {
    expect(() => decodeText(content, path)).toThrow(expect.objectContaining({ path, what }));
  });
});

test("a file is read up to the bound, and refused one byte later", async () => {
  const file = join(folder, "ten");
  await writeFile(file, "0123456789");
  for (const [bytesMax, outcome] of [
    [10, 10],
    [9, "has more than 9 bytes"],
  ] as const) {
    const handle = await open(file);
    const read = readBytes(handle, file, bytesMax).then(
      ({ length }) => length,
      (thrown) => thrown.what,
    );
    expect(await read).toBe(outcome);
    await handle.close();
  }
});
