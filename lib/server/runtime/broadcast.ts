/**
 * Hands frames to connections, and writes to each once a turn. Whoever is slow is told of, and makes nobody wait.
 *
 * The contract:
 * 1. What is delivered to a connection leaves in its order, with the next `flush` at the latest; once as much as a
 *    write takes was gathered for it, at once.
 * 2. In a crowd, who comes and goes may wait for up to `presenceWaitMs`, or for whatever leaves next on that connection: it
 *    is one write for all who came and went meanwhile.
 * 3. Nothing is delivered to a connection that was removed.
 *
 * What many are sent alike is gathered once for all of them, and handed to each before it is written: at the end of a
 * turn, or once it is as much as a write takes; to one who is sent voice or is closed, before that. What one of them is sent
 * besides, or is not sent, is remembered as a change to it: the author of a line, who is sent a confirmation in its place,
 * is handed the rest in one piece, too.
 */

import { limits } from "../../protocol/limits.ts";
import { beginPath, continuePath, type FramePath, joinPath } from "../../transport/frame-path.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { Connection } from "./client-connection.ts";

export interface FanOut {
  add(id: ConnectionId, connection: Connection): void;
  remove(id: ConnectionId): void;
  /** A list that is used again must not be changed: it is looked up once. */
  deliver(whom: Audience, frame: Uint8Array, traffic: Traffic, nowMs: number): void;
  /** Hands over what was gathered for this connection so far: it is to stand before what somebody else pushes to it. */
  settle(id: ConnectionId, nowMs: number): void;
  /** Something is to leave with this turn. */
  isDue(): boolean;
  /** Writes what is due; what a write brings about is written, too. */
  flush(nowMs: number): void;
  /** Lets nothing wait any longer. */
  stop(): void;
}

export type Traffic = "text" | "voice" | "presence";

/** All of these, but one. */
export interface Audience {
  to: readonly ConnectionId[];
  except?: ConnectionId;
}

interface Reader {
  readonly id: ConnectionId;
  readonly connection: Connection;
  /** How many bytes were delivered to it since the last write. */
  unwritten: number;
  isDue: boolean;
  isGone: boolean;
  /** Those with whom it was sent something alike last. */
  crowd: Crowd | undefined;
  /** Of what its crowd has gathered, how many bytes it was handed. */
  handed: number;
  /** How the rest of that is changed for it, in order. */
  changes: Change[];
}

/** Those who are sent something alike. */
interface Crowd {
  readonly to: readonly ConnectionId[];
  readonly readers: Reader[];
  gathered: FramePath;
  /** It is to leave with this turn. */
  isDue: boolean;
  /** What was gathered, from so many bytes on, as it was handed over last: the same for all who had so much before. */
  rest?: { gathered: FramePath; from: number; path: FramePath };
}

/** Instead of the bytes from `start` to `end` of what is gathered there is this frame, or none. */
interface Change {
  start: number;
  end: number;
  frame?: Uint8Array;
}

const nothing = beginPath();
const unchanged: Change[] = [];

export interface FanOutSink {
  /** This connection's outbox is full. Nothing may be delivered before this returns. */
  tooSlow(id: ConnectionId): void;
  /** Something has waited long enough: `flush` is to be called. */
  due(): void;
}

export function createFanOut(sink: FanOutSink): FanOut {
  const readers = new Map<ConnectionId, Reader>();
  let due: Reader[] = [];
  let crowd: Crowd = { to: [], readers: [], gathered: nothing, isDue: false };
  /** Those to whom voice went last. */
  let hearers: { to: readonly ConnectionId[]; readers: Reader[] } = { to: [], readers: [] };
  let timer: Timer | undefined;

  /** From now on these are the crowd; what was gathered is for those who were in it before. */
  function regather(to: readonly ConnectionId[], nowMs: number): void {
    const before = crowd;
    crowd = { ...before, to, readers: [] };
    for (const reader of found(to)) {
      if (reader.crowd !== before) reader.handed = before.gathered.bytes;
      reader.crowd = crowd;
      crowd.readers.push(reader);
    }
    for (const reader of before.readers) {
      if (reader.crowd !== before) continue;
      hand(reader, before, nowMs);
      reader.crowd = undefined;
    }
  }

  /** Hands what the crowd has gathered to each of them. */
  function share(nowMs: number): void {
    for (const reader of crowd.readers) {
      hand(reader, crowd, nowMs);
      reader.handed = 0;
    }
    crowd.gathered = nothing;
    crowd.isDue = false;
  }

  /** Hands this one what was gathered for it; what it is given next comes behind that. */
  function settle(reader: Reader, nowMs: number): void {
    if (reader.crowd === crowd) hand(reader, crowd, nowMs);
  }

  function hand(reader: Reader, crowd: Crowd, nowMs: number): void {
    const { connection, handed, changes } = reader;
    const { gathered, isDue } = crowd;
    const path =
      changes === unchanged ? restOf(crowd, handed, nowMs) : changed(gathered, handed, changes, nowMs);
    reader.handed = gathered.bytes;
    reader.changes = unchanged;
    if (path === nothing || reader.isGone) return;
    if (!connection.follow(path)) {
      makeRoom(reader, nowMs);
      if (!connection.follow(path)) return sink.tooSlow(reader.id);
    }
    count(reader, gathered.bytes - handed, isDue);
  }

  /** Until it is handed over, what is gathered is for this one to be changed so. */
  function change(reader: Reader, one: Change): void {
    if (reader.changes === unchanged) reader.changes = [one];
    else reader.changes.push(one);
  }

  function push(reader: Reader, frame: Uint8Array, traffic: Traffic, isDue: boolean, nowMs: number): void {
    const at = crowd.gathered.bytes;
    if (reader.crowd === crowd && at > 0 && traffic !== "voice") {
      change(reader, { start: at, end: at, frame });
    } else {
      settle(reader, nowMs);
      const kind = traffic === "voice" ? "voice" : "text";
      if (!reader.connection.push(frame, kind, nowMs)) {
        makeRoom(reader, nowMs);
        if (!reader.connection.push(frame, kind, nowMs)) return sink.tooSlow(reader.id);
      }
    }
    count(reader, frame.length, isDue);
    if (reader.unwritten >= limits.writeBytesMax) write(reader, nowMs);
  }

  /** A turn may bring more than an outbox holds: only who does not take it is too slow. */
  function makeRoom({ connection }: Reader, nowMs: number): void {
    // Also if the socket was full before: that it takes bytes again is not told before this turn is over.
    connection.drained(nowMs);
  }

  function count(reader: Reader, bytes: number, isDue: boolean): void {
    reader.unwritten += bytes;
    if (!isDue || reader.isDue) return;
    reader.isDue = true;
    due.push(reader);
  }

  function write(reader: Reader, nowMs: number): void {
    settle(reader, nowMs);
    reader.unwritten = 0;
    reader.isDue = false;
    if (!reader.isGone) reader.connection.flush(nowMs);
  }

  function endWait(): void {
    timer = undefined;
    crowd.isDue = crowd.gathered !== nothing;
    for (const reader of readers.values()) if (reader.unwritten > 0) count(reader, 0, true);
    sink.due();
  }

  function gather({ to, except }: Audience, frame: Uint8Array, isDue: boolean, nowMs: number): void {
    if (crowd.to !== to) regather(to, nowMs);
    if (crowd.gathered.bytes + frame.length > limits.writeBytesMax) writeToCrowd(nowMs);
    const start = crowd.gathered.bytes;
    const omitted = except === undefined ? undefined : readers.get(except);
    if (omitted?.crowd === crowd) change(omitted, { start, end: start + frame.length });
    crowd.gathered = continuePath(crowd.gathered, frame, false, nowMs);
    crowd.isDue ||= isDue;
    if (crowd.gathered.bytes >= limits.writeBytesMax) writeToCrowd(nowMs);
  }

  function writeToCrowd(nowMs: number): void {
    share(nowMs);
    for (const reader of crowd.readers) if (reader.unwritten > 0) write(reader, nowMs);
  }

  /** Who keeps up with voice is judged one by one. */
  function relay({ to, except }: Audience, frame: Uint8Array, nowMs: number): void {
    if (hearers.to !== to) hearers = { to, readers: found(to) };
    for (const reader of hearers.readers)
      if (reader.id !== except && !reader.isGone) push(reader, frame, "voice", true, nowMs);
  }

  function found(ids: readonly ConnectionId[]): Reader[] {
    return ids.map((id) => readers.get(id)).filter((reader) => reader !== undefined);
  }

  return {
    add: (id, connection) =>
      void readers.set(id, {
        id,
        connection,
        unwritten: 0,
        isDue: false,
        isGone: false,
        crowd: undefined,
        handed: 0,
        changes: unchanged,
      }),
    remove(id) {
      const reader = readers.get(id);
      if (reader === undefined) return;
      readers.delete(id);
      reader.isGone = true;
    },
    deliver(whom, frame, traffic, nowMs) {
      const { to, except } = whom;
      if (traffic === "voice") return relay(whom, frame, nowMs);
      const mayWait = traffic === "presence" && to.length > limits.presenceAtOnceMax;
      if (mayWait) timer ??= setTimeout(endWait, limits.presenceWaitMs);
      if (to.length > 1) return gather(whom, frame, !mayWait, nowMs);
      for (const id of to) {
        const reader = id === except ? undefined : readers.get(id);
        if (reader !== undefined) push(reader, frame, traffic, !mayWait, nowMs);
      }
    },
    settle(id, nowMs) {
      const reader = readers.get(id);
      if (reader !== undefined) settle(reader, nowMs);
    },
    isDue: () => due.length > 0 || crowd.isDue,
    flush(nowMs) {
      while (crowd.isDue || due.length > 0) {
        if (crowd.isDue) share(nowMs);
        const writable = due;
        due = [];
        for (const reader of writable) write(reader, nowMs);
      }
    },
    stop: () => clearTimeout(timer),
  };
}

/** What was gathered, from so many bytes on. */
function restOf(crowd: Crowd, from: number, nowMs: number): FramePath {
  const { gathered, rest } = crowd;
  if (from === 0) return gathered;
  if (from === gathered.bytes) return nothing;
  if (rest?.gathered === gathered && rest.from === from) return rest.path;
  const path = changed(gathered, from, unchanged, nowMs);
  crowd.rest = { gathered, from, path };
  return path;
}

/** The same with these changes. */
function changed(gathered: FramePath, handed: number, changes: Change[], nowMs: number): FramePath {
  const all = joinPath(gathered);
  let path = nothing;
  let from = handed;
  const keep = (frame: Uint8Array): void => {
    path = continuePath(path, frame, false, nowMs);
  };
  for (const { start, end, frame } of changes) {
    if (from < start) keep(all.subarray(from, start));
    if (frame !== undefined) keep(frame);
    from = end;
  }
  if (from < all.length) keep(all.subarray(from));
  return path;
}
