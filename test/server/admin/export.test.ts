/** Tests the export of the history: both formats, files in every state, and a server that runs meanwhile. */
import { describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ExportOptions } from "../../../lib/server/admin/export.ts";
import { exportHistory } from "../../../lib/server/admin/export.ts";
import { openRoomFile } from "../../../lib/server/storage/database.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
import { makeFolder } from "../../support/folder.ts";

const noon = Date.parse("2026-11-22T12:00:00.000Z");
const at = (minute: number): string => new Date(noon + minute * 60_000).toISOString();

async function openHistory(folder: string) {
  const file = await openRoomFile(folder);
  const retention = { days: 30, bytesMax: 1e9 };
  return { file, history: createSqliteHistory(file, retention, { wallMs: noon, monotonicMs: 0 }) };
}

/** A folder with a conversation in which the clock was set back once; a server still has it open. */
async function makeConversation() {
  const folder = makeFolder();
  const opened = await openHistory(folder);
  opened.history.add({ id: 1, from: "alice", text: "one", at: at(0) });
  opened.history.add({ id: 2, from: "bob", to: "alice", receiver: "A", text: "psst", at: at(10) });
  opened.history.add({ id: 3, from: "bob", text: "three", at: at(20) });
  opened.history.add({ id: 5, from: "alice", text: "five, an hour back", at: at(-60) });
  opened.history.commit();
  return { folder, ...opened };
}

function printed(data: string, options: Partial<ExportOptions> = {}): string {
  return [...exportHistory({ data, format: "jsonl", whispers: false, ...options })].join("");
}

const idsOf = (text: string): number[] =>
  text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line).id]));

describe("exported lines", () => {
  test("are JSON objects with the fields of events, without whispers by default", async () => {
    const { folder, file } = await makeConversation();
    expect(printed(folder)).toBe(
      [
        { id: 1, from: "alice", text: "one", at: at(0) },
        { id: 3, from: "bob", text: "three", at: at(20) },
        { id: 5, from: "alice", text: "five, an hour back", at: at(-60) },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
    expect(idsOf(printed(folder, { whispers: true }))).toEqual([1, 2, 3, 5]);
    file.close();
  });

  test("are readable text in local time", async () => {
    const { folder, file } = await makeConversation();
    const lines = printed(folder, { format: "text", whispers: true }).split("\n");
    expect(lines[1]).toMatch(/^2026-11-2\d \d\d:10:00 bob -> alice: psst$/);
    expect(lines).toHaveLength(5);
    file.close();
  });

  test("begin with the first line of `sinceMs`, and leave out no line after it", async () => {
    const { folder, file } = await makeConversation();
    expect(idsOf(printed(folder, { sinceMs: noon + 1 }))).toEqual([3, 5]);
    expect(idsOf(printed(folder, { sinceMs: noon + 20 * 60_000 }))).toEqual([3, 5]);
    expect(idsOf(printed(folder, { sinceMs: noon + 21 * 60_000 }))).toEqual([]);
    file.close();
  });

  test("of a long conversation come in pieces", async () => {
    const folder = makeFolder();
    const { file, history } = await openHistory(folder);
    for (let id = 1; id <= 5_000; id += 1) history.add({ id, from: "a", text: "x", at: at(0) });
    history.commit();
    const pieces = [...exportHistory({ data: folder, format: "text", whispers: false })];
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join("").split("\n")).toHaveLength(5_001);
    file.close();
  });
});

describe("the export of a data folder", () => {
  test("that a server uses lets the server commit lines meanwhile", async () => {
    const { folder, file, history } = await makeConversation();
    const reading = exportHistory({ data: folder, format: "jsonl", whispers: false });
    reading.next();
    history.add({ id: 6, from: "alice", text: "meanwhile", at: at(30) });
    history.commit();
    expect(idsOf([...reading].join(""))).toEqual([6]);
    file.close();
  });

  test("of a killed server has every line, and leaves no file of SQLite behind", async () => {
    const { folder, file } = await makeConversation();
    const copy = makeFolder();
    for (const name of ["room.sqlite", "room.sqlite-wal"])
      await copyFile(join(folder, name), join(copy, name));
    expect(idsOf(printed(copy))).toEqual([1, 3, 5]);
    expect(await readdir(copy)).toEqual(["room.sqlite"]);
    file.close();
  });

  test("with a room file of version 1, which had no history, is empty and leaves the file as it is", async () => {
    const folder = makeFolder();
    const path = join(folder, "room.sqlite");
    await Bun.write(path, Bun.file(join(import.meta.dir, "../../vectors/room-v1.sqlite")));
    const before = Bun.hash(await Bun.file(path).bytes());
    expect(printed(folder)).toBe("");
    expect(Bun.hash(await Bun.file(path).bytes())).toBe(before);
  });

  test("that cannot be read fails, and is not taken for an empty one", () => {
    const folder = makeFolder();
    symlinkSync("room.sqlite", join(folder, "room.sqlite"));
    expect(() => printed(folder)).toThrow(
      /room\.sqlite cannot be used \(too many symbolic links lead to it\)/,
    );
  });

  test("whose file fails while it is read fails with one sentence", async () => {
    const { folder, file } = await makeConversation();
    const reading = exportHistory({ data: folder, format: "jsonl", whispers: false });
    reading.next();
    file.run("DROP TABLE messages");
    expect(() => [...reading]).toThrow(/room\.sqlite cannot be used \(no such table: messages\)/);
    file.close();
  });

  test("without a room file, or with a damaged one, fails with one sentence", async () => {
    const folder = makeFolder();
    expect(() => printed(folder)).toThrow(`There is no history in ${folder}.`);
    await Bun.write(join(folder, "room.sqlite"), "Dear diary, ".repeat(500));
    expect(() => printed(folder)).toThrow(/room\.sqlite cannot be used/);
  });
});
