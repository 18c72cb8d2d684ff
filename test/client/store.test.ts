/** What the client keeps, and what it does when that is damaged. */
import { expect, test } from "bun:test";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "../../lib/client/store.ts";
import { makeFolder } from "../support/folder.ts";

const parent = makeFolder();
const known = { "room:Lab 3": ["abc"], "server:lab:4050": ["def", "ghi"] };

test("nothing is kept at first, and nothing made by looking", async () => {
  const store = openStore(join(parent, "untouched"));
  expect(await store.knownServers()).toEqual({});
  expect(await store.lastName()).toBeUndefined();
  expect(await readdir(parent)).not.toContain("untouched");
});

test("what is kept is there again, for its owner alone", async () => {
  const folder = join(parent, "new", "deep");
  await openStore(folder).keepKnownServers(known);
  await openStore(folder).keepLastName("陈伟");
  expect(await openStore(folder).knownServers()).toEqual(known);
  expect(await openStore(folder).lastName()).toBe("陈伟");
  expect((await readdir(folder)).sort()).toEqual(["known-servers.json", "settings.json"]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "known-servers.json"))).mode & 0o777).toBe(0o600);
});

test.each(["", "{", "null", '{"room:Lab 3":"abc"}', '{"room:Lab 3":[7]}'])(
  "damaged servers are never taken for none: %j",
  async (text) => {
    const folder = join(parent, "damaged");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "known-servers.json"), text);
    await expect(openStore(folder).knownServers()).rejects.toMatchObject({
      code: "store-damaged",
      status: 1,
    });
  },
);

test("servers that cannot be read are never taken for none", async () => {
  const folder = join(parent, "unreadable");
  await mkdir(join(folder, "known-servers.json"), { recursive: true });
  await expect(openStore(folder).knownServers()).rejects.toMatchObject({ code: "store-damaged" });
});

test("a damaged name is no name", async () => {
  const folder = join(parent, "settings");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "settings.json"), "{");
  expect(await openStore(folder).lastName()).toBeUndefined();
});

test("a folder that cannot be is a failure for servers, and no matter for the name", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const store = openStore(join(file, "under-a-file"));
  await expect(store.keepKnownServers(known)).rejects.toMatchObject({ code: "store-failed", status: 1 });
  await store.keepLastName("alice");
});

test("what could not be put in its place leaves nothing behind", async () => {
  const folder = join(parent, "occupied");
  await mkdir(join(folder, "known-servers.json"), { recursive: true });
  await expect(openStore(folder).keepKnownServers(known)).rejects.toMatchObject({ code: "store-failed" });
  expect(await readdir(folder)).toEqual(["known-servers.json"]);
});
