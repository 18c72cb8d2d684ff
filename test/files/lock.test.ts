/** Tests the lock that keeps programs apart. Locks of one process exclude each other, too. */
import { expect, test } from "bun:test";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { lockFile, waitForLock } from "../../lib/files/lock.ts";
import { makeFolder } from "../support/folder.ts";

const folder = makeFolder();

test("a lock excludes others until it is released, and nothing is written to its file", async () => {
  const path = join(folder, "a.lock");
  const lock = lockFile(path, 0);
  expect(lock).toBeDefined();
  expect(lockFile(path, 0)).toBeUndefined();
  expect(await waitForLock(path, 0)).toBeUndefined();
  lock?.[Symbol.dispose]();
  using _again = await waitForLock(path, 0);
  expect(_again).toBeDefined();
  expect((await stat(path)).size).toBe(0);
});

test("a lock that is waited for comes when the other one is released", async () => {
  const path = join(folder, "b.lock");
  const first = lockFile(path, 0);
  const waiting = waitForLock(path, 60_000);
  first?.[Symbol.dispose]();
  using second = await waiting;
  expect(second).toBeDefined();
});

test("a file that cannot be locked is an error with its path", async () => {
  const path = join(folder, "c.lock");
  await mkdir(path);
  expect(() => lockFile(path, 0)).toThrow(expect.objectContaining({ path }));
});
