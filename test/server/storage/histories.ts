/** Histories in memory for the tests of the storage. */
import type { HistoryQuery, Line } from "../../../lib/server/room/history.ts";
import { openRoomMemory } from "../../../lib/server/storage/database.ts";
import type { SqliteHistory } from "../../../lib/server/storage/lines.ts";
import { createSqliteHistory } from "../../../lib/server/storage/lines.ts";
import type { HistoryRetention } from "../../../lib/server/storage/maintenance.ts";

export const at = "2026-11-22T10:00:00.000Z";
export const start = { wallMs: Date.parse(at), monotonicMs: 0 };
export const all: HistoryQuery = {
  from: 1,
  upTo: Number.MAX_SAFE_INTEGER,
  isPrivate: false,
  limit: 200,
};

/** An empty history, and its file. */
export function createHistory(retention: Partial<HistoryRetention> = {}) {
  const file = openRoomMemory();
  return { file, history: createSqliteHistory(file, { days: 30, bytesMax: 1e9, ...retention }, start) };
}

/** Commits lines of alice to everyone, from the next id on. */
export function say(history: SqliteHistory, ...texts: string[]): void {
  let id = history.lastId();
  for (const text of texts) {
    id += 1;
    history.add({ id, from: "alice", author: "A", ref: `r${id}`, text, at });
  }
  history.commit();
}

/** The ids of the lines that a query finds. */
export const idsOf = (history: SqliteHistory, query: Partial<HistoryQuery>): number[] =>
  history.page({ ...all, ...query }).entries.map(({ id }) => id);

/** Lines between alice and bob, from a guest, and to everyone. */
export function conversation(): SqliteHistory {
  const { history } = createHistory();
  const lines: Line[] = [
    { id: 1, from: "alice", author: "A", ref: "a1", text: "hello all", at },
    { id: 2, from: "alice", author: "A", ref: "a2", to: "bob", receiver: "B", text: "hello bob", at },
    { id: 3, from: "bob", author: "B", ref: "b1", to: "alice", receiver: "A", text: "hello alice", at },
    { id: 4, from: "guest", to: "bob", receiver: "B", text: "hello from a guest", at },
    { id: 5, from: "carol", author: "C", ref: "c1", text: "hello from carol", at },
  ];
  for (const line of lines) history.add(line);
  history.commit();
  return history;
}
