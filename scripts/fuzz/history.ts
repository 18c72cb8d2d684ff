/** Reading again: any page that may be asked for is the one that a look at all lines finds, and no words upset the index. */

import { cleanLine } from "../../lib/protocol/text.ts";
import type { HistoryQuery, Line } from "../../lib/server/room/history.ts";
import { ftsQuery } from "../../lib/server/storage/fts-query.ts";
import type { SqliteHistory } from "../../lib/server/storage/lines.ts";
import type { Random } from "../../test/support/random.ts";
import { seeded } from "../../test/support/random.ts";
import { memoryHistory } from "../../test/support/rooms.ts";
import { demand, fuzzer } from "./target.ts";
import { anyText } from "./texts.ts";

const linesKept = 400;
const persons = ["A", "B", "C"] as const;

/** The same lines for every case, so that a case is no more than its question. */
function conversation(): { lines: Line[]; history: SqliteHistory } {
  const random = seeded(5);
  const lines: Line[] = [];
  const history = memoryHistory();
  for (let id = 1; id <= linesKept; id += 1) {
    const author = random.pick(persons);
    const text = cleanLine(`${anyText(random)} ${anyText(random)}`) || "x";
    const line: Line = { id, from: author.toLowerCase(), text, at: new Date(id * 1_000).toISOString() };
    if (random.chance(0.8)) Object.assign(line, { author, ref: `r${id}` });
    if (random.chance(0.4))
      Object.assign(line, { to: "b", ...(random.chance(0.8) ? { receiver: random.pick(persons) } : {}) });
    lines.push(line);
    history.add(line);
  }
  history.commit();
  return { lines, history };
}

let kept: ReturnType<typeof conversation> | undefined;

function isReadable({ to, author, receiver }: Line, reader: string | undefined): boolean {
  return to === undefined || (reader !== undefined && (author === reader || receiver === reader));
}

function anyQuery(random: Random): HistoryQuery {
  const edge = () => random.pick([0, 1, random.below(linesKept + 2), linesKept, Number.MAX_SAFE_INTEGER]);
  const query: HistoryQuery = {
    from: random.chance(0.7) ? 1 : edge(),
    upTo: random.chance(0.5) ? linesKept : edge(),
    isPrivate: random.chance(0.3),
    limit: 1 + random.below(200),
  };
  if (random.chance(0.7)) query.reader = random.pick(persons);
  if (random.chance(0.4)) query.before = edge();
  if (random.chance(0.4)) query.after = edge();
  return query;
}

export const pages = fuzzer<HistoryQuery>({
  name: "history-pages",
  wanted: ["newest", "oldest", "private", "more", "nothing"],
  make: anyQuery,
  check(query, seen) {
    kept ??= conversation();
    const { reader, from, upTo, before = Number.POSITIVE_INFINITY, after, isPrivate, limit } = query;
    const readable = kept.lines.filter(
      (line) =>
        line.id >= from &&
        line.id <= upTo &&
        line.id < before &&
        line.id > (after ?? 0) &&
        isReadable(line, reader) &&
        (!isPrivate || line.to !== undefined),
    );
    const wanted = after === undefined ? readable.slice(-limit) : readable.slice(0, limit);
    const page = kept.history.page(query);
    demand(
      Bun.deepEquals(
        page.entries.map(({ id }) => id),
        wanted.map(({ id }) => id),
      ),
      "is the page",
      page.entries,
      wanted,
    );
    demand(page.more === readable.length > limit, "says whether there is more", page.more, readable.length);
    for (const { id, ref } of page.entries) {
      const line = kept.lines[id - 1];
      demand(
        ref === (reader !== undefined && line?.author === reader ? line.ref : undefined),
        "refs are their author's",
        ref,
        line,
      );
    }
    seen(isPrivate ? "private" : after === undefined ? "newest" : "oldest");
    if (page.more) seen("more");
    if (page.entries.length === 0) seen("nothing");
  },
});

interface Search {
  words: string;
  query: HistoryQuery;
  /** A line these words were taken from. */
  id?: number;
}

export const search = fuzzer<Search>({
  name: "search",
  wanted: ["found", "nothing", "no word", "found what has the words"],
  make(random) {
    const query = { ...anyQuery(random), isPrivate: false };
    delete query.after;
    if (random.chance(0.6)) return { words: cleanLine(anyText(random)).slice(0, 200), query };
    kept ??= conversation();
    const line = kept.lines[random.below(linesKept)];
    const parts = line?.text.split(" ") ?? [];
    const words = parts.filter(() => random.chance(0.6)).join(" ");
    return {
      words,
      query: { ...query, from: 1, upTo: linesKept, before: (line?.id ?? 0) + 1 },
      ...(line === undefined ? {} : { id: line.id }),
    };
  },
  check({ words, query, id }, seen) {
    kept ??= conversation();
    const { entries } = kept.history.page({ ...query, words });
    const asked = ftsQuery(words);
    if (asked === undefined) {
      demand(entries.length === 0, "nothing is found without a word");
      return seen("no word");
    }
    seen(entries.length === 0 ? "nothing" : "found");
    demand(entries.length <= query.limit, "is a page", entries.length);
    for (const entry of entries) {
      const line = kept.lines[entry.id - 1];
      demand(line !== undefined && isReadable(line, query.reader), "only what may be read is found", entry);
      demand(
        entry.id >= query.from &&
          entry.id <= query.upTo &&
          entry.id < (query.before ?? Number.POSITIVE_INFINITY),
        "within the bounds",
        entry,
      );
    }
    const line = id === undefined ? undefined : kept.lines[id - 1];
    if (line === undefined || !isReadable(line, query.reader)) return;
    demand(entries.at(-1)?.id === id, "a line is found by its words", words, asked, line.text);
    seen("found what has the words");
  },
});
