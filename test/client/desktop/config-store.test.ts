/** Tests the files of the client, also when they are damaged or unreadable. */
import { expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openStore } from "../../../lib/client/desktop/config-store.ts";
import { signHello } from "../../../lib/client/desktop/key-pair.ts";
import { noChannelBinding } from "../../../lib/protocol/channel-binding.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();
let folders = 0;
const rsaKey = generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const known = { "room:Lab 3": ["abc"], "server:lab:4050": ["def", "ghi"] };

/** A folder with these settings in it. */
async function withSettings(text: string): Promise<string> {
  folders += 1;
  const folder = join(parent, `settings-${folders}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "settings.json"), text);
  return folder;
}

test("reading an empty store creates no folder", async () => {
  const store = openStore(join(parent, "untouched"));
  expect(await store.knownServers()).toEqual({});
  expect(await store.lastName()).toBeUndefined();
  expect(await readdir(parent)).not.toContain("untouched");
});

test("stored values are read again, from files that only their owner can read", async () => {
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
  "known servers that are damaged are a failure, not an empty list: %j",
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

test("known servers that cannot be read are a failure, not an empty list", async () => {
  const folder = join(parent, "unreadable");
  await mkdir(join(folder, "known-servers.json"), { recursive: true });
  await expect(openStore(folder).knownServers()).rejects.toMatchObject({ code: "store-damaged" });
});

test.each(["{", "[]", '{"name":7}', '{"name":"al","devices":{"desk":{"input":7}}}'])(
  "damaged settings are none: %s",
  async (text) => {
    const folder = await withSettings(text);
    expect(await openStore(folder, "desk").lastName()).toBeUndefined();
    expect(await openStore(folder, "desk").devices()).toEqual({});
  },
);

test("devices are remembered for each machine that shares the folder", async () => {
  const folder = join(parent, "shared");
  const desk = openStore(folder, "desk");
  expect(await desk.devices()).toEqual({});
  await desk.keepDevices({ input: "USB", output: "HDMI" });
  await openStore(folder, "laptop").keepDevices({ output: "Kopfhörer" });
  expect(await openStore(folder, "desk").devices()).toEqual({ input: "USB", output: "HDMI" });
  expect(await openStore(folder, "laptop").devices()).toEqual({ output: "Kopfhörer" });
  await desk.keepDevices({ output: "HDMI" });
  expect(await openStore(folder, "desk").devices()).toEqual({ output: "HDMI" });
});

test("a name and devices that are stored at the same time are both stored", async () => {
  const folder = join(parent, "together");
  const store = openStore(folder, "desk");
  await Promise.all([store.keepLastName("alice"), store.keepDevices({ input: "USB" })]);
  expect(await openStore(folder, "desk").lastName()).toBe("alice");
  expect(await openStore(folder, "desk").devices()).toEqual({ input: "USB" });
});

test("settings of an older version are read, and fields of a newer version stay", async () => {
  const older = await withSettings('{"name":"alice"}');
  expect(await openStore(older, "desk").devices()).toEqual({});
  expect(await openStore(older, "desk").lastName()).toBe("alice");
  const newer = await withSettings('{"name":"alice","theme":"dark","devices":{"laptop":{"input":"USB"}}}');
  await openStore(newer, "desk").keepDevices({ input: "Webcam" });
  expect(JSON.parse(await readFile(join(newer, "settings.json"), "utf8"))).toEqual({
    name: "alice",
    theme: "dark",
    devices: { laptop: { input: "USB" }, desk: { input: "Webcam" } },
  });
});

test("a folder that cannot be created is a failure for known servers, and not for name and devices", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const store = openStore(join(file, "under-a-file"));
  await expect(store.keepKnownServers(known)).rejects.toMatchObject({ code: "store-failed", status: 1 });
  await store.keepLastName("alice");
  await store.keepDevices({ input: "USB" });
  expect(await store.devices()).toEqual({});
});

test("no temporary file stays when the rename fails", async () => {
  const folder = join(parent, "occupied");
  await mkdir(join(folder, "known-servers.json"), { recursive: true });
  await expect(openStore(folder).keepKnownServers(known)).rejects.toMatchObject({ code: "store-failed" });
  expect(await readdir(folder)).toEqual(["known-servers.json"]);
});

test("the key is made once, in a file that only its owner can read", async () => {
  const folder = join(parent, "keys");
  const first = await openStore(folder).key();
  expect(first.isKept).toBe(true);
  expect(signHello(first.pem, noChannelBinding).key).toMatch(/^[\w-]{43}$/);
  expect(await openStore(folder).key()).toEqual(first);
  expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600);
});

test("each call makes another key where none can be stored", async () => {
  await writeFile(join(parent, "no-folder"), "");
  const store = openStore(join(parent, "no-folder"));
  const [one, other] = [await store.key(), await store.key()];
  expect([one.isKept, other.isKept]).toEqual([false, false]);
  expect(one.pem).not.toBe(other.pem);
});

test.each(["", "key", rsaKey])("a damaged key is not replaced: %.20p", async (text) => {
  const folder = join(parent, "damaged-key");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "key.pem"), text, { mode: 0o600 });
  await expect(openStore(folder).key()).rejects.toMatchObject({ code: "key-damaged", status: 1 });
  expect(await readFile(join(folder, "key.pem"), "utf8")).toBe(text);
});

test("read markers are stored for each history, never move back, and the oldest are dropped", async () => {
  const folder = join(parent, "seen");
  const store = openStore(folder);
  expect(await store.readMarkers()).toEqual({});
  await store.keepReadMarker("h1", 5);
  await store.keepReadMarker("h2", 7);
  await store.keepReadMarker("h1", 4);
  expect(await openStore(folder).readMarkers()).toEqual({ h1: 5, h2: 7 });
  for (let history = 3; history <= 110; history += 1) await store.keepReadMarker(`h${history}`, 1);
  const kept = Object.keys(await store.readMarkers());
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, "h11", "h110"]);
  await writeFile(join(folder, "seen.json"), "{");
  expect(await store.readMarkers()).toEqual({});
});

test("a key that other users can read, and settings that they can write, are refused", async () => {
  const folder = join(parent, "open");
  const store = openStore(folder);
  await store.key();
  await store.keepKnownServers(known);
  await store.keepLastName("alice");
  const refused = { code: "not-private", status: 1 };
  const open = async (name: string, mode: number) => chmod(join(folder, name), mode);
  await open("key.pem", 0o644);
  await expect(store.key()).rejects.toMatchObject(refused);
  await open("known-servers.json", 0o644);
  expect(await store.knownServers()).toEqual(known);
  await open("known-servers.json", 0o664);
  await expect(store.knownServers()).rejects.toMatchObject(refused);
  await open("settings.json", 0o666);
  await expect(store.lastName()).rejects.toMatchObject(refused);
  await chmod(folder, 0o777);
  await expect(store.keepKnownServers(known)).rejects.toMatchObject(refused);
  expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o644);
});
