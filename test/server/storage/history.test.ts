/** What was said: kept in transactions, found again, read by those who may, and forgotten in time. */
import { describe, expect, test } from "bun:test";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeServerMessage } from "../../../lib/protocol/messages.ts";
import type { HistoryQuery, Line } from "../../../lib/server/room/history.ts";
import { openRoomFile, openRoomMemory } from "../../../lib/server/storage/database.ts";
import type { HistoryRetention, SqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
import { makeFolder } from "../../support/folder.ts";

const at = "2026-11-22T10:00:00.000Z";
const start = { wallMs: Date.parse(at), monotonicMs: 0 };
const hourMs = 3_600_000;
const all: HistoryQuery = { from: 1, upTo: Number.MAX_SAFE_INTEGER, isPrivate: false, limit: 200 };

function create(retention: Partial<HistoryRetention> = {}) {
  const file = openRoomMemory();
  return { file, history: createSqliteHistory(file, { days: 30, bytesMax: 1e9, ...retention }, start) };
}

/** Keeps lines of alice to everyone, from the next id on. */
function say(history: SqliteHistory, ...texts: string[]): void {
  let id = history.lastId();
  for (const text of texts) {
    id += 1;
    history.add({ id, from: "alice", author: "A", ref: `r${id}`, text, at });
  }
  history.commit();
}

const idsOf = (history: SqliteHistory, recall: Partial<HistoryQuery>): number[] =>
  history.page({ ...all, ...recall }).entries.map(({ id }) => id);

/** Between alice and bob, to a guest, and to everyone. */
function conversation(): SqliteHistory {
  const { history } = create();
  const lines: Line[] = [
    { id: 1, from: "alice", author: "A", ref: "a1", text: "hello all", at },
    { id: 2, from: "alice", author: "A", ref: "a2", to: "bob", receiver: "B", text: "hello bob", at },
    { id: 3, from: "bob", author: "B", ref: "b1", to: "alice", receiver: "A", text: "hello alice", at },
    { id: 4, from: "guest", to: "bob", receiver: "B", text: "hello from a guest", at },
    { id: 5, from: "carol", author: "C", ref: "c1", text: "hello from carol", at },
  ];
  for (const line of lines) history.add(line);
  history.commit();
  return history;
}

describe("a transaction", () => {
  test("is seen by others, and counts, only after its commit", async () => {
    const folder = makeFolder();
    using file = await openRoomFile(folder);
    using other = await openRoomFile(folder);
    const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, start);
    const count = () => other.query("SELECT count(*) FROM messages").values()[0]?.[0];
    history.add({ id: 1, from: "alice", author: "A", ref: "r", text: "hi", at });
    expect([count(), history.lastId(), history.isOpen()]).toEqual([0, 0, true]);
    expect(history.find("A", "r")).toMatchObject({ id: 1, text: "hi", at });
    history.commit();
    expect([count(), history.lastId(), history.isOpen()]).toEqual([1, 1, false]);
  });

  test("that is taken back leaves nothing, and its id may be given again", () => {
    const { history } = create();
    history.add({ id: 1, from: "alice", author: "A", ref: "r", text: "hi", at });
    history.know("A", "alice", true, 0);
    history.rollback();
    expect([history.lastId(), history.find("A", "r"), history.present()]).toEqual([0, undefined, []]);
    say(history, "again");
    expect(history.lastId()).toBe(1);
  });

  test("that fails is taken back as a whole, and the next one works", () => {
    const { file, history } = create();
    say(history, "before");
    file.run(`PRAGMA max_page_count = ${file.query("PRAGMA page_count").values()[0]?.[0]}`);
    expect(() => {
      for (let id = 2; id < 100; id += 1) history.add({ id, from: "a", text: "x".repeat(4_000), at });
      history.commit();
    }).toThrow(/full/);
    expect([history.isOpen(), history.lastId(), idsOf(history, {})]).toEqual([false, 1, [1]]);
    file.run("PRAGMA max_page_count = 100000");
    say(history, "after");
    expect(idsOf(history, {})).toEqual([1, 2]);
  });

  test("is there when the process is killed right after it", async () => {
    const [folder, copy] = [makeFolder(), makeFolder()];
    using file = await openRoomFile(folder);
    const history = createSqliteHistory(file, { days: 30, bytesMax: 1e9 }, start);
    say(history, "just said");
    await mkdir(copy, { recursive: true });
    // What the disk has at this moment.
    for (const name of ["room.sqlite", "room.sqlite-wal"])
      await copyFile(join(folder, name), join(copy, name));
    using left = await openRoomFile(copy);
    const found = createSqliteHistory(left, { days: 30, bytesMax: 1e9 }, start);
    expect(found.page(all).entries).toMatchObject([{ id: 1, text: "just said" }]);
    expect([found.name, found.lastId()]).toEqual([history.name, 1]);
  });
});

describe("people", () => {
  test("are those who are present, however their names are spelled", () => {
    const { history } = create();
    history.know("A", "Bob", true, 0);
    history.know("A", "Bob", false, 3);
    history.know("B", "bob", true, 5);
    history.commit();
    expect(history.present()).toEqual([{ name: "bob", publicKey: "B" }]);
  });

  test("have so many lines waiting since they left", () => {
    const history = conversation();
    history.know("B", "bob", false, 2);
    history.commit();
    expect(history.waiting("B", 10)).toBe(1);
    history.know("B", "bob", false, 0);
    history.commit();
    expect([history.waiting("B", 10), history.waiting("B", 1), history.waiting("C", 10)]).toEqual([2, 1, 0]);
  });
});

describe("a page", () => {
  test("goes in every direction, oldest first, and says whether there is more", () => {
    const { history } = create();
    say(history, ...Array.from({ length: 10 }, (_, index) => `line ${index + 1}`));
    const page = (recall: Partial<HistoryQuery>) => {
      const { entries, more } = history.page({ ...all, limit: 3, ...recall });
      return [entries.map(({ id }) => id), more];
    };
    expect(page({})).toEqual([[8, 9, 10], true]);
    expect(page({ before: 4 })).toEqual([[1, 2, 3], false]);
    expect(page({ before: 5 })).toEqual([[2, 3, 4], true]);
    expect(page({ after: 2 })).toEqual([[3, 4, 5], true]);
    expect(page({ after: 7 })).toEqual([[8, 9, 10], false]);
    expect(page({ after: 10 })).toEqual([[], false]);
    expect(page({ after: 3, before: 5 })).toEqual([[4], false]);
    expect(page({ from: 9 })).toEqual([[9, 10], false]);
  });

  test("has what is between two people for these two only", () => {
    const history = conversation();
    expect(idsOf(history, {})).toEqual([1, 5]);
    expect(idsOf(history, { reader: "A" })).toEqual([1, 2, 3, 5]);
    expect(idsOf(history, { reader: "B" })).toEqual([1, 2, 3, 4, 5]);
    expect(idsOf(history, { reader: "C" })).toEqual([1, 5]);
    expect(idsOf(history, { reader: "B", isPrivate: true })).toEqual([2, 3, 4]);
    expect(idsOf(history, { reader: "B", isPrivate: true, after: 2, limit: 1 })).toEqual([3]);
    expect(idsOf(history, { isPrivate: true })).toEqual([]);
    expect(idsOf(history, { reader: "C", words: "hello" })).toEqual([1, 5]);
    expect(idsOf(history, { reader: "B", words: "hello" })).toEqual([1, 2, 3, 4, 5]);
  });

  test("tells references to their author alone", () => {
    const refs = (reader: string) =>
      conversation()
        .page({ ...all, reader })
        .entries.flatMap(({ ref }) => ref ?? []);
    expect([refs("A"), refs("B"), refs("C")]).toEqual([["a1", "a2"], ["b1"], ["c1"]]);
  });

  test("fits a frame however long its lines are, and pages add up", () => {
    const { history } = create();
    say(history, ...Array.from({ length: 200 }, () => "😀".repeat(limits.textCharsMax)));
    const seen: number[] = [];
    for (let pages = 0; pages < 100; pages += 1) {
      const page = history.page({ ...all, after: seen.at(-1) ?? 0 });
      const frame = encodeServerMessage({ type: "history", ref: "r", ...page });
      expect(frame.length).toBeLessThanOrEqual(limits.serverBodyBytesMax);
      seen.push(...page.entries.map(({ id }) => id));
      if (!page.more) break;
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
  });
});

describe("searching", () => {
  const texts = [
    "The Build is green",
    "Die Straße nach Zürich",
    "我们明天开会吧",
    "今日は会議です",
    "내일 회의가 있습니다",
    "ประชุมพรุ่งนี้",
    "mail to e-mail@example.org: done",
    // Signs that are newer than the index: it takes them for letters.
    "🤣super 👍🏽fine 5₽ \u{4924c}odd",
  ];
  const { history } = create();
  say(history, ...texts);

  test.each([
    ["build", [1]],
    ["GREEN the", [1]],
    ["buil gre", [1]],
    ["uild", []],
    ["is", [1]],
    ["gr", []],
    ["e", [7]],
    ["e-ma", []],
    ["e-mai", [7]],
    ["พรุ่งนี", [6]],
    ["zurich", [2]],
    ["STRASSE", []],
    ["straße", [2]],
    ["开会", [3]],
    ["会", [3, 4]],
    ["会 明天", [3]],
    ["会開", []],
    ["会議", [4]],
    ["회의", [5]],
    ["พรุ่งนี้", [6]],
    ["e-mail", [7]],
    ["example.org", [7]],
    ["super", [8]],
    ["🤣super fine", [8]],
    ["5₽ odd", [8]],
    ['"build"', [1]],
    ["build*", [1]],
    ["NEAR(build)", []],
    ["text:build", []],
    ["-build", [1]],
    ["build AND green", []],
    ["build OR nothing", []],
    ["*", []],
    ['"', []],
    ["", []],
  ])("%j finds %j", (words, ids) => expect(idsOf(history, { words })).toEqual(ids));

  test("finds the newest, and what was said just now", () => {
    const { history: many } = create();
    say(many, ...Array.from({ length: 600 }, (_, index) => `word ${index}`));
    expect(idsOf(many, { words: "word", limit: 2 })).toEqual([599, 600]);
    say(many, "word again");
    expect(idsOf(many, { words: "word", limit: 2 })).toEqual([600, 601]);
    expect(idsOf(many, { words: "word", limit: 2, before: 10 })).toEqual([8, 9]);
  });
});

test("a disk that is full keeps nobody from finding what was indexed before", () => {
  const { file, history } = create();
  say(history, "a needle");
  expect(idsOf(history, { words: "needle" })).toEqual([1]);
  say(history, ...Array.from({ length: 400 }, (_, index) => `hay${index} ${"stack".repeat(40)}${index}`));
  file.run(`PRAGMA max_page_count = ${file.query("PRAGMA page_count").values()[0]?.[0]}`);
  const index = (): void => {
    while (history.tidy(start));
  };
  expect(index).toThrow("full");
  expect(idsOf(history, { words: "needle" })).toEqual([1]);
  file.run("PRAGMA max_page_count = 1000000");
  expect(idsOf(history, { words: "hay399" })).toEqual([401]);
});

describe("what is kept", () => {
  /** Tidies until there is nothing more to do. */
  function tidy(history: SqliteHistory, now: { wallMs: number; monotonicMs: number }): void {
    while (history.tidy(now));
  }
  /** The machine runs for so long, tidied now and then. */
  function run(history: SqliteHistory, fromMs: number, ms: number): void {
    for (let passed = 0; passed <= ms; passed += hourMs / 4)
      tidy(history, { wallMs: start.wallMs + fromMs + passed, monotonicMs: fromMs + passed });
  }

  test("is forgotten after its days, with its words, and ids go on", () => {
    const { file, history } = create({ days: 2 });
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

  test("of people is not more than is allowed, the ones seen last, and none that is not here after the days", () => {
    const { history, file } = create({ days: 2 });
    for (let person = 1; person <= limits.namesKnownMax + 50; person += 1)
      history.know(`p${person}`, `name${person}`, false, 0);
    history.know("here", "here", true, 0);
    history.commit();
    tidy(history, { wallMs: start.wallMs + 1_000, monotonicMs: 1_000 });
    const known = (name: string) => file.query("SELECT 1 FROM people WHERE name = ?").get(name) !== null;
    expect([known("name1"), known("name60"), known("here")]).toEqual([false, true, true]);
    run(history, hourMs, 50 * hourMs);
    expect([known("name60"), known("here")]).toEqual([false, true]);
  });

  test("is forgotten by the journal, too, as soon as nobody reads beside the server any more", async () => {
    const folder = makeFolder();
    using file = await openRoomFile(folder);
    using reader = await openRoomFile(folder);
    const journalBytes = () => Bun.file(join(folder, "room.sqlite-wal")).size;
    const history = createSqliteHistory(file, { days: 30, bytesMax: 1_000 }, start);
    say(history, ...Array.from({ length: 50 }, (_, index) => `line ${index}`));
    reader.run("BEGIN");
    reader.query("SELECT count(*) FROM messages").get();
    tidy(history, start);
    expect(history.page(all).since).toBeGreaterThan(1);
    expect(journalBytes()).toBeGreaterThan(0);
    reader.run("COMMIT");
    tidy(history, start);
    expect(journalBytes()).toBe(0);
  });

  test("is not more than is allowed: the oldest go, in small steps", () => {
    const { history } = create({ bytesMax: 100_000 });
    say(history, ...Array.from({ length: 1_000 }, (_, index) => `${index} ${"x".repeat(200)}`));
    let steps = 0;
    while (history.tidy(start)) steps += 1;
    const { since } = history.page(all);
    expect(steps).toBeGreaterThan(4);
    expect(since).toBeGreaterThan(700);
    expect(history.page({ ...all, after: 0 }).entries[0]?.id).toBe(since);
    expect(idsOf(history, { limit: 1 })).toEqual([1_000]);
  });

  test("is as much after a start as it was before, whether its words were in the index or not", () => {
    const { file, history } = create();
    const texts = (count: number) =>
      Array.from({ length: count }, (_, index) => `${index} ${"x".repeat(200)}`);
    say(history, ...texts(300));
    tidy(history, start);
    say(history, ...texts(200));
    const left = [150_000, 100_000, 100_000].map((bytesMax) => {
      const again = createSqliteHistory(file, { days: 30, bytesMax }, start);
      tidy(again, start);
      return again.page(all).since;
    });
    const { history: other } = create({ bytesMax: 100_000 });
    say(other, ...texts(300), ...texts(200));
    tidy(other, start);
    expect(left[0]).toBeGreaterThan(1);
    expect(left.slice(1)).toEqual([other.page(all).since, other.page(all).since]);
  });

  test("is not forgotten because the wall clock was set forward for a while", () => {
    const { history } = create({ days: 2 });
    say(history, "said");
    run(history, 0, 3 * hourMs);
    const year = 365 * 24 * hourMs;
    for (let minute = 0; minute < 10; minute += 1)
      tidy(history, {
        wallMs: start.wallMs + year + minute * 60_000,
        monotonicMs: 3 * hourMs + minute * 60_000,
      });
    say(history, "said in the future");
    run(history, 4 * hourMs, 40 * hourMs);
    expect(idsOf(history, {})).toEqual([1, 2]);
    run(history, 45 * hourMs, 10 * hourMs);
    expect(idsOf(history, {})).toEqual([]);
  });
});
