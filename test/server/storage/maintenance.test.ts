/** Tests which lines and people the maintenance deletes, and what is left of them in the file. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { limits } from "../../../lib/protocol/limits.ts";
import { openRoomFile } from "../../../lib/server/storage/database.ts";
import type { SqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
import { makeFolder } from "../../support/folder.ts";
import { all, createHistory, idsOf, say, start } from "./histories.ts";

const hourMs = 3_600_000;

/** Maintains until there is nothing more to do. */
function maintain(history: SqliteHistory, now: { wallMs: number; monotonicMs: number }): void {
  while (history.maintain(now));
}
/** The machine runs for so long, maintained four times an hour. */
function run(history: SqliteHistory, fromMs: number, ms: number): void {
  for (let passed = 0; passed <= ms; passed += hourMs / 4)
    maintain(history, { wallMs: start.wallMs + fromMs + passed, monotonicMs: fromMs + passed });
}

test("lines are deleted after their days, with their words, and ids go on", () => {
  const { file, history } = createHistory({ days: 2 });
  say(history, "old words");
  run(history, 0, 24 * hourMs);
  say(history, "newer words");
  expect(idsOf(history, { words: "words" })).toEqual([1, 2]);
  run(history, 24 * hourMs, 25 * hourMs);
  expect(idsOf(history, { words: "words" })).toEqual([2]);
  expect(history.page(all)).toMatchObject({ since: 2, entries: [{ id: 2 }] });
  run(history, 50 * hourMs, 40 * hourMs);
  expect(history.page(all)).toMatchObject({ since: 3, entries: [] });
  expect(file.query("SELECT count(*) FROM words_docsize").values()).toEqual([[0]]);
  const again = createSqliteHistory(file, { days: 2, bytesMax: 1e9 }, start);
  expect([history.lastId(), again.lastId()]).toEqual([2, 2]);
});

test("absent people are deleted after the days or when there are too many, the least recently seen first", () => {
  const { history, file } = createHistory({ days: 2 });
  for (let person = 1; person <= limits.namesKnownMax + 50; person += 1)
    history.recordPresence(`p${person}`, `name${person}`, false, 0);
  history.recordPresence("here", "here", true, 0);
  history.commit();
  maintain(history, { wallMs: start.wallMs + 1_000, monotonicMs: 1_000 });
  const known = (name: string) => file.query("SELECT 1 FROM people WHERE name = ?").get(name) !== null;
  expect([known("name1"), known("name60"), known("here")]).toEqual([false, true, true]);
  run(history, hourMs, 50 * hourMs);
  expect([known("name60"), known("here")]).toEqual([false, true]);
});

test("deleted lines leave the WAL, too, as soon as no other process reads the file", async () => {
  const folder = makeFolder();
  using file = await openRoomFile(folder);
  using reader = await openRoomFile(folder);
  const walBytes = () => Bun.file(join(folder, "room.sqlite-wal")).size;
  const history = createSqliteHistory(file, { days: 30, bytesMax: 1_000 }, start);
  say(history, ...Array.from({ length: 50 }, (_, index) => `line ${index}`));
  reader.run("BEGIN");
  reader.query("SELECT count(*) FROM messages").get();
  maintain(history, start);
  expect(history.page(all).since).toBeGreaterThan(1);
  expect(walBytes()).toBeGreaterThan(0);
  reader.run("COMMIT");
  maintain(history, start);
  expect(walBytes()).toBe(0);
});

test("lines beyond the size are deleted in small steps, the oldest first", () => {
  const { history } = createHistory({ bytesMax: 100_000 });
  say(history, ...Array.from({ length: 1_000 }, (_, index) => `${index} ${"x".repeat(200)}`));
  let steps = 0;
  while (history.maintain(start)) steps += 1;
  const { since } = history.page(all);
  expect(steps).toBeGreaterThan(4);
  expect(since).toBeGreaterThan(700);
  expect(history.page({ ...all, after: 0 }).entries[0]?.id).toBe(since);
  expect(idsOf(history, { limit: 1 })).toEqual([1_000]);
});

test("the size of the lines is the same after a restart, whether they are indexed or not", () => {
  const { file, history } = createHistory();
  const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index} ${"x".repeat(200)}`);
  say(history, ...texts(300));
  maintain(history, start);
  say(history, ...texts(200));
  const left = [150_000, 100_000, 100_000].map((bytesMax) => {
    const again = createSqliteHistory(file, { days: 30, bytesMax }, start);
    maintain(again, start);
    return again.page(all).since;
  });
  const { history: other } = createHistory({ bytesMax: 100_000 });
  say(other, ...texts(300), ...texts(200));
  maintain(other, start);
  expect(left[0]).toBeGreaterThan(1);
  expect(left.slice(1)).toEqual([other.page(all).since, other.page(all).since]);
});

test("a wall clock that was set forward for a while deletes no line too early", () => {
  const { history } = createHistory({ days: 2 });
  say(history, "said");
  run(history, 0, 3 * hourMs);
  const year = 365 * 24 * hourMs;
  for (let minute = 0; minute < 10; minute += 1)
    maintain(history, {
      wallMs: start.wallMs + year + minute * 60_000,
      monotonicMs: 3 * hourMs + minute * 60_000,
    });
  say(history, "said in the future");
  run(history, 4 * hourMs, 40 * hourMs);
  expect(idsOf(history, {})).toEqual([1, 2]);
  run(history, 45 * hourMs, 10 * hourMs);
  expect(idsOf(history, {})).toEqual([]);
});
