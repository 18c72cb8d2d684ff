/** What a room remembers is one SQLite file in the data folder, the owner's alone; this opens it, or refuses it whole. */
import { Database, SQLiteError } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exitStatus, Failure, sentenceOf, systemCode } from "../../base/failure.ts";
import { ensurePrivateFile } from "../../files/private.ts";
import { unusable } from "./data-folder.ts";
import { columnsOf, migrate, schemaVersion } from "./migrations.ts";

export const roomFileName = "room.sqlite";
/** "HOLR", in the place where SQLite files say what they are. */
const applicationId = 0x48_4f_4c_52;
/**
 * After so many pages the journal is copied into the file, in which everybody waits for the disk: seldom, and then what was
 * written often since is copied once. What a large turn left of the journal is cut to that when the next one is written.
 */
const journalPagesMax = 4_000;
/** A page, and what stands before each in the journal. */
const journalBytesMax = journalPagesMax * (4_096 + 24);
const busyMs = 200;

/**
 * The file of this folder, made if it is not there. One that is not ours, or damaged, is left as it is.
 * @throws {Failure} `room-file` when it cannot be used, `data-folder` when the folder cannot.
 */
export async function openRoomFile(folder: string): Promise<Database> {
  const path = join(folder, roomFileName);
  try {
    await ensurePrivateFile(path);
    // Those that SQLite makes beside it are as private as it is; these were left by a server that was killed.
    for (const beside of [`${path}-wal`, `${path}-shm`])
      if (existsSync(beside)) await ensurePrivateFile(beside);
  } catch (thrown) {
    throw systemCode(thrown) === "EEXIST" ? refused(path, "it is no file") : unusable(folder, thrown);
  }
  try {
    return open(path);
  } catch (thrown) {
    throw isWrongContent(thrown) ? refused(path, sentenceOf(thrown)) : unusable(folder, thrown);
  }
}

/** The same for a room that remembers nothing after its end. */
export function openRoomMemory(): Database {
  return open(":memory:");
}

function open(path: string): Database {
  const file = new Database(path);
  try {
    prepare(file);
    return file;
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** Not a disk that is full or cannot be written. `SQLITE_ERROR`: tables or columns are missing. */
export function isWrongContent(thrown: unknown): boolean {
  if (!(thrown instanceof SQLiteError)) return true;
  const code = thrown.code ?? "";
  return code === "SQLITE_NOTADB" || code === "SQLITE_ERROR" || code.startsWith("SQLITE_CORRUPT");
}

/** Nothing is written before the file has shown that it is ours, or empty. */
function prepare(file: Database): void {
  const version = check(file);
  // It can shrink when clips go, and what was deleted is overwritten in it; the journal keeps a copy until it is emptied.
  file.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON");
  file.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  // An export that begins or ends beside us holds the file for a moment.
  file.run(`PRAGMA wal_autocheckpoint = ${journalPagesMax}; PRAGMA journal_size_limit = ${journalBytesMax}`);
  file.run(`PRAGMA busy_timeout = ${busyMs}`);
  migrate(file, version, applicationId);
}

/**
 * The version of a file that is ours and whole; 0: it is new and empty.
 * @throws {Error} saying what is wrong with it, or what SQLite says.
 */
export function check(file: Database): number {
  const [version, application] = [pragma(file, "user_version"), pragma(file, "application_id")];
  const isNew = version === 0 && application === 0 && pragma(file, "schema_version") === 0;
  if (isNew) return 0;
  if (application !== applicationId) throw new Error("it belongs to another program");
  if (typeof version !== "number" || version < 1 || version > schemaVersion)
    throw new Error("it was written by a newer holler-server");
  if (pragma(file, "quick_check(1)") !== "ok") throw new Error("it is damaged");
  for (const columns of columnsOf(version)) file.query(`SELECT ${columns} LIMIT 0`).all();
  return version;
}

/**
 * Empties the journal, in which what was deleted could still be read. Who reads beside us, such as an export, is not
 * waited for, because the whole room would wait: false, and it is to be tried again.
 */
export function emptyJournal(file: Database): boolean {
  try {
    file.run("PRAGMA busy_timeout = 0");
    return pragma(file, "wal_checkpoint(TRUNCATE)") === 0;
  } finally {
    file.run(`PRAGMA busy_timeout = ${busyMs}`);
  }
}

/** The first value that a pragma gives. */
function pragma(file: Database, name: string): unknown {
  return file.query<unknown[], []>(`PRAGMA ${name}`).values()[0]?.[0];
}

/** What ends a program whose room file cannot be used as it is. */
export function refused(path: string, reason: string): Failure {
  const why = `${path} cannot be used (${reason}). Restore it from a copy, or move it away to start without what it remembers.`;
  return new Failure("room-file", exitStatus.failed, why);
}
