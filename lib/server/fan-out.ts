/**
 * Hands frames to connections, and writes to each once a turn. Whoever is slow is told of, and makes nobody wait.
 *
 * The contract:
 * 1. What is delivered to a connection leaves in its order, with the next `flush` at the latest; once as much as a
 *    write takes was gathered for it, at once.
 * 2. In a crowd, who comes and goes may wait for up to `presenceWaitMs`, or for whatever leaves next on that connection: it
 *    is one write for all who came and went meanwhile.
 * 3. Nothing is delivered to a connection that was removed.
 */
import { limits } from "../protocol/limits.ts";
import type { ConnectionId } from "../room/member.ts";
import type { Connection } from "./connection.ts";

export interface FanOut {
  add(id: ConnectionId, connection: Connection): void;
  remove(id: ConnectionId): void;
  /** A list that is used again must not be changed: it is looked up once. */
  deliver(to: readonly ConnectionId[], frame: Uint8Array, traffic: Traffic, nowMs: number): void;
  /** Something is to leave with this turn. */
  isDue(): boolean;
  /** Writes what is due; what a write brings about is written, too. */
  flush(nowMs: number): void;
  /** Lets nothing wait any longer. */
  stop(): void;
}

export type Traffic = "text" | "voice" | "presence";

interface Reader {
  readonly id: ConnectionId;
  readonly connection: Connection;
  /** How many bytes for it were gathered since the last write. */
  gathered: number;
  isDue: boolean;
  isGone: boolean;
}

/** `tooSlow` is told of connections whose outbox is full. */
export function createFanOut(tooSlow: (id: ConnectionId) => void): FanOut {
  const readers = new Map<ConnectionId, Reader>();
  let due: Reader[] = [];
  const audiences = new WeakMap<readonly ConnectionId[], Reader[]>();
  let timer: Timer | undefined;

  function audienceOf(to: readonly ConnectionId[]): Reader[] {
    const known = audiences.get(to);
    if (known !== undefined) return known;
    const audience: Reader[] = [];
    for (const id of to) {
      const reader = readers.get(id);
      if (reader !== undefined) audience.push(reader);
    }
    if (to.length > 1) audiences.set(to, audience);
    return audience;
  }

  function write(reader: Reader, nowMs: number): void {
    reader.gathered = 0;
    reader.isDue = false;
    reader.connection.flush(nowMs);
  }

  function writeWaiting(): void {
    timer = undefined;
    const nowMs = performance.now();
    for (const reader of readers.values()) if (reader.gathered > 0) write(reader, nowMs);
  }

  function retry({ connection }: Reader, frame: Uint8Array, kind: "text" | "voice", nowMs: number): boolean {
    // Also if the socket was full before: that it takes bytes again is not told before this turn is over.
    connection.drained(nowMs);
    return connection.push(frame, kind, nowMs);
  }

  return {
    add: (id, connection) =>
      void readers.set(id, { id, connection, gathered: 0, isDue: false, isGone: false }),
    remove(id) {
      const reader = readers.get(id);
      if (reader === undefined) return;
      readers.delete(id);
      reader.isGone = true;
    },
    deliver(to, frame, traffic, nowMs) {
      const mayWait = traffic === "presence" && to.length > limits.presenceAtOnceMax;
      if (mayWait) timer ??= setTimeout(writeWaiting, limits.presenceWaitMs);
      const kind = traffic === "voice" ? "voice" : "text";
      for (const reader of audienceOf(to)) {
        if (reader.isGone) continue;
        // A turn may bring more than an outbox holds: only who does not take it is too slow.
        if (!reader.connection.push(frame, kind, nowMs) && !retry(reader, frame, kind, nowMs)) {
          tooSlow(reader.id);
          continue;
        }
        if (!mayWait && !reader.isDue) {
          reader.isDue = true;
          due.push(reader);
        }
        reader.gathered += frame.length;
        if (reader.gathered >= limits.writeBytesMax) write(reader, nowMs);
      }
    },
    isDue: () => due.length > 0,
    flush(nowMs) {
      // It may grow meanwhile.
      for (const reader of due) if (!reader.isGone) write(reader, nowMs);
      due = [];
    },
    stop: () => clearTimeout(timer),
  };
}
