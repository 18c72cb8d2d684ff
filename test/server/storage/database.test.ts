/** Tests that the room file is private, is opened again, and is refused unchanged when it is damaged or not ours. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { chmod, copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { createSqliteClips } from "../../../lib/server/storage/clips.ts";
import { openOrExplain, openRoomFile } from "../../../lib/server/storage/database.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
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

test("a room file that does not exist is made, private to its owner", async () => {
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

test("a room file that others could read is made private, and so are the files of SQLite beside it", async () => {
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

test("a room file that is opened again has its clips, and numbers go on after all are deleted", async () => {
  const { folder } = await newFolder();
  for (let start = 1; start <= 3; start += 1) {
    using file = await openRoomFile(folder);
    const clips = createSqliteClips(file, retention);
    expect(clips.lastClip()).toBe(start - 1);
    if (start > 1) clips.forget([start - 1]);
    clips.keep({ clip: start, from: "alice", at: "2026", seconds: 1 }, [Uint8Array.of(start)]);
    expect(clips.newest([], 9)).toHaveLength(1);
  }
});

test("the WAL of a room file does not grow forever", async () => {
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

describe("a room file is refused in one sentence and left as it is when it", () => {
  const cases: [string, (path: string) => unknown][] = [
    ["is text", (path) => Bun.write(path, "Dear diary, ".repeat(500))],
    ["has a few bytes", (path) => Bun.write(path, "SQLite")],
    [
      "is the database of another program",
      (path) => {
        using file = new Database(path);
        file.run("CREATE TABLE clips (title TEXT)");
      },
    ],
    [
      "is the database of another program with the same version",
      (path) => {
        using file = new Database(path);
        file.run("CREATE TABLE clips (title TEXT); PRAGMA user_version = 1");
      },
    ],
    [
      "was written by a newer server",
      async (path) => {
        using file = await openRoomFile(join(path, ".."));
        file.run("PRAGMA user_version = 6");
      },
    ],
    ["is ours without any of its tables", (path) => makeOurs(path, "CREATE TABLE other (title TEXT)")],
    ["is ours without its history", (path) => makeOurs(path, tablesOfClips, 2)],
    ["is ours without its names", (path) => makeOurs(path, `${tablesOfClips}${tablesOfLines}`, 3)],
    [
      "is ours with other columns",
      (path) =>
        makeOurs(
          path,
          "CREATE TABLE clips (clip INTEGER PRIMARY KEY AUTOINCREMENT); CREATE TABLE clip_packets (a)",
        ),
    ],
    ["has damaged pages", (path) => damage(path, (bytes) => bytes.fill(0xff, 8_192, 12_288))],
    ["was cut", (path) => damage(path, (bytes) => bytes.subarray(0, bytes.length - 5_000))],
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

  /** A file with our application id and other tables. */
  function makeOurs(path: string, tables: string, version = 1): void {
    using file = new Database(path);
    file.run(`${tables}; PRAGMA application_id = ${0x48_4f_4c_52}; PRAGMA user_version = ${version}`);
  }

  /** A whole file with clips, and then a change to its bytes. */
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

describe("a room file that SQLite calls damaged", () => {
  const damaged = () => {
    throw new Error("it is damaged");
  };

  test("is opened after all when the disk failed only once", async () => {
    const { folder, path } = await newFolder();
    using file = await openRoomFile(folder);
    let attempts = 0;
    const opened = openOrExplain(folder, path, () => (++attempts < 3 ? damaged() : file));
    expect(opened).toBe(file);
  });

  test("is refused as damaged when all of it can be read", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, "x".repeat(100_000));
    expect(() => openOrExplain(folder, path, damaged)).toThrow("it is damaged");
  });

  test("is refused because of its folder when it cannot be read, so that no one gives a sound file up", async () => {
    const { folder, path } = await newFolder();
    await mkdir(path);
    const thrown = await Promise.try(openOrExplain, folder, path, damaged).catch((one) => one);
    expect(thrown).toMatchObject({ code: "data-folder", message: expect.stringContaining("it is a folder") });
  });
});

test("a data folder that is a file is refused as a folder", async () => {
  const { path } = await newFolder();
  await Bun.write(path, "");
  await expect(openRoomFile(path)).rejects.toMatchObject({ code: "data-folder" });
});

test("a folder in the place of the room file is refused", async () => {
  const { folder, path } = await newFolder();
  await mkdir(path);
  await expect(openRoomFile(folder)).rejects.toMatchObject({
    code: "data-folder",
    status: 1,
    message: `${path} cannot be used (it is a folder).`,
  });
});
