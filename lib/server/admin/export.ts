/** Exports the history of a data folder, page by page, so that a server that runs on the folder is not delayed. */
import { Database } from "bun:sqlite";
import { statSync } from "node:fs";
import { join } from "node:path";
import { exitStatus, Failure, systemCode } from "../../base/failure.ts";
import { dataFolderFailure } from "../../files/data-folder-failure.ts";
import { cleanLine } from "../../protocol/text.ts";
import { check, openOrExplain, roomFileName } from "../storage/database.ts";

export interface ExportOptions {
  data: string;
  /** Begins with the first line that was said then or later, in ms of the wall clock. */
  sinceMs?: number;
  format: "jsonl" | "text";
  /** Includes lines to one person. */
  whispers: boolean;
}

interface Row {
  id: number;
  name: string;
  receiver_name: string | null;
  text: string;
  at: number;
}

const pageLines = 1_000;

/**
 * The lines in pieces, each line with its line end.
 * @throws {Failure} `no-history` when the folder has no room file, `room-file` when the file is damaged or not ours,
 * `data-folder` when the folder cannot be used.
 */
export function* exportHistory(options: ExportOptions): Generator<string> {
  const { data } = options;
  const path = join(data, roomFileName);
  if (!isThere(path, data)) {
    const why = `There is no history in ${data}. Name the data folder of the server with --data.`;
    throw new Failure("no-history", exitStatus.failed, why);
  }
  using file = openOrExplain(data, path, () => openForReading(path));
  try {
    yield* pages(file, options);
  } catch (thrown) {
    // It is the file, if that is refused now; or else the disk.
    using _again = openOrExplain(data, path, () => openForReading(path));
    throw dataFolderFailure(data, thrown, path);
  }
}

function openForReading(path: string): Database {
  // Not read-only, because a reader of a WAL database must write its locks.
  const file = new Database(path, { readwrite: true, create: false });
  try {
    file.run("PRAGMA query_only = ON");
    check(file);
    return file;
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

/** A folder that may not be read is not an empty one. */
function isThere(path: string, folder: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (thrown) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(thrown))) return false;
    throw dataFolderFailure(folder, thrown, path);
  }
}

function* pages(file: Database, { sinceMs, format, whispers }: ExportOptions): Generator<string> {
  // A new file, or one of version 1, which had no history.
  if (file.query("SELECT 1 FROM sqlite_master WHERE name = 'messages'").get() === null) return;
  const page = file.query<Row, [number, number]>(
    `SELECT id, name, receiver_name, text, at FROM messages
     WHERE id > ? ${whispers ? "" : "AND receiver_name IS NULL"} ORDER BY id LIMIT ?`,
  );
  const print = format === "jsonl" ? jsonLine : textLine;
  let last = sinceMs === undefined ? 0 : lastBefore(file, sinceMs);
  for (;;) {
    const rows = page.all(last, pageLines);
    if (rows.length === 0) return;
    yield rows.map(print).join("");
    last = rows.at(-1)?.id ?? last;
  }
}

/**
 * The id before the first line of that time. All later lines are exported whatever their time is, so that a clock that
 * was set back hides no line.
 */
function lastBefore(file: Database, sinceMs: number): number {
  const first = file
    .query<{ id: number | null }, [number]>("SELECT min(id) AS id FROM messages WHERE at >= ?")
    .get(sinceMs);
  return first?.id == null ? Number.MAX_SAFE_INTEGER : first.id - 1;
}

function jsonLine({ id, name, receiver_name, text, at }: Row): string {
  const to = receiver_name === null ? {} : { to: receiver_name };
  return `${JSON.stringify({ id, from: name, ...to, text, at: new Date(at).toISOString() })}\n`;
}

/** `2026-11-22 10:00:05 alice: hi`, in local time. */
function textLine({ name, receiver_name, text, at }: Row): string {
  const when = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join("-");
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(":");
  const who = receiver_name === null ? name : `${name} -> ${receiver_name}`;
  return `${day} ${time} ${cleanLine(`${who}: ${text}`)}\n`;
}
