/** The data folder: its owner's alone, and one server's at a time. */
import { expect, test } from "bun:test";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeDataFolder } from "../../../lib/server/storage/data-folder.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();

test("is made where there is none, readable by its owner only", async () => {
  const folder = join(parent, "new", "deep");
  using _taken = await takeDataFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual(["server.lock"]);
});

test("is taken by one of those that try at once, and free again after it", async () => {
  const folder = join(parent, "crowded");
  const tries = await Promise.allSettled(Array.from({ length: 4 }, () => takeDataFolder(folder)));
  const taken = tries.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const refused = tries.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  expect(taken).toHaveLength(1);
  expect(refused).toHaveLength(3);
  for (const failure of refused) {
    expect(failure).toMatchObject({ code: "data-folder-in-use", status: 2 });
    expect(failure.message).toContain(folder);
  }
  taken[0]?.[Symbol.dispose]();
  using _again = await takeDataFolder(folder);
});

test("that cannot be one is refused, naming it", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const folder = join(file, "under-a-file");
  await expect(takeDataFolder(folder)).rejects.toMatchObject({
    code: "data-folder",
    status: 1,
    message: expect.stringContaining(folder),
  });
});

test("in which others can write is refused; one that they can read is not, and its lock is not theirs to take", async () => {
  const folder = join(parent, "shared");
  await mkdir(folder);
  await writeFile(join(folder, "server.lock"), "");
  await chmod(folder, 0o777);
  await expect(takeDataFolder(folder)).rejects.toMatchObject({ code: "not-private", status: 1 });
  await chmod(folder, 0o755);
  using _taken = await takeDataFolder(folder);
  expect((await stat(join(folder, "server.lock"))).mode & 0o777).toBe(0o600);
});
