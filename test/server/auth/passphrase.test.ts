/** Tests where the passphrase of a room comes from. */
import { afterAll, expect, test } from "bun:test";
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { words } from "../../../lib/protocol/word-list.ts";
import { findPassphrase } from "../../../lib/server/auth/passphrase.ts";

const parent = await mkdtemp(join(tmpdir(), "holler-passphrase-"));
afterAll(() => rm(parent, { recursive: true, force: true }));
let folders = 0;

async function folder(): Promise<string> {
  folders += 1;
  return mkdtemp(join(parent, `${folders}-`));
}

async function file(text: string | Uint8Array, mode = 0o600): Promise<string> {
  const path = join(await folder(), "given");
  await writeFile(path, text, { mode });
  await chmod(path, mode);
  return path;
}

test("a room without a passphrase has none", async () => {
  expect(await findPassphrase(await folder(), { isNew: false })).toBeUndefined();
});

test("a new passphrase is four words of the list, private to its owner, and used from then on", async () => {
  const data = await folder();
  const made = await findPassphrase(data, { isNew: true });
  expect(made?.passphrase.split(" ").map((word) => words.includes(word))).toEqual([true, true, true, true]);
  const path = join(data, "passphrase");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await findPassphrase(data, { isNew: false })).toEqual({
    passphrase: made?.passphrase ?? "",
    from: path,
  });
  const next = await findPassphrase(data, { isNew: true });
  expect(next?.passphrase).not.toBe(made?.passphrase);
  expect(await readFile(path, "utf8")).toBe(`${next?.passphrase}\n`);
});

test("a given passphrase precedes the kept one, and a file precedes the environment", async () => {
  const data = await folder();
  await findPassphrase(data, { isNew: true });
  expect((await findPassphrase(data, { isNew: false, given: "from outside" }))?.passphrase).toBe(
    "from outside",
  );
  const path = await file("from a file\n");
  const found = await findPassphrase(data, { isNew: false, given: "from outside", file: path });
  expect(found).toEqual({ passphrase: "from a file", from: path });
});

test("blanks and the encoding of a character make no difference in a passphrase", async () => {
  const found = await findPassphrase(await folder(), { isNew: false, given: " caf\u0065\u0301 \t ﬁne\n" });
  expect(found?.passphrase).toBe("café fine");
});

test.each<[string, () => Promise<string>, string]>([
  ["that is not there", async () => join(await folder(), "nothing"), "cannot be read (it does not exist)."],
  ["that is a folder", folder, "cannot be read (it is a folder)."],
  ["that is empty", () => file(" \n"), "cannot be used (it is empty)."],
  ["that is far too long", () => file("x".repeat(201)), "cannot be used (it has more than 200 characters)."],
  ["that is huge", () => file("x".repeat(5_000)), "cannot be read (it has more than 4096 bytes)."],
  [
    "in UTF-16",
    () => file(Buffer.from("\ufeffloyal afford", "utf16le")),
    "cannot be read (it is in UTF-16; save it as UTF-8).",
  ],
  [
    "in Latin-1",
    () => file(Buffer.from("café", "latin1")),
    "cannot be read (it is not in UTF-8, perhaps in Latin-1; save it as UTF-8).",
  ],
  [
    "with a NUL character",
    () => file("loyal\0afford"),
    "cannot be read (it has NUL characters; save it as UTF-8).",
  ],
])("a passphrase file %s is refused in one sentence", async (_, make, sentence) => {
  const path = await make();
  const refused = { code: "passphrase", status: 2, message: `${path} ${sentence}` };
  const named = findPassphrase(await folder(), { isNew: false, file: path });
  await expect(named).rejects.toMatchObject(refused);
});

test("a byte order mark of UTF-8 and the line ends of Windows are no part of a passphrase", async () => {
  const path = await file("\ufeffloyal afford\r\n");
  const found = await findPassphrase(await folder(), { isNew: false, file: path });
  expect(found).toEqual({ passphrase: "loyal afford", from: path });
});

test("a kept passphrase that is out of reach is an error, because the room would be open without it", async () => {
  const data = await folder();
  const path = join(data, "passphrase");
  await symlink(join(data, "unplugged"), path);
  await expect(findPassphrase(data, { isNew: false })).rejects.toMatchObject({
    code: "passphrase",
    status: 1,
    message: `${path} cannot be read (it is a symbolic link to ${join(data, "unplugged")}, which does not exist).`,
  });
});

test("a kept passphrase that other users can read is refused; a given one is used and reported as open", async () => {
  const data = await folder();
  await findPassphrase(data, { isNew: true });
  await chmod(join(data, "passphrase"), 0o644);
  await expect(findPassphrase(data, { isNew: false })).rejects.toMatchObject({ code: "not-private" });
  const path = await file("open secret", 0o644);
  expect(await findPassphrase(data, { isNew: false, file: path })).toEqual({
    passphrase: "open secret",
    from: path,
    isOpen: true,
  });
});
