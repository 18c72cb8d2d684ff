/** Keeps the lines of the room in its file, and up to which line each person has read. */
import type { Database } from "bun:sqlite";
import type { Now } from "../../base/now.ts";
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { History, HistoryQuery, Line } from "../room/history.ts";
import type { PublicKey } from "../session/identity.ts";
import type { FailureKind, Report } from "./error-isolation.ts";
import { createFailureReporter, withErrorIsolation } from "./error-isolation.ts";
import type { Page } from "./history-pages.ts";
import { createPages } from "./history-pages.ts";
import type { HistoryRetention, Maintenance } from "./maintenance.ts";
import { createMaintenance, lineBytes } from "./maintenance.ts";
import { createRetentionClock } from "./retention-clock.ts";

/** Lines are written in a transaction that the first of them opens; they may be sent only after its commit. */
export interface SqliteHistory extends History {
  /** Writes a line, to be kept by the commit. Throws when the disk fails; then the transaction is rolled back. */
  add(line: Line): void;
  /** Records who has a name, whether they are present, and up to which id they have read. Like `add`. */
  recordPresence(publicKey: PublicKey, name: string, isPresent: boolean, lastId: number): void;
  /** Whether a transaction waits for its commit. */
  isOpen(): boolean;
  /** Commits the transaction, if one is open. Throws when the disk fails; then all of it is rolled back. */
  commit(): void;
  /** Rolls the transaction back, if one is open. */
  rollback(): void;
  /** The lines of a query. No transaction may be open. Throws when the disk fails. */
  page(query: HistoryQuery): Page;
  /** The people who were in the room when the last run of the server ended; none if it was stopped long ago. */
  present(): { publicKey: PublicKey; name: string }[];
  /** Keeps the time at which the server stops, in ms of the wall clock. Throws when the disk fails. */
  stopped(wallMs: number): void;
  /** The time of the retention clock, in ms. */
  time(monotonicMs: number): number;
  /** Whether the elapsed time is known, so that old data may be deleted. */
  isTimeCertain(): boolean;
  /** Does one short step of the maintenance. True: there is more to do. Throws when the disk fails. */
  maintain(now: Now): boolean;
}

/** A history that reports disk errors: reading and maintenance do not throw. */
export interface IsolatedHistory extends SqliteHistory {
  /** Lines could not be saved. */
  failed(thrown: unknown): void;
  /** Lines were saved. */
  succeeded(): void;
}

const notSaved: FailureKind = {
  code: "not-saved",
  sentence: (reason) =>
    `Lines cannot be saved (${reason}), and their authors are told so. The disk is full, or fails.`,
  recovered: { code: "saved-again", sentence: "Lines are saved again." },
};
const notReadable: FailureKind = {
  code: "history-failed",
  sentence: (reason) => `Earlier lines cannot be read (${reason}). The chat goes on.`,
};
const notFound: FailureKind = {
  code: "history-failed",
  sentence: (reason) =>
    `The history cannot be searched for lines that are sent again (${reason}). The chat goes on.`,
};
const stopNotKept: FailureKind = {
  code: "history-failed",
  sentence: (reason) => `The time of this stop cannot be saved (${reason}). Nothing else is lost.`,
};
const notMaintained: FailureKind = {
  code: "history-failed",
  sentence: (reason) =>
    `Old lines cannot be deleted, or new lines not be indexed for the search (${reason}). The chat goes on.`,
};

/** Isolates the disk errors of a history. Only the commit batch sees those of writing, by which it refuses lines. */
export function isolateHistory(history: SqliteHistory, report: Report): IsolatedHistory {
  const reporter = createFailureReporter(report);
  const patient: SqliteHistory = { ...history, page: (query) => twice(() => history.page(query)) };
  const isolated = withErrorIsolation(
    patient,
    {
      // Not an empty history: a client that catches up must not believe that it has everything.
      page: {
        kind: notReadable,
        fallback: () => ({ entries: [], more: false, since: Number.MAX_SAFE_INTEGER }),
      },
      // A line that is there already is not saved again: its author and ref are unique.
      find: { kind: notFound, fallback: () => undefined },
      waiting: { kind: notReadable, fallback: () => 0 },
      maintain: { kind: notMaintained, fallback: () => false },
      stopped: { kind: stopNotKept, fallback() {} },
    },
    reporter,
  );
  return {
    ...isolated,
    failed: (thrown) => reporter.failed(notSaved, thrown),
    succeeded: () => reporter.succeeded(notSaved),
  };
}

/** Reads once more when that fails: an error that does not come again costs a reader no line. */
function twice<Result>(read: () => Result): Result {
  try {
    return read();
  } catch {
    return read();
  }
}

/** The history in this file, to which nothing is written before the first line or presence record. `start`: of the server. */
export function createSqliteHistory(file: Database, retention: HistoryRetention, start: Now): SqliteHistory {
  const { insertLine, putPerson, putStop, forgetStop, forgetPresent, ...statements } =
    prepareStatements(file);
  const clock = createRetentionClock(start, statements.lastKept.get()?.kept ?? undefined);
  const pages = createPages(file);
  const maintenance = createMaintenance(file, retention, clock);
  /** Lines grow old in days, so the time of the last maintenance is exact enough for them. */
  let keptMs = clock.time(start.monotonicMs);
  let lastId = Number(statements.lastEver.get()?.id);
  let lastAdded = lastId;
  let addedBytes = 0;

  const stoppedMs = statements.stop.get()?.value ?? Number.POSITIVE_INFINITY;
  const isLate = start.wallMs - stoppedMs > limits.restoredWithinMs;

  const { write, commit, rollback, isOpen } = createTransaction(file, () => {
    lastAdded = lastId;
    addedBytes = 0;
  });

  return {
    name: String(statements.name.get()?.value),
    lastId: () => lastId,
    find(author, ref) {
      const row = statements.byRef.get(ref, author);
      return row === null ? undefined : lineOf(row);
    },
    waiting: (publicKey, max) => statements.unread.get(publicKey, publicKey, max)?.count ?? 0,
    add(line) {
      write(() => {
        const { id, author = null, ref = null, from, receiver = null, to = null, text, at } = line;
        insertLine.run(id, author, ref, from, receiver, to, text, Date.parse(at), keptMs);
        lastAdded = id;
        addedBytes += lineBytes(text);
      });
    },
    recordPresence(publicKey, name, isPresent, readUpTo) {
      write(() => {
        // The first record of this run: those of the last run count no more.
        if (forgetStop.run().changes > 0 && isLate) forgetPresent.run();
        putPerson.run(publicKey, nameKey(name), name, isPresent ? 1 : 0, readUpTo, keptMs);
      });
    },
    isOpen,
    commit() {
      if (!isOpen()) return;
      commit();
      lastId = lastAdded;
      maintenance.added(addedBytes);
      addedBytes = 0;
    },
    rollback,
    page(query) {
      if (query.words !== undefined) indexIfPossible(maintenance);
      return pages.page(query);
    },
    present: () => (isLate && statements.stop.get() !== null ? [] : statements.present.all()),
    stopped(wallMs) {
      write(() => void putStop.run(wallMs));
      commit();
    },
    time: clock.time,
    isTimeCertain: clock.isCertain,
    maintain(moment) {
      if (isOpen()) return true;
      clock.update(moment);
      keptMs = clock.time(moment.monotonicMs);
      return maintenance.step(moment);
    },
  };
}

/** A full disk can index nothing; lines that were indexed before are found all the same. */
function indexIfPossible(maintenance: Maintenance): void {
  try {
    maintenance.indexMost();
  } catch {
    // The next step of the maintenance fails in the same way, and is reported.
  }
}

interface Transaction {
  /** Runs this within the transaction, and begins one if none is open. Rolls back when it throws. */
  write(act: () => void): void;
  /** Commits; rolls back when that throws. */
  commit(): void;
  rollback(): void;
  isOpen(): boolean;
}

/** `onRollback` runs after everything of the transaction was undone. */
function createTransaction(file: Database, onRollback: () => void): Transaction {
  const begin = file.query("BEGIN IMMEDIATE");
  const commit = file.query("COMMIT");
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

  function rollback(): void {
    try {
      // After some errors, such as a full disk, SQLite has rolled back by itself.
      if (file.inTransaction) file.run("ROLLBACK");
    } finally {
      isOpen = false;
      onRollback();
    }
  }

  return {
    write,
    commit() {
      write(() => void commit.run());
      isOpen = false;
    },
    rollback,
    isOpen: () => isOpen,
  };
}

interface Row {
  id: number;
  author: string | null;
  ref: string | null;
  name: string;
  receiver: string | null;
  receiver_name: string | null;
  text: string;
  at: number;
}

function prepareStatements(file: Database) {
  return {
    name: file.query<{ value: string }, []>("SELECT value FROM facts WHERE name = 'history'"),
    insertLine: file.query(
      "INSERT INTO messages (id, author, ref, name, receiver, receiver_name, text, at, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    byRef: file.query<Row, [string, string]>("SELECT * FROM messages WHERE ref = ? AND author = ?"),
    lastEver: file.query<{ id: number }, []>(
      "SELECT max(value, (SELECT coalesce(max(id), 0) FROM messages)) AS id FROM facts WHERE name = 'pruned'",
    ),
    lastKept: file.query<{ kept: number | null }, []>(
      `SELECT max(kept) AS kept FROM
        (SELECT kept FROM (SELECT kept FROM messages ORDER BY id DESC LIMIT 1) UNION ALL SELECT kept FROM people)`,
    ),
    putPerson: file.query(`
      INSERT INTO people (person, name_key, name, is_present, last_id, kept) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET name = excluded.name, is_present = excluded.is_present,
        last_id = excluded.last_id, kept = excluded.kept`),
    unread: file.query<{ count: number }, [string, string, number]>(`
      SELECT count(*) AS count FROM (
        SELECT 1 FROM messages WHERE receiver = ?
          AND id > (SELECT coalesce(max(last_id), 0) FROM people WHERE person = ?) LIMIT ?)`),
    stop: file.query<{ value: number }, []>("SELECT value FROM facts WHERE name = 'stopped'"),
    putStop: file.query("INSERT OR REPLACE INTO facts VALUES ('stopped', ?)"),
    forgetStop: file.query("DELETE FROM facts WHERE name = 'stopped'"),
    forgetPresent: file.query("UPDATE people SET is_present = 0 WHERE is_present = 1"),
    present: file.query<{ publicKey: string; name: string }, []>(
      "SELECT person AS publicKey, name FROM people WHERE is_present = 1 ORDER BY kept",
    ),
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
