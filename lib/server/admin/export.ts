/** Writes out the history of a data folder, also while a server runs on it: page by page, so that nobody waits for it. */
import { Database } from "bun:sqlite";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exitStatus, Failure, sentenceOf } from "../../base/failure.ts";
import { cleanLine } from "../../protocol/text.ts";
import { unusable } from "../storage/data-folder.ts";
import { check, isWrongContent, refused, roomFileName } from "../storage/database.ts";

export interface ExportOptions {
  data: string;
  /** Only from the first line on that was said then or later, ms. */
  sinceMs?: number;
  format: "jsonl" | "text";
  /** Also what was said between two people. */
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

/** Prints the history; resolves when everything is with the operating system, or nobody reads on. */
export async function printHistory(options: ExportOptions, output: NodeJS.WritableStream): Promise<void> {
  let isGone = false;
  output.on("error", () => {
    isGone = true;
  });
  for (const lines of exportHistory(options)) {
    await new Promise<void>((resolve) => output.write(lines, () => resolve()));
    if (isGone) return;
  }
}

/**
 * The lines, some at a time, each with its line end.
 * @throws {Failure} `no-history` when there is none, `room-file` when its file is not what it should be.
 */
export function* exportHistory({ data, sinceMs, format, whispers }: ExportOptions): Generator<string> {
  const path = join(data, roomFileName);
  if (!existsSync(path)) {
    const why = `There is no history in ${data}. Name the data folder of the server with --data.`;
    throw new Failure("no-history", exitStatus.failed, why);
  }
  using file = open(data, path);
  // A file from before there was a history, or a new one.
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

function open(folder: string, path: string): Database {
  let file: Database | undefined;
  try {
    // Not read-only: who reads a file in WAL mode must be able to take part in its locks.
    file = new Database(path, { readwrite: true, create: false });
    file.run("PRAGMA query_only = ON");
    check(file);
    return file;
  } catch (thrown) {
    file?.close();
    throw isWrongContent(thrown) ? refused(path, sentenceOf(thrown)) : unusable(folder, thrown);
  }
}

/** What follows the first line of that time is wanted, whatever its own time is: a clock that went back loses no line. */
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

/** `2026-11-22 10:00:05 alice: hi`, on the clock of this place. */
function textLine({ name, receiver_name, text, at }: Row): string {
  const when = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())].join("-");
  const time = [when.getHours(), when.getMinutes(), when.getSeconds()].map(two).join(":");
  const who = receiver_name === null ? name : `${name} -> ${receiver_name}`;
  return `${day} ${time} ${cleanLine(`${who}: ${text}`)}\n`;
}
