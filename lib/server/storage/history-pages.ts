/** Reads pages of the history, with only the lines that the reader may read. */
import type { Database } from "bun:sqlite";
import { limits } from "../../protocol/limits.ts";
import type { ServerMessageOf } from "../../protocol/messages.ts";
import type { HistoryQuery } from "../room/history.ts";
import { ftsQuery } from "./fts-query.ts";

/** The answer to a history query, without its `ref`. */
export type Page = Omit<ServerMessageOf<"history">, "type" | "ref">;

interface Row {
  id: number;
  ref: string | null;
  name: string;
  receiver_name: string | null;
  text: string;
  at: number;
}

type Parameters = [
  {
    $reader: string | null;
    $from: number;
    $upTo: number;
    $limit: number;
    $words: string | null;
  },
];

const columns =
  "id, CASE WHEN author = $reader THEN ref END AS ref, name, receiver_name, messages.text AS text, at";
/** One bound per side, so that the query planner cannot choose the wrong one. */
const between = "id >= $from AND id <= $upTo";

/** Private lines have indexes of their own, because there may be few of them among many lines. */
const sources = {
  all: `FROM messages WHERE ${between} AND (receiver_name IS NULL OR receiver = $reader OR author = $reader)`,
  private: `FROM messages WHERE receiver_name IS NOT NULL AND id IN (
    SELECT id FROM messages WHERE receiver = $reader AND ${between}
    UNION SELECT id FROM messages WHERE author = $reader AND receiver_name IS NOT NULL AND ${between})`,
  // In the order of the index, so that the newest lines are found without reading all matches.
  found: `FROM words CROSS JOIN messages ON id = words.rowid WHERE words MATCH $words
    AND words.rowid >= $from AND words.rowid <= $upTo
    AND (receiver_name IS NULL OR receiver = $reader OR author = $reader)`,
};

export interface Pages {
  page(query: HistoryQuery): Page;
}

/** The pages of the history in this file. */
export function createPages(file: Database): Pages {
  const pruned = file.query<{ value: number }, []>("SELECT value FROM facts WHERE name = 'pruned'");
  const select = (source: string, order: string) =>
    file.query<Row, Parameters>(`SELECT ${columns} ${source} ORDER BY ${order} LIMIT $limit`);
  const queries = {
    newest: select(sources.all, "id DESC"),
    oldest: select(sources.all, "id"),
    newestPrivate: select(sources.private, "id DESC"),
    oldestPrivate: select(sources.private, "id"),
    found: select(sources.found, "words.rowid DESC"),
  };

  function rowsOf({ reader, from, upTo, before, after, isPrivate, words, limit }: HistoryQuery): Row[] {
    const match = words === undefined ? null : ftsQuery(words);
    if (match === undefined) return [];
    const upwards = after !== undefined;
    const kind = isPrivate
      ? upwards
        ? queries.oldestPrivate
        : queries.newestPrivate
      : upwards
        ? queries.oldest
        : queries.newest;
    return (match === null ? kind : queries.found).all({
      $reader: reader ?? null,
      $from: Math.max(from, (after ?? -1) + 1),
      $upTo: Math.min(upTo, (before ?? Number.POSITIVE_INFINITY) - 1),
      // One more than the limit shows whether there are more.
      $limit: Math.min(limit, limits.historyPageMax) + 1,
      $words: match,
    });
  }

  return {
    page(query) {
      const rows = rowsOf(query);
      const entries: Page["entries"] = [];
      let bytes = 0;
      for (const row of rows) {
        if (entries.length === query.limit || bytes > limits.historyPageBytesMax) break;
        const entry = entryOf(row);
        entries.push(entry);
        bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
      }
      if (query.after === undefined) entries.reverse();
      const since = Number(pruned.get()?.value ?? 0) + 1;
      return { entries, more: entries.length < rows.length, since };
    },
  };
}

function entryOf({ id, ref, name, receiver_name, text, at }: Row): Page["entries"][number] {
  return {
    id,
    from: name,
    ...(receiver_name === null ? {} : { to: receiver_name }),
    text,
    at: new Date(at).toISOString(),
    ...(ref === null ? {} : { ref }),
  };
}
