/** Tests the pages of the history: which lines a reader gets, in which order, and what a search finds. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeServerMessage } from "../../../lib/protocol/messages.ts";
import type { HistoryQuery } from "../../../lib/server/room/history.ts";
import { all, conversation, createHistory, idsOf, say, start } from "./histories.ts";

describe("a page", () => {
  test("has the lines before or after an id, the oldest first, and says whether there are more", () => {
    const { history } = createHistory();
    say(history, ...Array.from({ length: 10 }, (_, index) => `line ${index + 1}`));
    const page = (query: Partial<HistoryQuery>) => {
      const { entries, more } = history.page({ ...all, limit: 3, ...query });
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

  test("has no line after the highest id of the query, in any direction and source", () => {
    const history = conversation();
    expect(idsOf(history, { upTo: 1 })).toEqual([1]);
    expect(idsOf(history, { reader: "B", upTo: 3 })).toEqual([1, 2, 3]);
    expect(idsOf(history, { reader: "B", upTo: 3, after: 1 })).toEqual([2, 3]);
    expect(idsOf(history, { reader: "B", upTo: 3, before: 3 })).toEqual([1, 2]);
    expect(idsOf(history, { reader: "B", upTo: 3, before: 9 })).toEqual([1, 2, 3]);
    expect(idsOf(history, { reader: "B", upTo: 3, isPrivate: true })).toEqual([2, 3]);
    expect(idsOf(history, { reader: "B", upTo: 3, isPrivate: true, after: 0 })).toEqual([2, 3]);
    expect(idsOf(history, { reader: "B", upTo: 3, words: "hello" })).toEqual([1, 2, 3]);
    expect(history.page({ ...all, upTo: 1 }).more).toBeFalse();
    expect(idsOf(history, { upTo: 0 })).toEqual([]);
  });

  test("has private lines for their author and their receiver only", () => {
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

  test("has the ref of a line for its author only", () => {
    const refs = (reader: string) =>
      conversation()
        .page({ ...all, reader })
        .entries.flatMap(({ ref }) => ref ?? []);
    expect([refs("A"), refs("B"), refs("C")]).toEqual([["a1", "a2"], ["b1"], ["c1"]]);
  });

  test("of the longest lines fits a frame, and consecutive pages have every line once", () => {
    const { history } = createHistory();
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

describe("a search", () => {
  const texts = [
    "The Build is green",
    "Die Straße nach Zürich",
    "我们明天开会吧",
    "今日は会議です",
    "내일 회의가 있습니다",
    "ประชุมพรุ่งนี้",
    "mail to e-mail@example.org: done",
    // Characters that are newer than the tokenizer, which takes them for letters.
    "🤣super 👍🏽fine 5₽ \u{4924c}odd",
  ];
  const { history } = createHistory();
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
  ])("for %j finds the lines %j", (words, ids) => expect(idsOf(history, { words })).toEqual(ids));

  test("finds the newest lines, also those that were committed just now", () => {
    const { history: many } = createHistory();
    say(many, ...Array.from({ length: 600 }, (_, index) => `word ${index}`));
    expect(idsOf(many, { words: "word", limit: 2 })).toEqual([599, 600]);
    say(many, "word again");
    expect(idsOf(many, { words: "word", limit: 2 })).toEqual([600, 601]);
    expect(idsOf(many, { words: "word", limit: 2, before: 10 })).toEqual([8, 9]);
  });
});

test("a search on a full disk finds the lines that were indexed before", () => {
  const { file, history } = createHistory();
  say(history, "a needle");
  expect(idsOf(history, { words: "needle" })).toEqual([1]);
  say(history, ...Array.from({ length: 400 }, (_, index) => `hay${index} ${"stack".repeat(40)}${index}`));
  file.run(`PRAGMA max_page_count = ${file.query("PRAGMA page_count").values()[0]?.[0]}`);
  const index = (): void => {
    while (history.maintain(start));
  };
  expect(index).toThrow("full");
  expect(idsOf(history, { words: "needle" })).toEqual([1]);
  file.run("PRAGMA max_page_count = 1000000");
  expect(idsOf(history, { words: "hay399" })).toEqual([401]);
});
