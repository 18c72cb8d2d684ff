/** What was said, kept in the room's file: lines, who said them, and the words in them. */
import type { Database } from "bun:sqlite";
import { nameKey } from "../../protocol/text.ts";
import type { History, HistoryQuery, Line } from "../room/history.ts";
import type { PublicKey } from "../session/identity.ts";
import type { Page } from "./history-pages.ts";
import { createPages } from "./history-pages.ts";
import { createUpkeep, lineBytes } from "./maintenance.ts";
import type { Moment } from "./retention-clock.ts";
import { createRoomClock } from "./retention-clock.ts";

export interface HistoryRetention {
  /** Older lines go. */
  days: number;
  /** Of all lines; the oldest go. */
  bytesMax: number;
}

/** Lines are kept in a transaction that the first of them opens; nobody may see them before its commit. */
export interface SqliteHistory extends History {
  /** Keeps a line, if the commit succeeds. Throws when the disk fails. */
  add(line: Line): void;
  /** Who has this name, whether they are here, and up to which id they have read; like `add`. */
  know(person: PublicKey, name: string, isPresent: boolean, lastId: number): void;
  /** Whether something waits for its commit. */
  isOpen(): boolean;
  /** Ends the transaction: all of it is kept. Throws when the disk fails, and then nothing of it is. */
  commit(): void;
  /** Forgets what waits for its commit, if anything does. */
  rollback(): void;
  /** The lines that are asked for. Nothing may wait for its commit. */
  page(recall: HistoryQuery): Page;
  /** Those who were in the room when its last run ended without a word. */
  present(): { publicKey: PublicKey; name: string }[];
  /** The room's own time, by which what is kept grows old, ms. */
  time(monotonicMs: number): number;
  /** Whether it is known how much time has passed. */
  isTimeCertain(): boolean;
  /** One small step of what is to be done all the time. True: there is more to do. */
  tidy(now: Moment): boolean;
}

type Row = {
  id: number;
  author: string | null;
  ref: string | null;
  name: string;
  receiver: string | null;
  receiver_name: string | null;
  text: string;
  at: number;
};

/** The history in this file, which is not written to before a line is kept. */
export function createSqliteHistory(file: Database, retention: HistoryRetention, now: Moment): SqliteHistory {
  const fact = file.query<{ value: number | string }, [string]>("SELECT value FROM facts WHERE name = ?");
  const insert = file.query(
    "INSERT INTO messages (id, author, ref, name, receiver, receiver_name, text, at, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const byRef = file.query<Row, [string, string]>("SELECT * FROM messages WHERE ref = ? AND author = ?");
  const lastEver = file.query<{ id: number }, []>(
    "SELECT max(value, (SELECT coalesce(max(id), 0) FROM messages)) AS id FROM facts WHERE name = 'pruned'",
  );
  const lastKept = file.query<{ kept: number | null }, []>(
    `SELECT max(kept) AS kept FROM
      (SELECT kept FROM (SELECT kept FROM messages ORDER BY id DESC LIMIT 1) UNION ALL SELECT kept FROM people)`,
  );
  const putPerson = file.query(`
    INSERT INTO people (person, name_key, name, is_present, last_id, kept) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET name = excluded.name, is_present = excluded.is_present,
      last_id = excluded.last_id, kept = excluded.kept`);
  const unread = file.query<{ count: number }, [string, string, number]>(`
    SELECT count(*) AS count FROM (
      SELECT 1 FROM messages WHERE receiver = ?
        AND id > (SELECT coalesce(max(last_id), 0) FROM people WHERE person = ?) LIMIT ?)`);
  const presentOnes = file.query<{ publicKey: string; name: string }, []>(
    "SELECT person AS publicKey, name FROM people WHERE is_present = 1 ORDER BY kept",
  );

  const begin = file.query("BEGIN IMMEDIATE");
  const commit = file.query("COMMIT");

  const clock = createRoomClock(now, lastKept.get()?.kept ?? undefined);
  const name = String(fact.get("history")?.value);
  /** The last look at the clocks is exact enough for what grows old in days. */
  let lookedAtMs = now.monotonicMs;
  let lastId = Number(lastEver.get()?.id);
  let lastAdded = lastId;
  let addedBytes = 0;
  let isOpen = false;

  function write(act: () => void): void {
    try {
      if (!isOpen) begin.run();
      isOpen = true;
      act();
    } catch (thrown) {
      rollback();
      throw thrown;
    }
  }

  /** SQLite may have done so by itself: after a full disk it does. */
  function rollback(): void {
    try {
      if (file.inTransaction) file.run("ROLLBACK");
    } finally {
      isOpen = false;
      lastAdded = lastId;
      addedBytes = 0;
    }
  }

  const pages = createPages(file);
  const upkeep = createUpkeep(file, retention, clock);

  /** On a full disk nothing is indexed; what was indexed before is found all the same. */
  function indexIfPossible(): void {
    try {
      upkeep.indexMost();
    } catch {
      // Told of by the step that fails in the same way.
    }
  }

  return {
    name,
    lastId: () => lastId,
    find(author, ref) {
      const row = byRef.get(ref, author);
      return row === null ? undefined : lineOf(row);
    },
    waiting: (person, max) => unread.get(person, person, max)?.count ?? 0,
    add(line) {
      write(() => {
        const { id, author, ref, from, receiver, to, text, at } = line;
        const keptMs = clock.time(lookedAtMs);
        insert.run(
          id,
          author ?? null,
          ref ?? null,
          from,
          receiver ?? null,
          to ?? null,
          text,
          Date.parse(at),
          keptMs,
        );
        lastAdded = id;
        addedBytes += lineBytes(text);
      });
    },
    know(person, spelled, isPresent, readUpTo) {
      write(() => {
        putPerson.run(person, nameKey(spelled), spelled, isPresent ? 1 : 0, readUpTo, clock.time(lookedAtMs));
      });
    },
    isOpen: () => isOpen,
    commit() {
      if (!isOpen) return;
      write(() => void commit.run());
      isOpen = false;
      lastId = lastAdded;
      upkeep.added(addedBytes);
      addedBytes = 0;
    },
    rollback,
    page(recall) {
      if (recall.words !== undefined) indexIfPossible();
      return pages.page(recall);
    },
    present: () => presentOnes.all(),
    time: (monotonicMs) => clock.time(monotonicMs),
    isTimeCertain: clock.isCertain,
    tidy(moment) {
      if (isOpen) return true;
      lookedAtMs = moment.monotonicMs;
      clock.look(moment);
      return upkeep.step(moment);
    },
  };
}

function lineOf({ id, author, ref, name, receiver, receiver_name, text, at }: Row): Line {
  return {
    id,
    from: name,
    ...(author === null ? {} : { author }),
    ...(ref === null ? {} : { ref }),
    ...(receiver_name === null ? {} : { to: receiver_name }),
    ...(receiver === null ? {} : { receiver }),
    text,
    at: new Date(at).toISOString(),
  };
}
