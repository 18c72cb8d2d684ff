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
 * turn, or as soon as somebody among them is sent something else.
 */
import { beginPath, continuePath, type FramePath, stepsOf } from "../protocol/frame-path.ts";
import { limits } from "../protocol/limits.ts";
import type { ConnectionId } from "../room/member.ts";
import type { Connection } from "./connection.ts";

export interface FanOut {
  add(id: ConnectionId, connection: Connection): void;
  remove(id: ConnectionId): void;
  /** A list that is used again must not be changed: it is looked up once. */
  deliver(whom: Audience, frame: Uint8Array, traffic: Traffic, nowMs: number): void;
  /** Hands over what was gathered for this connection so far: somebody else is about to push to it. */
  settle(id: ConnectionId): void;
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
  but?: ConnectionId;
}

interface Reader {
  readonly id: ConnectionId;
  readonly connection: Connection;
  /** How many bytes for it were gathered since the last write. */
  gathered: number;
  isDue: boolean;
  isGone: boolean;
  /** Those with whom it was sent something alike last. */
  crowd: Crowd | undefined;
  /** It was handed what its crowd has gathered, and is handed what follows one by one. */
  isApart: boolean;
}

/** Those who are sent something alike. */
interface Crowd {
  readonly to: readonly ConnectionId[];
  readonly readers: Reader[];
  apart: Reader[];
  /** For all who are not apart. */
  gathered: FramePath;
  /** It is to leave with this turn. */
  isDue: boolean;
}

const nothing = beginPath();

/** `tooSlow` is told of connections whose outbox is full. */
export function createFanOut(tooSlow: (id: ConnectionId) => void): FanOut {
  const readers = new Map<ConnectionId, Reader>();
  let due: Reader[] = [];
  let crowd: Crowd = { to: [], readers: [], apart: [], gathered: nothing, isDue: false };
  let timer: Timer | undefined;

  /** From now on these are the crowd; what was gathered is for those who were in it before. */
  function regather(to: readonly ConnectionId[]): void {
    const before = crowd;
    crowd = { ...before, to, readers: [], apart: [] };
    for (const id of to) {
      const reader = readers.get(id);
      if (reader === undefined) continue;
      if (reader.crowd !== before) reader.isApart = before.gathered !== nothing;
      if (reader.isApart) crowd.apart.push(reader);
      reader.crowd = crowd;
      crowd.readers.push(reader);
    }
    for (const reader of before.readers)
      if (reader.crowd === before && !reader.isApart && !reader.isGone)
        hand(reader, before.gathered, before.isDue);
  }

  /** Hands what the crowd has gathered to each of them. */
  function share(nowMs: number): void {
    const { readers, apart, gathered, isDue } = crowd;
    if (gathered === nothing) return;
    crowd.gathered = nothing;
    crowd.isDue = false;
    const slow: Reader[] = [];
    for (const reader of readers) {
      if (reader.isApart || reader.isGone) continue;
      if (isBehind(reader)) slow.push(reader);
      else hand(reader, gathered, isDue);
    }
    for (const reader of apart) reader.isApart = isBehind(reader);
    for (const reader of slow) reader.isApart = true;
    crowd.apart = [...apart.filter(({ isApart }) => isApart), ...slow];
    for (const reader of slow)
      for (const { frame } of stepsOf(gathered)) push(reader, frame, "text", isDue, nowMs);
  }

  /** So much waits that another share might be too much. */
  function isBehind({ connection, isGone }: Reader): boolean {
    return !isGone && connection.pending() > limits.writeBytesMax;
  }

  function hand(reader: Reader, path: FramePath, isDue: boolean): void {
    if (path === nothing) return;
    reader.connection.follow(path);
    count(reader, path.bytes, isDue);
  }

  /** This one is handed what was gathered, and what follows is not gathered for it. */
  function setApart(reader: Reader): void {
    if (reader.crowd !== crowd || reader.isApart) return;
    reader.isApart = true;
    crowd.apart.push(reader);
    hand(reader, crowd.gathered, crowd.isDue);
  }

  /** What is pushed to this one next comes behind what was gathered for it. */
  function settle(reader: Reader): void {
    if (crowd.gathered !== nothing) setApart(reader);
  }

  function push(
    reader: Reader,
    frame: Uint8Array,
    kind: "text" | "voice",
    isDue: boolean,
    nowMs: number,
  ): void {
    if (reader.isGone) return;
    // A turn may bring more than an outbox holds: only who does not take it is too slow.
    if (!reader.connection.push(frame, kind, nowMs) && !retry(reader, frame, kind, nowMs))
      return tooSlow(reader.id);
    count(reader, frame.length, isDue);
    if (reader.gathered >= limits.writeBytesMax) write(reader, nowMs);
  }

  function retry({ connection }: Reader, frame: Uint8Array, kind: "text" | "voice", nowMs: number): boolean {
    // Also if the socket was full before: that it takes bytes again is not told before this turn is over.
    connection.drained(nowMs);
    return connection.push(frame, kind, nowMs);
  }

  function count(reader: Reader, bytes: number, isDue: boolean): void {
    reader.gathered += bytes;
    if (!isDue || reader.isDue) return;
    reader.isDue = true;
    due.push(reader);
  }

  function write(reader: Reader, nowMs: number): void {
    if (reader.isGone) return;
    reader.gathered = 0;
    reader.isDue = false;
    reader.connection.flush(nowMs);
  }

  function writeWaiting(): void {
    timer = undefined;
    const nowMs = performance.now();
    share(nowMs);
    for (const reader of readers.values()) if (reader.gathered > 0) write(reader, nowMs);
  }

  function deliverAlike({ to, but }: Audience, frame: Uint8Array, isDue: boolean, nowMs: number): void {
    if (crowd.to !== to) regather(to);
    const left = but === undefined ? undefined : readers.get(but);
    if (left !== undefined) setApart(left);
    for (const reader of crowd.apart) if (reader !== left) push(reader, frame, "text", isDue, nowMs);
    crowd.gathered = continuePath(crowd.gathered, frame, false, nowMs);
    crowd.isDue ||= isDue;
    if (crowd.gathered.bytes < limits.writeBytesMax) return;
    share(nowMs);
    for (const reader of crowd.readers) if (reader.gathered >= limits.writeBytesMax) write(reader, nowMs);
  }

  return {
    add: (id, connection) =>
      void readers.set(id, {
        id,
        connection,
        gathered: 0,
        isDue: false,
        isGone: false,
        crowd: undefined,
        isApart: false,
      }),
    remove(id) {
      const reader = readers.get(id);
      if (reader === undefined) return;
      readers.delete(id);
      reader.isGone = true;
    },
    deliver(whom, frame, traffic, nowMs) {
      const { to, but } = whom;
      const mayWait = traffic === "presence" && to.length > limits.presenceAtOnceMax;
      if (mayWait) timer ??= setTimeout(writeWaiting, limits.presenceWaitMs);
      // Who keeps up with voice is judged one by one.
      if (traffic !== "voice" && to.length > 1) return deliverAlike(whom, frame, !mayWait, nowMs);
      for (const id of to) {
        const reader = id === but ? undefined : readers.get(id);
        if (reader === undefined) continue;
        settle(reader);
        push(reader, frame, traffic === "voice" ? "voice" : "text", !mayWait, nowMs);
      }
    },
    settle(id) {
      const reader = readers.get(id);
      if (reader !== undefined) settle(reader);
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
