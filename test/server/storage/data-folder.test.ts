/** Tests that the data folder is private to its owner, and used by one server at a time. */
import { expect, test } from "bun:test";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { takeDataFolder } from "../../../lib/server/storage/data-folder.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();

test("a data folder that does not exist is made, readable by its owner only", async () => {
  const folder = join(parent, "new", "deep");
  using _taken = await takeDataFolder(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual(["server.lock"]);
});

test("one of several servers that start at once gets the data folder, and releases it at its end", async () => {
  const folder = join(parent, "crowded");
  const attempts = await Promise.allSettled(Array.from({ length: 4 }, () => takeDataFolder(folder)));
  const taken = attempts.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const refused = attempts.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  expect(taken).toHaveLength(1);
  expect(refused).toHaveLength(3);
  for (const failure of refused) {
    expect(failure).toMatchObject({ code: "data-folder-in-use", status: 2 });
    expect(failure.message).toContain(folder);
  }
  taken[0]?.[Symbol.dispose]();
  using _again = await takeDataFolder(folder);
});

test("a path that cannot be a data folder is refused with its name", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const folder = join(file, "under-a-file");
  await expect(takeDataFolder(folder)).rejects.toMatchObject({
    code: "data-folder",
    status: 1,
    message: expect.stringContaining(folder),
  });
});

test("a data folder in which others can write is refused; one they can read is taken with a private lock", async () => {
  const folder = join(parent, "shared");
  await mkdir(folder);
  await writeFile(join(folder, "server.lock"), "");
  await chmod(folder, 0o777);
  await expect(takeDataFolder(folder)).rejects.toMatchObject({ code: "not-private", status: 1 });
  await chmod(folder, 0o755);
  using _taken = await takeDataFolder(folder);
  expect((await stat(join(folder, "server.lock"))).mode & 0o777).toBe(0o600);
});
