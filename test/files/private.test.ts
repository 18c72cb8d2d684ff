/** What is its owner's alone is made so, whatever the umask is, and refused where others could have got at it. */
import { afterEach, describe, expect, test } from "bun:test";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keepPrivate, makePrivateFolder, readPrivate, writePrivate } from "../../lib/files/private.ts";
import { makeFolder } from "../support/folder.ts";

const parent = makeFolder();
let made = 0;
const usual = process.umask();
afterEach(() => process.umask(usual));

/** A folder of this mode, and a file in it. */
async function place(mode = 0o700): Promise<{ folder: string; path: string }> {
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
  test("what is made is its owner's, and nobody else's", async () => {
    const { folder, path } = await place();
    process.umask(umask);
    await makePrivateFolder(join(folder, "new"));
    await writePrivate(path, "text");
    await keepPrivate(join(folder, "new", "empty"));
    expect(await modeOf(join(folder, "new"))).toBe("700");
    expect(await modeOf(path)).toBe("600");
    expect(await modeOf(join(folder, "new", "empty"))).toBe("600");
    expect(await readPrivate(path, "keep-out")).toBe("text");
  });
});

describe("a folder that is there", () => {
  test.each([0o700, 0o755, 0o775, 0o777])(
    "of mode %o is closed to others while it is empty",
    async (mode) => {
      const { folder } = await place(mode);
      await makePrivateFolder(folder);
      expect(await modeOf(folder)).toBe("700");
    },
  );

  test("in which others can only read stays as it is", async () => {
    const { folder, path } = await place(0o755);
    await put(path, 0o600);
    await makePrivateFolder(folder);
    expect(await modeOf(folder)).toBe("755");
    expect(await readPrivate(path, "keep-out")).toBe("text");
  });

  test.each([0o770, 0o775, 0o707, 0o1777])("in which others can write (%o) is refused", async (mode) => {
    const { folder, path } = await place(mode);
    await put(path, 0o600);
    const refused = notPrivate(folder, "chmod 700");
    await expect(makePrivateFolder(folder)).rejects.toMatchObject(refused);
    // They could have put another file in its place.
    await expect(readPrivate(path, "may-read")).rejects.toMatchObject(refused);
  });
});

describe("a file that is there", () => {
  test.each([
    [0o600, "read", "read"],
    [0o400, "read", "read"],
    [0o640, "refused", "read"],
    [0o604, "refused", "read"],
    [0o620, "refused", "refused"],
    [0o602, "refused", "refused"],
    [0o610, "refused", "read"],
    [0o666, "refused", "refused"],
  ])("of mode %o: as a secret %s, else %s", async (mode, asSecret, else_) => {
    const { path } = await place();
    await put(path, mode);
    for (const [others, expected] of [
      ["keep-out", asSecret],
      ["may-read", else_],
    ] as const) {
      if (expected === "read") expect(await readPrivate(path, others)).toBe("text");
      else await expect(readPrivate(path, others)).rejects.toMatchObject(notPrivate(path, "chmod 600"));
    }
    expect(await modeOf(path)).toBe(mode.toString(8));
  });

  test("is closed to others, and keeps what is in it", async () => {
    const { path } = await place();
    await put(path, 0o666);
    await keepPrivate(path);
    expect(await modeOf(path)).toBe("600");
    expect(await readFile(path, "utf8")).toBe("text");
  });

  test("is not written over", async () => {
    const { path } = await place();
    await put(path, 0o600);
    await expect(writePrivate(path, "other")).rejects.toMatchObject({ code: "EEXIST" });
    expect(await readFile(path, "utf8")).toBe("text");
  });
});

test("a file that is not there is nothing", async () => {
  const { path } = await place();
  expect(await readPrivate(path, "keep-out")).toBeUndefined();
});
