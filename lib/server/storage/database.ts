/** Opens the SQLite file in which a room keeps everything, and refuses one that is damaged or not ours. */
import { Database, SQLiteError } from "bun:sqlite";
import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { exitStatus, Failure, sentenceOf, systemCode } from "../../base/failure.ts";
import { dataFolderFailure } from "../../files/data-folder-failure.ts";
import { ensurePrivateFile } from "../../files/private.ts";
import { columnsOf, migrate, schemaVersion } from "./migrations.ts";

export const roomFileName = "room.sqlite";
/** "HOLR", the application id in the header of the file. */
const applicationId = 0x48_4f_4c_52;
/**
 * The write-ahead log (WAL) is checkpointed after this many pages. A checkpoint makes the room wait for the disk, so it is
 * rare; and a page that was written many times since the last one is copied once.
 */
const walPagesMax = 4_000;
/** A page and its header in the WAL. A WAL that a large transaction made longer is cut to this at the next write. */
const walBytesMax = walPagesMax * (4_096 + 24);
const busyMs = 200;
/** A file that is refused so many times is damaged. */
const openAttemptsMax = 3;

/**
 * Opens the file of this folder, and makes it if it does not exist. A file that is refused is left as it is.
 * @throws {Failure} `room-file` when the file is damaged or not ours, `data-folder` when the folder cannot be used.
 */
export async function openRoomFile(folder: string): Promise<Database> {
  const path = join(folder, roomFileName);
  try {
    await ensurePrivateFile(path);
    // SQLite gives its new files the mode of the room file; these were left by a server that was killed.
    for (const beside of [`${path}-wal`, `${path}-shm`])
      if (existsSync(beside)) await ensurePrivateFile(beside);
  } catch (thrown) {
    throw dataFolderFailure(folder, thrown, path);
  }
  return openOrExplain(folder, path, () => open(path));
}

/**
 * Opens the room file of this folder, and says which it is when that fails: a damaged file, or a disk that cannot be read.
 * SQLite may call a page damaged that it could not read; so a file counts as damaged only if all of it can be read, and
 * SQLite refuses it again and again.
 * @throws {Failure} as `openRoomFile`.
 */
export function openOrExplain(folder: string, path: string, open: () => Database): Database {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return open();
    } catch (thrown) {
      if (!isWrongContent(thrown)) throw dataFolderFailure(folder, thrown, path);
      if (attempt === openAttemptsMax) throw roomFileFailure(path, sentenceOf(thrown));
    }
    try {
      readWhole(path);
      readWhole(`${path}-wal`);
    } catch (thrown) {
      throw dataFolderFailure(folder, thrown, path);
    }
  }
}

/** Throws when any part of the file cannot be read; a file that does not exist has none. */
function readWhole(path: string): void {
  try {
    const file = openSync(path, "r");
    using _closed = { [Symbol.dispose]: () => closeSync(file) };
    const piece = new Uint8Array(1_048_576);
    while (readSync(file, piece) > 0);
  } catch (thrown) {
    if (systemCode(thrown) !== "ENOENT") throw thrown;
  }
}

/** The same in memory, for a room that keeps nothing after its end. */
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

/**
 * Whether an error is about the content of the file, not about a disk that is full or cannot be written.
 * `SQLITE_ERROR`: tables or columns are missing.
 */
function isWrongContent(thrown: unknown): boolean {
  if (!(thrown instanceof SQLiteError)) return true;
  const code = thrown.code ?? "";
  return code === "SQLITE_NOTADB" || code === "SQLITE_ERROR" || code.startsWith("SQLITE_CORRUPT");
}

/** Writes nothing before the file was checked. */
function prepare(file: Database): void {
  const version = check(file);
  // The file can shrink when clips are deleted, and deleted content is overwritten. The WAL keeps a copy until a checkpoint.
  file.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON");
  file.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  file.run(`PRAGMA wal_autocheckpoint = ${walPagesMax}; PRAGMA journal_size_limit = ${walBytesMax}`);
  // An export in another process locks the file for a moment when it begins and ends.
  file.run(`PRAGMA busy_timeout = ${busyMs}`);
  migrate(file, version, applicationId);
}

/**
 * Checks that a file is ours and whole, and returns the version of its schema; 0 for a new, empty file.
 * @throws {Error} with the reason, or the error of SQLite.
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
 * Checkpoints the WAL and empties it, because deleted content could still be read in it. False: another process, such as
 * an export, is reading; the whole room would have to wait for it, so the caller tries again later.
 */
export function checkpoint(file: Database): boolean {
  try {
    file.run("PRAGMA busy_timeout = 0");
    return pragma(file, "wal_checkpoint(TRUNCATE)") === 0;
  } finally {
    file.run(`PRAGMA busy_timeout = ${busyMs}`);
  }
}

/** The first value of a pragma. */
function pragma(file: Database, name: string): unknown {
  return file.query<unknown[], []>(`PRAGMA ${name}`).values()[0]?.[0];
}

/** The failure of a program whose room file cannot be used as it is. */
function roomFileFailure(path: string, reason: string): Failure {
  const why = `${path} cannot be used (${reason}). Restore it from a copy, or move it away to start without what it remembers.`;
  return new Failure("room-file", exitStatus.failed, why);
}
