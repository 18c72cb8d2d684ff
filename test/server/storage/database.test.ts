/** The file of a room: made private, opened again, and refused without a change when it is not ours or broken. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmod, copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createSqliteClips } from "../../../lib/server/storage/clips.ts";
import { openRoomFile } from "../../../lib/server/storage/database.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteRegistry } from "../../../lib/server/storage/registry.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();
const retention = { days: 7, bytesMax: 1_000_000 };

const tablesOfClips = `
  CREATE TABLE clips (clip INTEGER PRIMARY KEY AUTOINCREMENT, speaker, receiver, at, seconds, frames, bytes);
  CREATE TABLE clip_packets (clip, first, packets);
`;

const tablesOfLines = `
  CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, author, ref, name, receiver, receiver_name, text, at, kept);
  CREATE TABLE people (person, name_key, name, is_present, last_id, kept);
  CREATE TABLE facts (name, value);
  CREATE VIRTUAL TABLE words USING fts5(text);
`;

async function newFolder(): Promise<{ folder: string; path: string }> {
  const folder = join(parent, `${(await readdir(parent)).length}`);
  await mkdir(folder);
  return { folder, path: join(folder, "room.sqlite") };
}

test("is made where there is none, its owner's alone", async () => {
  const { folder, path } = await newFolder();
  using file = await openRoomFile(folder);
  createSqliteClips(file, retention).keep({ clip: 1, from: "a", at: "2026", seconds: 1 }, [
    new Uint8Array(9),
  ]);
  for (const name of await readdir(folder))
    expect((await stat(join(folder, name))).mode & 0o077, name).toBe(0);
  expect(file.query("PRAGMA user_version").values()).toEqual([[5]]);
  expect((await stat(path)).size).toBeGreaterThan(0);
});

test("that others could read is closed to them, and what SQLite keeps beside it", async () => {
  const { folder, path } = await newFolder();
  // As a server that was killed leaves them.
  const killed = await newFolder();
  {
    using file = await openRoomFile(folder);
    createSqliteClips(file, retention);
    for (const name of await readdir(folder)) await copyFile(join(folder, name), join(killed.folder, name));
  }
  const names = ["room.sqlite", "room.sqlite-shm", "room.sqlite-wal"];
  expect((await readdir(killed.folder)).sort()).toEqual(names);
  for (const name of names) await chmod(join(killed.folder, name), 0o644);
  using _file = await openRoomFile(killed.folder);
  for (const name of names) expect((await stat(join(killed.folder, name))).mode & 0o777, name).toBe(0o600);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("is opened again with what was in it, and goes on counting after all is gone", async () => {
  const { folder } = await newFolder();
  for (let start = 1; start <= 3; start += 1) {
    using file = await openRoomFile(folder);
    const clips = createSqliteClips(file, retention);
    expect(clips.lastClip()).toBe(start - 1);
    if (start > 1) clips.forget([start - 1]);
    clips.keep({ clip: start, from: "alice", at: "2026", seconds: 1 }, [Uint8Array.of(start)]);
    expect(clips.list([], 9)).toHaveLength(1);
  }
});

test("has a journal that does not grow for ever", async () => {
  const { folder, path } = await newFolder();
  using file = await openRoomFile(folder);
  const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, { wallMs: 0, monotonicMs: 0 });
  const text = "x".repeat(20_000);
  for (let id = 1; id <= 2_000; id += 1) {
    history.add({ id, from: "alice", text, at: "2026-11-24T10:00:00.000Z" });
    history.commit();
  }
  expect((await stat(`${path}-wal`)).size).toBeWithin(1, 17_000_000);
  expect((await stat(path)).size).toBeGreaterThan(20_000_000);
});

describe("is refused in one sentence, and left as it is:", () => {
  const cases: [string, (path: string) => unknown][] = [
    ["text", (path) => Bun.write(path, "Dear diary, ".repeat(500))],
    ["a few bytes", (path) => Bun.write(path, "SQLite")],
    [
      "another program's database",
      (path) => {
        using file = new Database(path);
        file.run("CREATE TABLE clips (title TEXT)");
      },
    ],
    [
      "another program's database of the same version",
      (path) => {
        using file = new Database(path);
        file.run("CREATE TABLE clips (title TEXT); PRAGMA user_version = 1");
      },
    ],
    [
      "that of a newer server",
      async (path) => {
        using file = await openRoomFile(join(path, ".."));
        file.run("PRAGMA user_version = 6");
      },
    ],
    ["one of ours without its tables", (path) => makeOurs(path, "CREATE TABLE other (title TEXT)")],
    ["one of ours that lacks its history", (path) => makeOurs(path, tablesOfClips, 2)],
    ["one of ours that lacks its names", (path) => makeOurs(path, `${tablesOfClips}${tablesOfLines}`, 3)],
    [
      "one of ours with other tables",
      (path) =>
        makeOurs(
          path,
          "CREATE TABLE clips (clip INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE clip_packets (a)",
        ),
    ],
    ["one with a hole", (path) => damage(path, (bytes) => bytes.fill(0xff, 8_192, 12_288))],
    ["one that was cut", (path) => damage(path, (bytes) => bytes.subarray(0, bytes.length - 5_000))],
  ];
  test.each(cases)("%s", async (_, make) => {
    const { folder, path } = await newFolder();
    await make(path);
    const before = Bun.hash(await Bun.file(path).bytes());
    await expect(openRoomFile(folder)).rejects.toMatchObject({
      code: "room-file",
      status: 1,
      message: expect.stringMatching(/^\S+room\.sqlite cannot be used \([^\n]+\)\. Restore it [^\n]+\.$/),
    });
    expect(Bun.hash(await Bun.file(path).bytes())).toBe(before);
  });

  /** A file that says that it is ours, with something else in it. */
  function makeOurs(path: string, tables: string, version = 1): void {
    using file = new Database(path);
    file.run(`${tables}; PRAGMA application_id = ${0x48_4f_4c_52}; PRAGMA user_version = ${version}`);
  }

  /** A file with clips, written whole, then changed. */
  async function damage(path: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
    {
      using file = await openRoomFile(join(path, ".."));
      const clips = createSqliteClips(file, retention);
      for (let clip = 1; clip <= 50; clip += 1)
        clips.keep({ clip, from: "alice", at: "2026", seconds: 1 }, [new Uint8Array(1_000)]);
      file.run("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    await Bun.write(path, change(await Bun.file(path).bytes()));
  }
});

describe("one from before there was a history", () => {
  const golden = join(import.meta.dir, "../../vectors/room-v1.sqlite");

  test("is brought up to date, with its clips, and takes lines", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    {
      using file = await openRoomFile(folder);
      const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, { wallMs: 0, monotonicMs: 0 });
      expect(history.lastId()).toBe(0);
      history.add({ id: 1, from: "alice", text: "hi", at: "2026-11-24T10:00:00.000Z" });
      history.commit();
    }
    using file = await openRoomFile(folder);
    const clips = createSqliteClips(file, retention);
    expect(clips.list([], 9).map(({ clip, from }) => [clip, from])).toEqual([
      [1, "alice"],
      [2, "bob"],
    ]);
    expect(clips.packets(1, 0)).toEqual([Uint8Array.of(0x78, 1), Uint8Array.of(0x78, 2)]);
    expect(file.query("SELECT id, text FROM messages").values()).toEqual([[1, "hi"]]);
  });

  test("stays as it was when that fails", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    {
      using file = new Database(path);
      // In the way of the last thing that is made.
      file.run("CREATE TABLE facts (a)");
    }
    await expect(openRoomFile(folder)).rejects.toMatchObject({ code: "room-file" });
    using file = new Database(path, { readonly: true });
    expect(file.query("PRAGMA user_version").values()).toEqual([[1]]);
    expect(file.query("SELECT count(*) FROM sqlite_master WHERE name = 'messages'").values()).toEqual([[0]]);
    expect(file.query("SELECT count(*) FROM clips").values()).toEqual([[2]]);
  });
});

describe("one from before names belonged to keys", () => {
  const golden = join(import.meta.dir, "../../vectors/room-v2.sqlite");

  test("is brought up to date, with its lines and clips; its people are nobody's", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    {
      using file = await openRoomFile(folder);
      const registry = createSqliteRegistry(file, new Set(), () => 7);
      expect([registry.owner("alice"), registry.bans()]).toEqual([undefined, []]);
      registry.apply({ type: "own", name: "Alice", publicKey: "A" });
      registry.write();
    }
    using file = await openRoomFile(folder);
    const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, { wallMs: 0, monotonicMs: 0 });
    expect(history.lastId()).toBe(2);
    expect(history.present()).toEqual([]);
    expect(history.find("a hash of alice's secret", "r2")).toMatchObject({ id: 2, to: "Bob", text: "psst" });
    expect(createSqliteClips(file, retention).packets(1, 0)).toEqual([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    expect(file.query("SELECT * FROM names").values()).toEqual([["alice", "Alice", "A", 7, 7]]);
  });

  test("stays as it was when that fails", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    {
      using file = new Database(path);
      // In the way of the last thing that is made.
      file.run("CREATE TABLE bans (a)");
    }
    await expect(openRoomFile(folder)).rejects.toMatchObject({ code: "room-file" });
    using file = new Database(path, { readonly: true });
    expect(file.query("PRAGMA user_version").values()).toEqual([[2]]);
    expect(file.query("SELECT count(*) FROM people").values()).toEqual([[2]]);
  });
});

describe("one whose lines had numbers of SQLite's", () => {
  const golden = join(import.meta.dir, "../../vectors/room-v3.sqlite");
  const at = "2026-11-24T10:00:00.000Z";

  test("is brought up to date, with its lines, their order and its size", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    using file = await openRoomFile(folder);
    // Of 808 bytes, the last line is not in the index yet.
    expect(file.query("SELECT value FROM facts WHERE name = 'bytes'").values()).toEqual([[346]]);
    const history = createSqliteHistory(file, { days: 9, bytesMax: 1_000 }, { wallMs: 0, monotonicMs: 0 });
    expect(history.lastId()).toBe(4);
    expect(history.present()).toEqual([{ publicKey: "A", name: "alice" }]);
    const recall = { reader: "B", from: 1, upTo: Number.MAX_SAFE_INTEGER, isPrivate: false, limit: 9 };
    expect(history.page(recall)).toMatchObject({
      entries: [
        { id: 2, text: "psst" },
        { id: 3, text: "hello all" },
        { id: 4, text: "not indexed" },
      ],
      since: 2,
    });
    expect(history.page({ ...recall, words: "indexed" }).entries).toHaveLength(1);
    expect(() => history.add({ id: 5, from: "bob", author: "A", ref: "r4", text: "twice", at })).toThrow();
  });
});

test("one whose lines were found by their authors first is brought up to date, and a ref is still known", async () => {
  const { folder, path } = await newFolder();
  await Bun.write(path, Bun.file(join(import.meta.dir, "../../vectors/room-v4.sqlite")));
  using file = await openRoomFile(folder);
  const columns = file.query("SELECT name FROM pragma_index_info('messages_by_ref')").values();
  expect(columns).toEqual([["ref"], ["author"]]);
  const history = createSqliteHistory(file, { days: 9, bytesMax: 1e6 }, { wallMs: 0, monotonicMs: 0 });
  expect(history.find("A", "r6")).toMatchObject({ id: 6, text: "has one" });
  expect(history.find("B", "r6")).toBeUndefined();
  history.add({
    id: 7,
    from: "bob",
    author: "B",
    ref: "r6",
    text: "of another",
    at: "2026-11-24T10:00:00.000Z",
  });
  expect(history.find("B", "r6")).toMatchObject({ id: 7 });
});

test("one from before it was known since when a name is used is brought up to date: since ever", async () => {
  const { folder, path } = await newFolder();
  await Bun.write(path, Bun.file(join(import.meta.dir, "../../vectors/room-v3.sqlite")));
  using file = await openRoomFile(folder);
  const registry = createSqliteRegistry(file, new Set(), () => 3_000);
  expect([registry.owner("alice")?.publicKey, registry.owner("bob")?.publicKey]).toEqual(["A", "B"]);
  expect([registry.isOperator("A"), registry.bans()]).toEqual([
    true,
    [{ name: "dave", publicKey: "D", by: "Alice", reason: "spam" }],
  ]);
  expect(file.query("SELECT name, since, used FROM names").values()).toEqual([
    ["Alice", 0, 1_000],
    ["bob", 0, 2_000],
  ]);
});

test("a folder that is a file is refused as a folder", async () => {
  const { path } = await newFolder();
  await Bun.write(path, "");
  await expect(openRoomFile(path)).rejects.toMatchObject({ code: "data-folder" });
});

test("a folder in its place is refused", async () => {
  const { folder, path } = await newFolder();
  await mkdir(path);
  await expect(openRoomFile(folder)).rejects.toMatchObject({ code: "room-file", status: 1 });
});
