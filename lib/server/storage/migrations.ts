/** The schema of the room file as its migration steps: a file of any version is migrated to the newest, whole or not at all. */
import type { Database } from "bun:sqlite";

/**
 * The step at index n migrates version n to version n + 1. A released step never changes.
 *
 * - `clip_packets`: a row has as many packets as one answer; `first` is the number of its first packet.
 * - `messages`: `at` is the wall-clock time, `kept` the time of the retention clock, both in ms. A line without
 *   `receiver_name` is for everyone. Since version 4 there is no AUTOINCREMENT, which would cost each commit one more
 *   page. Since version 5 the unique index begins with `ref`: new refs sort near each other, so that a commit of many
 *   authors changes one or two pages of it.
 * - `people`: `last_id` is the id up to which the person has read. Version 3 deleted the people of version 2, who were
 *   identified by secrets.
 * - `words`: the full-text index, which is filled after the commit of a line.
 * - `facts`, the meta values: `history` names this history; lines up to `indexed` are in the index, and their size is
 *   `bytes`; ids up to `pruned` were deleted; `stopped` is the wall-clock time of the last stop, until people come in again.
 * - `names`: `since` and `used` are the first and the last use, in ms of the retention clock. `since` is 0 for names
 *   from before version 4.
 */
const steps = [
  `
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
  `,
  `
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    author TEXT,
    ref TEXT,
    name TEXT NOT NULL,
    receiver TEXT,
    receiver_name TEXT,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    kept INTEGER NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX messages_by_ref ON messages (author, ref) WHERE author IS NOT NULL;
  CREATE INDEX messages_to ON messages (receiver, id) WHERE receiver IS NOT NULL;
  CREATE INDEX messages_between ON messages (author, id) WHERE receiver_name IS NOT NULL;
  CREATE VIRTUAL TABLE words USING fts5(
    text, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2"
  );
  CREATE TABLE people (
    person TEXT NOT NULL,
    name_key TEXT NOT NULL,
    name TEXT NOT NULL,
    is_present INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    PRIMARY KEY (person, name_key)
  ) STRICT;
  CREATE INDEX people_by_name ON people (name_key, kept);
  CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT;
  INSERT INTO facts VALUES ('history', lower(hex(randomblob(12)))), ('indexed', 0), ('pruned', 0), ('bytes', 0);
  `,
  `
  DELETE FROM people;
  DROP INDEX people_by_name;
  CREATE TABLE names (
    name_key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    person TEXT NOT NULL,
    used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE operators (person TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE bans (name TEXT NOT NULL, person TEXT, address TEXT, by TEXT, reason TEXT) STRICT;
  `,
  `
  ALTER TABLE messages RENAME TO messages_of_3;
  CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    author TEXT,
    ref TEXT,
    name TEXT NOT NULL,
    receiver TEXT,
    receiver_name TEXT,
    text TEXT NOT NULL,
    at INTEGER NOT NULL,
    kept INTEGER NOT NULL
  ) STRICT;
  INSERT INTO messages SELECT * FROM messages_of_3;
  DROP TABLE messages_of_3;
  CREATE UNIQUE INDEX messages_by_ref ON messages (author, ref) WHERE author IS NOT NULL;
  CREATE INDEX messages_to ON messages (receiver, id) WHERE receiver IS NOT NULL;
  CREATE INDEX messages_between ON messages (author, id) WHERE receiver_name IS NOT NULL;
  UPDATE facts SET value = value - (
    SELECT coalesce(sum(2 * octet_length(text) + 160), 0) FROM messages
    WHERE id > (SELECT value FROM facts WHERE name = 'indexed')
  ) WHERE name = 'bytes';
  ALTER TABLE names ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
  `,
  `
  DROP INDEX messages_by_ref;
  CREATE UNIQUE INDEX messages_by_ref ON messages (ref, author) WHERE author IS NOT NULL;
  `,
];

/** The newest version of the schema. */
export const schemaVersion = steps.length;

/** The columns that each version added, as the part of a query after SELECT. */
const columns = [
  [
    "clip, speaker, receiver, at, seconds, frames, bytes FROM clips",
    "clip, first, packets FROM clip_packets",
    "seq FROM sqlite_sequence",
  ],
  [
    "id, author, ref, name, receiver, receiver_name, text, at, kept FROM messages",
    "person, name_key, name, is_present, last_id, kept FROM people",
    "name, value FROM facts",
    "rowid FROM words",
  ],
  [
    "name_key, name, person, used FROM names",
    "person FROM operators",
    "name, person, address, by, reason FROM bans",
  ],
  ["since FROM names"],
  [],
];

/** All columns that a file of this version must have, each with its table. */
export function columnsOf(version: number): string[] {
  return columns.slice(0, version).flat();
}

/** Migrates a file of this version to the newest. A step that throws leaves the file as it was. */
export function migrate(file: Database, version: number, applicationId: number): void {
  if (version === schemaVersion) return;
  file.transaction(() => {
    for (const step of steps.slice(version)) file.run(step);
    file.run(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  })();
}
