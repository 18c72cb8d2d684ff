/** Private files: created for their owner alone whatever the umask is, and refused when other users have access. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ensurePrivateFile,
  makePrivateFolder,
  probeFolder,
  readPrivate,
  replacePrivate,
  writePrivate,
  writePrivateIfAbsent,
} from "../../lib/files/private.ts";
import { makeFolder } from "../support/folder.ts";

const parent = makeFolder();
let made = 0;
const originalUmask = process.umask();
afterEach(() => process.umask(originalUmask));

/** A folder of this mode, and the path of a file in it. */
async function makePlace(mode = 0o700): Promise<{ folder: string; path: string }> {
  made += 1;
  const folder = join(parent, `${made}`);
  await mkdir(folder);
  await chmod(folder, mode);
  return { folder, path: join(folder, "file") };
}

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

async function put(path: string, mode: number): Promise<void> {
  await writeFile(path, "text");
  await chmod(path, mode);
}

const notPrivate = (path: string, command: string) => ({
  code: "not-private",
  status: 1,
  message: `${path} is open to other users of this machine, who may have changed or read it; close it with: ${command} "${path}"`,
});

describe.each([0o000, 0o022, 0o077, 0o777])("with umask %o", (umask) => {
  test("new files and folders are accessible to their owner only", async () => {
    const { folder, path } = await makePlace();
    process.umask(umask);
    await makePrivateFolder(join(folder, "new"));
    await writePrivate(path, "text");
    await ensurePrivateFile(join(folder, "new", "empty"));
    expect(await modeOf(join(folder, "new"))).toBe("700");
    expect(await modeOf(path)).toBe("600");
    expect(await modeOf(join(folder, "new", "empty"))).toBe("600");
    expect(await readPrivate(path, "keep-out")).toBe("text");
  });
});

describe("an existing folder", () => {
  test.each([0o700, 0o755, 0o775, 0o777])(
    "of mode %o is closed to other users while it is empty",
    async (mode) => {
      const { folder } = await makePlace(mode);
      await makePrivateFolder(folder);
      expect(await modeOf(folder)).toBe("700");
    },
  );

  test("with files, which other users can only read, stays as it is", async () => {
    const { folder, path } = await makePlace(0o755);
    await put(path, 0o600);
    await makePrivateFolder(folder);
    expect(await modeOf(folder)).toBe("755");
    expect(await readPrivate(path, "keep-out")).toBe("text");
  });

  test.each([0o770, 0o775, 0o707, 0o1777])(
    "in which other users can write (mode %o) is refused",
    async (mode) => {
      const { folder, path } = await makePlace(mode);
      await put(path, 0o600);
      const refused = notPrivate(folder, "chmod 700");
      await expect(makePrivateFolder(folder)).rejects.toMatchObject(refused);
      // Another user could have replaced the file.
      await expect(readPrivate(path, "may-read")).rejects.toMatchObject(refused);
    },
  );
});

describe("an existing file", () => {
  test.each([
    [0o600, "read", "read"],
    [0o400, "read", "read"],
    [0o640, "refused", "read"],
    [0o604, "refused", "read"],
    [0o620, "refused", "refused"],
    [0o602, "refused", "refused"],
    [0o610, "refused", "read"],
    [0o666, "refused", "refused"],
  ])(
    "of mode %o is %s as a secret, and %s as a file that others may read",
    async (mode, asSecret, asReadable) => {
      const { path } = await makePlace();
      await put(path, mode);
      for (const [others, expected] of [
        ["keep-out", asSecret],
        ["may-read", asReadable],
      ] as const) {
        if (expected === "read") expect(await readPrivate(path, others)).toBe("text");
        else await expect(readPrivate(path, others)).rejects.toMatchObject(notPrivate(path, "chmod 600"));
      }
      expect(await modeOf(path)).toBe(mode.toString(8));
    },
  );

  test("is closed to other users and keeps its content", async () => {
    const { path } = await makePlace();
    await put(path, 0o666);
    await ensurePrivateFile(path);
    expect(await modeOf(path)).toBe("600");
    expect(await readFile(path, "utf8")).toBe("text");
  });

  test("is not overwritten", async () => {
    const { path } = await makePlace();
    await put(path, 0o600);
    await expect(writePrivate(path, "other")).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(path, "utf8")).toBe("text");
  });
});

test("a file that does not exist reads as undefined", async () => {
  const { path } = await makePlace();
  expect(await readPrivate(path, "keep-out")).toBeUndefined();
});

describe("in the place of a file,", () => {
  test("a folder, a link to nothing and a file that is too large are named as what they are", async () => {
    const { folder, path } = await makePlace();
    await mkdir(join(folder, "folder"));
    await symlink(join(folder, "nothing"), join(folder, "link"));
    await writePrivate(path, "x".repeat(1_000_001));
    for (const [name, what] of [
      ["folder", "is a folder"],
      ["link", `is a symbolic link to ${join(folder, "nothing")}, which does not exist`],
    ] as const) {
      const unusable = { path: join(folder, name), what };
      await expect(readPrivate(join(folder, name), "keep-out")).rejects.toMatchObject(unusable);
      await expect(ensurePrivateFile(join(folder, name))).rejects.toMatchObject(unusable);
    }
    await expect(readPrivate(path, "keep-out")).rejects.toMatchObject({
      what: "has more than 1000000 bytes",
    });
  });

  test("a link to nothing above it is named, and a file in the place of its folder", async () => {
    const { folder, path } = await makePlace();
    const link = join(folder, "link");
    await symlink(join(folder, "nothing"), link);
    await put(path, 0o600);
    const what = `is a symbolic link to ${join(folder, "nothing")}, which does not exist`;
    await expect(readPrivate(join(link, "a", "b"), "keep-out")).rejects.toMatchObject({ path: link, what });
    await expect(makePrivateFolder(link)).rejects.toMatchObject({ path: link, what });
    await expect(makePrivateFolder(path)).rejects.toMatchObject({ path, what: "is a file, not a folder" });
  });
});

test("a file is replaced as a whole, and no other file stays", async () => {
  const { folder, path } = await makePlace();
  for (const text of ["one", "two"]) {
    await replacePrivate(path, text, { isDurable: true });
    expect(await readPrivate(path, "keep-out")).toBe(text);
  }
  expect(await modeOf(path)).toBe("600");
  expect(await readdir(folder)).toEqual(["file"]);
});

test("of files that are created at once, the first one stays", async () => {
  const { folder, path } = await makePlace();
  const texts = await Promise.all(["a", "b", "c", "d"].map((text) => writePrivateIfAbsent(path, text)));
  expect(new Set(texts).size).toBe(1);
  expect(await readPrivate(path, "keep-out")).toBe(texts[0]);
  expect(await readdir(folder)).toEqual(["file"]);
});

test("a probe of a folder leaves nothing, and fails where nothing can be written", async () => {
  const { folder, path } = await makePlace();
  await probeFolder(folder);
  expect(await readdir(folder)).toEqual([]);
  await put(path, 0o600);
  await expect(probeFolder(path)).rejects.toMatchObject({ code: "ENOTDIR" });
});
