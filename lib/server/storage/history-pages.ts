/** Reads pages of the history for those who may read them. */
import type { Database } from "bun:sqlite";
import { limits } from "../../protocol/limits.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import type { HistoryQuery } from "../room/history.ts";
import { question } from "./fts-query.ts";

/** The answer to who asks, but for the reference. */
export type Page = Omit<Extract<ServerMessage, { type: "history" }>, "type" | "ref">;

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
    $before: number;
    $limit: number;
    $words: string | null;
  },
];

const columns =
  "id, CASE WHEN author = $reader THEN ref END AS ref, name, receiver_name, messages.text AS text, at";
/** One bound at each end: of two, the query would begin at either. */
const between = "id >= $from AND id < $before";

/** What is between two people has indexes of its own, for there may be little of it in much. */
const sources = {
  all: `FROM messages WHERE ${between} AND (receiver_name IS NULL OR receiver = $reader OR author = $reader)`,
  private: `FROM messages WHERE receiver_name IS NOT NULL AND id IN (
    SELECT id FROM messages WHERE receiver = $reader AND ${between}
    UNION SELECT id FROM messages WHERE author = $reader AND receiver_name IS NOT NULL AND ${between})`,
  // In the order of the index, so that the newest are found without looking at all.
  found: `FROM words CROSS JOIN messages ON id = words.rowid WHERE words MATCH $words
    AND words.rowid >= $from AND words.rowid < $before
    AND (receiver_name IS NULL OR receiver = $reader OR author = $reader)`,
};

export interface Pages {
  page(recall: HistoryQuery): Page;
}

export function createPages(file: Database): Pages {
  const pruned = file.query<{ value: number }, []>("SELECT value FROM facts WHERE name = 'pruned'");
  const query = (source: string, order: string) =>
    file.query<Row, Parameters>(`SELECT ${columns} ${source} ORDER BY ${order} LIMIT $limit`);
  const queries = {
    newest: query(sources.all, "id DESC"),
    oldest: query(sources.all, "id"),
    newestPrivate: query(sources.private, "id DESC"),
    oldestPrivate: query(sources.private, "id"),
    found: query(sources.found, "words.rowid DESC"),
  };

  function rowsOf({ reader, from, upTo, before, after, isPrivate, words, limit }: HistoryQuery): Row[] {
    const asked = words === undefined ? null : question(words);
    if (asked === undefined) return [];
    const upwards = after !== undefined;
    const kind = isPrivate
      ? upwards
        ? queries.oldestPrivate
        : queries.newestPrivate
      : upwards
        ? queries.oldest
        : queries.newest;
    return (asked === null ? kind : queries.found).all({
      $reader: reader ?? null,
      $from: Math.max(from, (after ?? -1) + 1),
      $before: Math.min(before ?? Number.MAX_SAFE_INTEGER, upTo + 1),
      // One more than is wished, to see whether there are more.
      $limit: Math.min(limit, limits.historyPageMax) + 1,
      $words: asked,
    });
  }

  return {
    page(recall) {
      const rows = rowsOf(recall);
      const entries: Page["entries"] = [];
      let bytes = 0;
      for (const row of rows) {
        if (entries.length === recall.limit || bytes > limits.historyPageBytesMax) break;
        const entry = entryOf(row);
        entries.push(entry);
        bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
      }
      if (recall.after === undefined) entries.reverse();
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
