/** What a room remembers is one SQLite file in the data folder, the owner's alone; this opens it, or refuses it whole. */
import { Database, SQLiteError } from "bun:sqlite";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exitStatus, Failure, sentenceOf, systemCode } from "../protocol/failure.ts";
import { unusable } from "./data-folder.ts";

const fileName = "room.sqlite";
/** "HOLR", in the place where SQLite files say what they are. */
const applicationId = 0x48_4f_4c_52;
const schemaVersion = 1;
/** What a large turn left of the journal is cut to this when the next one is written. */
const journalBytesMax = 4_000_000;

/** Packets stand in rows of so many that one of them is one answer; `first` is the number of its first packet. */
const schema = `
  CREATE TABLE clips (
    clip INTEGER PRIMARY KEY AUTOINCREMENT,
    speaker TEXT NOT NULL,
    receiver TEXT,
    at TEXT NOT NULL,
    seconds REAL NOT NULL,
    frames INTEGER NOT NULL,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE clip_packets (
    clip INTEGER NOT NULL REFERENCES clips ON DELETE CASCADE,
    first INTEGER NOT NULL,
    packets BLOB NOT NULL,
    PRIMARY KEY (clip, first)
  ) STRICT;
`;

/** What a file that is ours can be asked for. */
const needed = [
  "clip, speaker, receiver, at, seconds, frames, bytes FROM clips",
  "clip, first, packets FROM clip_packets",
  "seq FROM sqlite_sequence",
];

/**
 * The file of this folder, made if it is not there. One that is not ours, or damaged, is left as it is.
 * @throws {Failure} `room-file` when it cannot be used, `data-folder` when the folder cannot.
 */
export async function openRoomFile(folder: string): Promise<Database> {
  const path = join(folder, fileName);
  try {
    // Made here, so that nobody else of this machine may read it.
    await writeFile(path, "", { flag: "a", mode: 0o600 });
  } catch (thrown) {
    throw systemCode(thrown) === "EISDIR" ? refused(path, sentenceOf(thrown)) : unusable(folder, thrown);
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
function isWrongContent(thrown: unknown): boolean {
  if (!(thrown instanceof SQLiteError)) return true;
  const code = thrown.code ?? "";
  return code === "SQLITE_NOTADB" || code === "SQLITE_ERROR" || code.startsWith("SQLITE_CORRUPT");
}

/** Nothing is written before the file has shown that it is ours, or empty. */
function prepare(file: Database): void {
  const [version, application] = [pragma(file, "user_version"), pragma(file, "application_id")];
  const isNew = version === 0 && application === 0 && pragma(file, "schema_version") === 0;
  if (!isNew && application !== applicationId) throw new Error("it belongs to another program");
  if (!isNew && version !== schemaVersion) throw new Error("it was written by a newer holler-server");
  const health = pragma(file, "quick_check(1)");
  if (health !== "ok") throw new Error("it is damaged");
  if (!isNew) for (const columns of needed) file.query(`SELECT ${columns} LIMIT 0`).all();
  // It can shrink when clips go, and what was deleted is overwritten in it; the journal keeps a copy until it is emptied.
  file.run("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON");
  file.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  file.run(`PRAGMA journal_size_limit = ${journalBytesMax}`);
  if (!isNew) return;
  file.transaction(() => {
    file.run(schema);
    file.run(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  })();
}

/** The first value that a pragma gives. */
function pragma(file: Database, name: string): unknown {
  return file.query<unknown[], []>(`PRAGMA ${name}`).values()[0]?.[0];
}

function refused(path: string, reason: string): Failure {
  const why = `${path} cannot be used (${reason}). Restore it from a copy, or move it away to start without what it remembers.`;
  return new Failure("room-file", exitStatus.failed, why);
}
