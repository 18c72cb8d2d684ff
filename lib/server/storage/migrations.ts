/** The schema of the room file, as the steps that lead to it: a file of any version is brought to the newest, whole or not at all. */
import type { Database } from "bun:sqlite";

/**
 * The step at index n makes version n + 1 of version n; none is ever changed once it was released. Packets of clips
 * stand in rows of so many that one of them is one answer; `first` is the number of its first packet. Of lines, `at`
 * is when they were said as people read it, and `kept` the room's own time, in ms both; a line without a name of a
 * receiver is for everyone. Of people, `last_id` is up to where they have read. The index of words is filled later
 * than the lines, up to `indexed` in the facts. Until version 2, people were known by secrets, which nobody has any more;
 * of names, `used` is the room's time when their owner was last here, in ms, and `since` when they were first under it: 0
 * until version 3, which did not know. Since version 4, lines have no AUTOINCREMENT, which costs every commit a page more:
 * `pruned` in the facts says which ids were given before; and `bytes` there counts the lines that are in the index. Since
 * version 5, lines are found by their refs before their authors: refs of now sort near each other, so that those of all
 * authors go on a page or two.
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

/** The newest version. */
export const schemaVersion = steps.length;

/** What a file can be asked for since the version of that step. */
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

/** What a file of this version can be asked for: columns, and the table they are in. */
export function columnsOf(version: number): string[] {
  return columns.slice(0, version).flat();
}

/** Brings a file of this version to the newest; a step that fails leaves it as it was. */
export function migrate(file: Database, version: number, applicationId: number): void {
  if (version === schemaVersion) return;
  file.transaction(() => {
    for (const step of steps.slice(version)) file.run(step);
    file.run(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${schemaVersion}`);
  })();
}
