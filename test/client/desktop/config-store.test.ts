/** Tests the files of the client, also when they are damaged or unreadable. */
import { beforeEach, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { chmod, mkdir, readdir, readFile, rename, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../../lib/base/failure.ts";
import type { Store } from "../../../lib/client/desktop/config-store.ts";
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
/** What was reported; each sentence ends nothing. */
let reports: string[] = [];
beforeEach(() => {
  reports = [];
});

function open(path: string, machine?: string): Store {
  return openStore({ path }, (sentence) => reports.push(sentence), machine);
}

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
  const store = open(join(parent, "untouched"));
  expect(await store.knownServers()).toEqual({});
  expect(await store.lastName()).toBeUndefined();
  expect(await readdir(parent)).not.toContain("untouched");
});

test("stored values are read again, from files that only their owner can read", async () => {
  const folder = join(parent, "new", "deep");
  await open(folder).changeKnownServers(() => known);
  await open(folder).keepLastName("陈伟");
  expect(await open(folder).knownServers()).toEqual(known);
  expect(await open(folder).lastName()).toBe("陈伟");
  expect((await readdir(folder)).sort()).toEqual(["client.lock", "known-servers.json", "settings.json"]);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, "known-servers.json"))).mode & 0o777).toBe(0o600);
});

test.each(["", "{", "null", '{"room:Lab 3":"abc"}', '{"room:Lab 3":[7]}'])(
  "known servers that are damaged are a failure, not an empty list: %j",
  async (text) => {
    const folder = join(parent, "damaged");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "known-servers.json"), text);
    await expect(open(folder).knownServers()).rejects.toMatchObject({
      code: "store-damaged",
      status: 1,
    });
  },
);

test("known servers that cannot be read are a failure, not an empty list", async () => {
  const folder = join(parent, "unreadable");
  await mkdir(join(folder, "known-servers.json"), { recursive: true });
  await expect(open(folder).knownServers()).rejects.toMatchObject({
    code: "store-unreadable",
    status: 1,
    message: `${join(folder, "known-servers.json")} cannot be read (it is a folder).`,
  });
});

test.each(["{", "null", '{"name":7}', '{"name":"al","devices":{"desk":{"input":7}}}'])(
  "damaged settings are reported once, and stay as they are: %s",
  async (text) => {
    const folder = await withSettings(text);
    const store = open(folder, "desk");
    expect(await store.lastName()).toBeUndefined();
    expect(await store.devices()).toEqual({});
    await store.keepLastName("bob");
    expect(reports).toEqual([
      `${join(folder, "settings.json")} is damaged. Repair it or move it away: until then, your name and your devices are not remembered.`,
    ]);
    expect(await readFile(join(folder, "settings.json"), "utf8")).toBe(text);
  },
);

test("devices are remembered for each machine that shares the folder", async () => {
  const folder = join(parent, "shared");
  const desk = open(folder, "desk");
  expect(await desk.devices()).toEqual({});
  await desk.changeDevices(() => ({ input: "USB", output: "HDMI" }));
  await open(folder, "laptop").changeDevices(() => ({ output: "Kopfhörer" }));
  expect(await open(folder, "desk").devices()).toEqual({ input: "USB", output: "HDMI" });
  expect(await open(folder, "laptop").devices()).toEqual({ output: "Kopfhörer" });
  await desk.changeDevices(() => ({ output: "HDMI" }));
  expect(await open(folder, "desk").devices()).toEqual({ output: "HDMI" });
});

test("a name and devices that are stored at the same time are both stored", async () => {
  const folder = join(parent, "together");
  const store = open(folder, "desk");
  await Promise.all([store.keepLastName("alice"), store.changeDevices(() => ({ input: "USB" }))]);
  expect(await open(folder, "desk").lastName()).toBe("alice");
  expect(await open(folder, "desk").devices()).toEqual({ input: "USB" });
});

test("settings of an older version are read, and fields of a newer version stay", async () => {
  const older = await withSettings('{"name":"alice"}');
  expect(await open(older, "desk").devices()).toEqual({});
  expect(await open(older, "desk").lastName()).toBe("alice");
  const newer = await withSettings('{"name":"alice","theme":"dark","devices":{"laptop":{"input":"USB"}}}');
  await open(newer, "desk").changeDevices(() => ({ input: "Webcam" }));
  expect(JSON.parse(await readFile(join(newer, "settings.json"), "utf8"))).toEqual({
    name: "alice",
    theme: "dark",
    devices: { laptop: { input: "USB" }, desk: { input: "Webcam" } },
  });
});

test("a folder that cannot be created is reported once, and then nothing is remembered", async () => {
  const file = join(parent, "file");
  await writeFile(file, "");
  const folder = join(file, "under-a-file");
  const store = open(folder);
  await store.check();
  await store.changeKnownServers(() => known);
  await store.keepLastName("alice");
  await store.changeDevices(() => ({ input: "USB" }));
  await store.keepReadMarker("h1", 7);
  const [one, other] = [await store.key(), await store.key()];
  expect([one.isKept, other.isKept]).toEqual([false, false]);
  expect(one.pem).not.toBe(other.pem);
  expect([await store.knownServers(), await store.lastName(), await store.devices()]).toEqual([
    {},
    undefined,
    {},
  ]);
  expect(reports).toEqual([
    `${folder} cannot be written (${file} is a file, not a folder). Nothing is remembered, and you are a guest.`,
  ]);
});

test("no folder at all is reported, and then nothing is remembered", async () => {
  const store = openStore({ problem: "There is no home folder." }, (sentence) => reports.push(sentence));
  await store.check();
  await store.changeKnownServers(() => known);
  await store.keepLastName("alice");
  expect((await store.key()).isKept).toBe(false);
  expect(await store.knownServers()).toEqual({});
  expect(reports).toEqual(["There is no home folder. Nothing is remembered, and you are a guest."]);
});

test("a folder in another place than asked for is reported with its place", async () => {
  const folder = join(parent, "elsewhere");
  const store = openStore({ path: folder, problem: "XDG_CONFIG_HOME is ignored." }, (sentence) =>
    reports.push(sentence),
  );
  await store.check();
  expect(reports).toEqual([`XDG_CONFIG_HOME is ignored. Your files are in ${folder}.`]);
});

test("the check of a folder that can be written reports nothing, and leaves no file but the lock", async () => {
  const folder = join(parent, "checked");
  await open(folder).check();
  expect(reports).toEqual([]);
  expect(await readdir(folder)).toEqual(["client.lock"]);
});

test("clients that change a file at the same time lose nothing", async () => {
  const folder = join(parent, "at-once");
  const count = 20;
  const clients = Array.from({ length: count }, (_, index) => ({ index, store: open(folder, `m${index}`) }));
  await Promise.all(
    clients.flatMap(({ index, store }) => [
      store.changeKnownServers((before) => ({ ...before, [`server:${index}`]: ["abc"] })),
      store.keepReadMarker(`h${index}`, index),
      store.changeDevices(() => ({ input: `USB ${index}` })),
      store.key(),
    ]),
  );
  const store = open(folder, "m7");
  expect(Object.keys(await store.knownServers())).toHaveLength(count);
  expect(Object.keys(await store.readMarkers())).toHaveLength(count);
  expect(await store.devices()).toEqual({ input: "USB 7" });
  const keys = await Promise.all(clients.map(({ store }) => store.key()));
  expect(new Set(keys.map(({ pem }) => pem)).size).toBe(1);
  expect((await readdir(folder)).sort()).toEqual([
    "client.lock",
    "key.pem",
    "known-servers.json",
    "seen.json",
    "settings.json",
  ]);
});

test("a change that throws changes nothing", async () => {
  const folder = join(parent, "refused");
  const store = open(folder);
  await store.changeKnownServers(() => known);
  const refusal = new Failure("identity-changed", 5, "");
  const changing = store.changeKnownServers(() => {
    throw refusal;
  });
  await expect(changing).rejects.toBe(refusal);
  expect(await store.knownServers()).toEqual(known);
});

test("what a killed client left half written is removed with the next change", async () => {
  const folder = join(parent, "killed");
  const store = open(folder);
  await store.keepLastName("alice");
  await writeFile(join(folder, "known-servers.json.4f1d.holler-new"), "{");
  await store.keepLastName("bob");
  expect((await readdir(folder)).sort()).toEqual(["client.lock", "settings.json"]);
});

test.each(["key.pem", "known-servers.json"])(
  "%s that is a symbolic link to nothing is a failure, because what it had is out of reach",
  async (name) => {
    const folder = join(parent, `link-${name}`);
    const store = open(folder);
    await Promise.all([store.key(), store.changeKnownServers(() => known)]);
    const target = join(parent, `unplugged-${name}`);
    await rename(join(folder, name), target);
    await symlink(target, join(folder, name));
    expect(await store.knownServers()).toEqual(known);
    expect((await store.key()).isKept).toBe(true);
    await rename(target, `${target}.gone`);
    const reading = name === "key.pem" ? store.key() : store.knownServers();
    await expect(reading).rejects.toMatchObject({
      code: "store-unreadable",
      message: `${join(folder, name)} cannot be read (it is a symbolic link to ${target}, which does not exist).`,
    });
  },
);

test("a symbolic link to known servers stays a link when they change", async () => {
  const folder = join(parent, "linked");
  const elsewhere = join(parent, "dotfiles.json");
  await mkdir(folder);
  await writeFile(elsewhere, "{}");
  await symlink(elsewhere, join(folder, "known-servers.json"));
  await open(folder).changeKnownServers(() => known);
  expect(JSON.parse(await readFile(elsewhere, "utf8"))).toEqual(known);
});

test("the key is made once, in a file that only its owner can read", async () => {
  const folder = join(parent, "keys");
  const first = await open(folder).key();
  expect(first.isKept).toBe(true);
  expect(signHello(first.pem, noChannelBinding).key).toMatch(/^[\w-]{43}$/);
  expect(await open(folder).key()).toEqual(first);
  expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600);
});

test.each(["", "key", rsaKey])("a damaged key is not replaced: %.20p", async (text) => {
  const folder = join(parent, "damaged-key");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "key.pem"), text, { mode: 0o600 });
  await expect(open(folder).key()).rejects.toMatchObject({ code: "key-damaged", status: 1 });
  expect(await readFile(join(folder, "key.pem"), "utf8")).toBe(text);
});

test("read markers are stored for each history, never move back, and the oldest are dropped", async () => {
  const folder = join(parent, "seen");
  const store = open(folder);
  expect(await store.readMarkers()).toEqual({});
  await store.keepReadMarker("h1", 5);
  await store.keepReadMarker("h2", 7);
  await store.keepReadMarker("h1", 4);
  expect(await open(folder).readMarkers()).toEqual({ h1: 5, h2: 7 });
  for (let history = 3; history <= 110; history += 1) await store.keepReadMarker(`h${history}`, 1);
  const kept = Object.keys(await store.readMarkers());
  expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, "h11", "h110"]);
  await writeFile(join(folder, "seen.json"), "{");
  expect(await store.readMarkers()).toEqual({});
  await store.keepReadMarker("h7", 7);
  expect(await store.readMarkers()).toEqual({ h7: 7 });
  expect(reports).toEqual([
    `${join(folder, "seen.json")} is damaged. It is written anew, but what you read before is not known.`,
  ]);
});

test("a key that other users can read, and settings that they can write, are refused", async () => {
  const folder = join(parent, "open");
  const store = open(folder);
  await store.key();
  await store.changeKnownServers(() => known);
  await store.keepLastName("alice");
  const refused = { code: "not-private", status: 1 };
  const setMode = async (name: string, mode: number) => chmod(join(folder, name), mode);
  await setMode("key.pem", 0o644);
  await expect(store.key()).rejects.toMatchObject(refused);
  await setMode("known-servers.json", 0o644);
  expect(await store.knownServers()).toEqual(known);
  await setMode("known-servers.json", 0o664);
  await expect(store.knownServers()).rejects.toMatchObject(refused);
  await setMode("settings.json", 0o666);
  await expect(store.lastName()).rejects.toMatchObject(refused);
  await chmod(folder, 0o777);
  await expect(store.changeKnownServers(() => known)).rejects.toMatchObject(refused);
  // A chat that runs meanwhile goes on.
  await store.keepReadMarker("h1", 7);
  expect(reports).toHaveLength(1);
  expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o644);
});
