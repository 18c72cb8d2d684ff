/** What is to be done with the history all the time, in steps that nobody notices: its words are indexed, and what is too old or too much goes. */
import type { Database } from "bun:sqlite";
import { limits } from "../../protocol/limits.ts";
import { emptyJournal } from "./database.ts";
import { indexed } from "./fts-query.ts";
import type { HistoryRetention } from "./lines.ts";
import type { Moment, RoomClock } from "./retention-clock.ts";

export interface Upkeep {
  /** Brings the index of words up to date, but for what is left of a very long burst. */
  indexMost(): void;
  /** Lines of so many `lineBytes` were kept. */
  added(bytes: number): void;
  /** One small step; true: there is more to do. */
  step(now: Moment): boolean;
}

const dayMs = 86_400_000;
/** Lines indexed in one step, which takes about a millisecond: whoever talks meanwhile does not notice. */
const indexedLines = 100;
/** Lines indexed before a search at most; after a burst the others are found a moment later. */
const indexedAtOnceMax = 5_000;
/** Between two looks for people who are to be forgotten. */
const peopleEveryMs = 600_000;
/** Lines forgotten in one step: about five milliseconds, for every byte is overwritten. */
const prunedLines = 200;

/** What a line takes in the file beside its text, its indexes included: measured. */
const lineOverheadBytes = 160;

type Text = { id: number; text: string; kept: number };

/** What a line counts towards the limit of what is kept: its text stands there, and its words in the index. */
export function lineBytes(text: string): number {
  return 2 * Buffer.byteLength(text) + lineOverheadBytes;
}

export function createUpkeep(file: Database, retention: HistoryRetention, clock: RoomClock): Upkeep {
  const fact = file.query<{ value: number }, [string]>("SELECT value FROM facts WHERE name = ?");
  const setFact = file.query("UPDATE facts SET value = ? WHERE name = ?");
  const unindexed = file.query<Text, [number, number]>(
    "SELECT id, text, kept FROM messages WHERE id > ? ORDER BY id LIMIT ?",
  );
  const insertWords = file.query("INSERT INTO words (rowid, text) VALUES (?, ?)");
  const deleteWords = file.query("DELETE FROM words WHERE rowid = ?");
  const oldest = file.query<Text, [number]>("SELECT id, text, kept FROM messages ORDER BY id LIMIT ?");
  const deleteLine = file.query("DELETE FROM messages WHERE id = ?");
  const deletePeople = file.query(`
    DELETE FROM people WHERE is_present = 0 AND (kept < ? OR rowid IN (
      SELECT rowid FROM people ORDER BY kept DESC, rowid DESC LIMIT -1 OFFSET ${limits.namesKnownMax}))`);

  let indexedTo = Number(fact.get("indexed")?.value ?? 0);
  /** Of the lines in the index, as it stands in the file: a commit that people wait for does not count. */
  let indexedBytes = Number(fact.get("bytes")?.value ?? 0);
  let allBytes = indexedBytes;
  for (const { text } of unindexed.iterate(indexedTo, -1)) allBytes += lineBytes(text);
  let isJournalDirty = true;
  let lookedForPeopleMs = Number.NEGATIVE_INFINITY;

  const indexSome = file.transaction((lines: Text[], last: number) => {
    for (const { id, text } of lines) insertWords.run(id, indexed(text));
    setFact.run(last, "indexed");
    const bytes = indexedBytes + bytesOf(lines);
    setFact.run(bytes, "bytes");
    return bytes;
  });

  /** Returns whether there may be more. */
  function index(): boolean {
    const lines = unindexed.all(indexedTo, indexedLines);
    const last = lines.at(-1)?.id;
    if (last === undefined) return false;
    indexedBytes = indexSome(lines, last);
    indexedTo = last;
    return lines.length === indexedLines;
  }

  const forget = file.transaction((lines: Text[], last: number) => {
    const known = lines.filter(({ id }) => id <= indexedTo);
    for (const { id } of known) deleteWords.run(id);
    for (const { id } of lines) deleteLine.run(id);
    setFact.run(last, "pruned");
    const bytes = indexedBytes - bytesOf(known);
    setFact.run(bytes, "bytes");
    return bytes;
  });

  function prune(timeMs: number): boolean {
    const keptSince = clock.isCertain() ? timeMs - retention.days * dayMs : Number.NEGATIVE_INFINITY;
    const chosen: Text[] = [];
    let bytes = allBytes;
    for (const line of oldest.iterate(prunedLines)) {
      if (line.kept >= keptSince && bytes <= retention.bytesMax) break;
      chosen.push(line);
      bytes -= lineBytes(line.text);
    }
    const last = chosen.at(-1)?.id;
    if (last === undefined) return false;
    indexedBytes = forget(chosen, last);
    allBytes = bytes;
    isJournalDirty = true;
    return true;
  }

  return {
    added(bytes) {
      allBytes += bytes;
    },
    indexMost() {
      for (let lines = 0; lines < indexedAtOnceMax && index(); lines += indexedLines);
    },
    step({ monotonicMs }) {
      const isBehind = index();
      const timeMs = clock.time(monotonicMs);
      if (prune(timeMs) || isBehind) return true;
      if (monotonicMs - lookedForPeopleMs >= peopleEveryMs) {
        lookedForPeopleMs = monotonicMs;
        deletePeople.run(clock.isCertain() ? timeMs - retention.days * dayMs : 0);
      }
      if (isJournalDirty) isJournalDirty = !emptyJournal(file);
      return false;
    },
  };
}

function bytesOf(lines: Text[]): number {
  return lines.reduce((sum, { text }) => sum + lineBytes(text), 0);
}
