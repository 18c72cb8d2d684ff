/** Maintains the history in short steps: indexes the words of new lines, and deletes lines and people beyond the retention. */
import type { Database } from "bun:sqlite";
import type { Now } from "../../base/now.ts";
import { limits } from "../../protocol/limits.ts";
import { checkpoint } from "./database.ts";
import { indexedText } from "./fts-query.ts";
import type { RetentionClock } from "./retention-clock.ts";

export interface HistoryRetention {
  /** Older lines are deleted. */
  days: number;
  /** Of all lines, as `lineBytes` counts; beyond it the oldest lines are deleted. */
  bytesMax: number;
}

export interface Maintenance {
  /** Indexes new lines, except for the rest of a very long burst. */
  indexMost(): void;
  /** Counts lines that were committed: the sum of their `lineBytes`. */
  added(bytes: number): void;
  /** Does one short step. True: there is more to do. */
  step(now: Now): boolean;
}

const dayMs = 86_400_000;
/** Lines indexed in one step, which takes about a millisecond. */
const indexedLines = 100;
/** Lines indexed before a search at most; after a burst, the rest is found a moment later. */
const indexedAtOnceMax = 5_000;
/** Between two deletions of people. */
const peopleEveryMs = 600_000;
/** Lines deleted in one step, which takes about five milliseconds, because every byte is overwritten. */
const prunedLines = 200;

/** Bytes of a line in the file beside its text, with its indexes; measured. */
const lineOverheadBytes = 160;

type Text = { id: number; text: string; kept: number };

/** The size of a line for the retention, in bytes: its text is stored once in the table and once in the index. */
export function lineBytes(text: string): number {
  return 2 * Buffer.byteLength(text) + lineOverheadBytes;
}

/** What both parts of the maintenance count. */
interface Counts {
  /** The highest id in the index. */
  indexedTo: number;
  /** Size of the indexed lines, as the file has it. Only maintenance writes it, so that commits of lines stay cheap. */
  indexedBytes: number;
  /** Size of all committed lines. */
  allBytes: number;
}

/** The maintenance of the history in this file. */
export function createMaintenance(
  file: Database,
  retention: HistoryRetention,
  clock: RetentionClock,
): Maintenance {
  const counts = countLines(file);
  const index = createIndexing(file, counts);
  const prune = createPruning(file, counts, retention.bytesMax);
  const deletePeople = file.query(`
    DELETE FROM people WHERE is_present = 0 AND (kept < ? OR rowid IN (
      SELECT rowid FROM people ORDER BY kept DESC, rowid DESC LIMIT -1 OFFSET ${limits.namesKnownMax}))`);
  /** Deleted lines may still be in the WAL, also those of an earlier run. */
  let isWalDirty = true;
  let peopleDeletedMs = Number.NEGATIVE_INFINITY;

  return {
    added(bytes) {
      counts.allBytes += bytes;
    },
    indexMost() {
      for (let lines = 0; lines < indexedAtOnceMax && index(); lines += indexedLines);
    },
    step({ monotonicMs }) {
      const isBehind = index();
      const oldestMs = clock.time(monotonicMs) - retention.days * dayMs;
      if (prune(clock.isCertain() ? oldestMs : Number.NEGATIVE_INFINITY)) {
        isWalDirty = true;
        return true;
      }
      if (isBehind) return true;
      if (monotonicMs - peopleDeletedMs >= peopleEveryMs) {
        peopleDeletedMs = monotonicMs;
        deletePeople.run(clock.isCertain() ? oldestMs : 0);
      }
      if (isWalDirty) isWalDirty = !checkpoint(file);
      return false;
    },
  };
}

function countLines(file: Database): Counts {
  const meta = file.query<{ value: number }, [string]>("SELECT value FROM facts WHERE name = ?");
  const indexedTo = Number(meta.get("indexed")?.value ?? 0);
  const indexedBytes = Number(meta.get("bytes")?.value ?? 0);
  const notIndexed = file.query<{ text: string }, [number]>("SELECT text FROM messages WHERE id > ?");
  let allBytes = indexedBytes;
  for (const { text } of notIndexed.iterate(indexedTo)) allBytes += lineBytes(text);
  return { indexedTo, indexedBytes, allBytes };
}

/** The result indexes the next lines, and says whether there may be more. */
function createIndexing(file: Database, counts: Counts): () => boolean {
  const setMeta = file.query("UPDATE facts SET value = ? WHERE name = ?");
  const next = file.query<Text, [number, number]>(
    "SELECT id, text, kept FROM messages WHERE id > ? ORDER BY id LIMIT ?",
  );
  const insertWords = file.query("INSERT INTO words (rowid, text) VALUES (?, ?)");
  const insertAll = file.transaction((lines: Text[], last: number) => {
    for (const { id, text } of lines) insertWords.run(id, indexedText(text));
    setMeta.run(last, "indexed");
    const bytes = counts.indexedBytes + bytesOf(lines);
    setMeta.run(bytes, "bytes");
    return bytes;
  });

  return () => {
    const lines = next.all(counts.indexedTo, indexedLines);
    const last = lines.at(-1)?.id;
    if (last === undefined) return false;
    counts.indexedBytes = insertAll(lines, last);
    counts.indexedTo = last;
    return lines.length === indexedLines;
  };
}

/**
 * The result deletes the next lines that were kept before this time, or that are beyond `bytesMax`, and says whether it
 * deleted any.
 */
function createPruning(file: Database, counts: Counts, bytesMax: number): (keptSinceMs: number) => boolean {
  const setMeta = file.query("UPDATE facts SET value = ? WHERE name = ?");
  const oldest = file.query<Text, [number]>("SELECT id, text, kept FROM messages ORDER BY id LIMIT ?");
  const deleteLine = file.query("DELETE FROM messages WHERE id = ?");
  const deleteWords = file.query("DELETE FROM words WHERE rowid = ?");
  const deleteAll = file.transaction((lines: Text[], last: number) => {
    const inIndex = lines.filter(({ id }) => id <= counts.indexedTo);
    for (const { id } of inIndex) deleteWords.run(id);
    for (const { id } of lines) deleteLine.run(id);
    setMeta.run(last, "pruned");
    const bytes = counts.indexedBytes - bytesOf(inIndex);
    setMeta.run(bytes, "bytes");
    return bytes;
  });

  return (keptSinceMs) => {
    const chosen: Text[] = [];
    let bytes = counts.allBytes;
    for (const line of oldest.iterate(prunedLines)) {
      if (line.kept >= keptSinceMs && bytes <= bytesMax) break;
      chosen.push(line);
      bytes -= lineBytes(line.text);
    }
    const last = chosen.at(-1)?.id;
    if (last === undefined) return false;
    counts.indexedBytes = deleteAll(chosen, last);
    counts.allBytes = bytes;
    return true;
  };
}

function bytesOf(lines: Text[]): number {
  return lines.reduce((sum, { text }) => sum + lineBytes(text), 0);
}
