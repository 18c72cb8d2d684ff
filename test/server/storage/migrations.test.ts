/** Tests that the room files of all earlier versions are migrated to the newest. */
import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createSqliteClips } from "../../../lib/server/storage/clips.ts";
import { openRoomFile } from "../../../lib/server/storage/database.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteRegistry } from "../../../lib/server/storage/registry.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();
const retention = { days: 7, bytesMax: 1_000_000 };

async function newFolder(): Promise<{ folder: string; path: string }> {
  const folder = join(parent, `${(await readdir(parent)).length}`);
  await mkdir(folder);
  return { folder, path: join(folder, "room.sqlite") };
}

describe("a room file of version 1, which had no history,", () => {
  const golden = join(import.meta.dir, "../../vectors/room-v1.sqlite");

  test("is migrated with its clips, and takes lines", async () => {
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
    expect(clips.newest([], 9).map(({ clip, from }) => [clip, from])).toEqual([
      [1, "alice"],
      [2, "bob"],
    ]);
    expect(clips.packets(1, 0)).toEqual([Uint8Array.of(0x78, 1), Uint8Array.of(0x78, 2)]);
    expect(file.query("SELECT id, text FROM messages").values()).toEqual([[1, "hi"]]);
  });

  test("stays as it was when the migration fails", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    {
      using file = new Database(path);
      // This table makes the migration fail near its end.
      file.run("CREATE TABLE facts (a)");
    }
    await expect(openRoomFile(folder)).rejects.toMatchObject({ code: "room-file" });
    using file = new Database(path, { readonly: true });
    expect(file.query("PRAGMA user_version").values()).toEqual([[1]]);
    expect(file.query("SELECT count(*) FROM sqlite_master WHERE name = 'messages'").values()).toEqual([[0]]);
    expect(file.query("SELECT count(*) FROM clips").values()).toEqual([[2]]);
  });
});

describe("a room file of version 2, in which names did not belong to keys,", () => {
  const golden = join(import.meta.dir, "../../vectors/room-v2.sqlite");

  test("is migrated with its lines and clips, but without its people", async () => {
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

  test("stays as it was when the migration fails", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    {
      using file = new Database(path);
      // This table makes the migration fail near its end.
      file.run("CREATE TABLE bans (a)");
    }
    await expect(openRoomFile(folder)).rejects.toMatchObject({ code: "room-file" });
    using file = new Database(path, { readonly: true });
    expect(file.query("PRAGMA user_version").values()).toEqual([[2]]);
    expect(file.query("SELECT count(*) FROM people").values()).toEqual([[2]]);
  });
});

describe("a room file of version 3", () => {
  const golden = join(import.meta.dir, "../../vectors/room-v3.sqlite");
  const at = "2026-11-24T10:00:00.000Z";

  test("is migrated with its lines, their order and their size", async () => {
    const { folder, path } = await newFolder();
    await Bun.write(path, Bun.file(golden));
    using file = await openRoomFile(folder);
    // The size is that of the indexed lines; the last line is not indexed yet.
    expect(file.query("SELECT value FROM facts WHERE name = 'bytes'").values()).toEqual([[346]]);
    const history = createSqliteHistory(file, { days: 9, bytesMax: 1_000 }, { wallMs: 0, monotonicMs: 0 });
    expect(history.lastId()).toBe(4);
    expect(history.present()).toEqual([{ publicKey: "A", name: "alice" }]);
    const query = { reader: "B", from: 1, upTo: 4, isPrivate: false, limit: 9 };
    expect(history.page(query)).toMatchObject({
      entries: [
        { id: 2, text: "psst" },
        { id: 3, text: "hello all" },
        { id: 4, text: "not indexed" },
      ],
      since: 2,
    });
    expect(history.page({ ...query, words: "indexed" }).entries).toHaveLength(1);
    expect(() => history.add({ id: 5, from: "bob", author: "A", ref: "r4", text: "twice", at })).toThrow();
  });
});

test("a room file of version 4 is migrated, and its refs are still known", async () => {
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

test("a room file of version 3 is migrated with its names, as if they were always in use", async () => {
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
