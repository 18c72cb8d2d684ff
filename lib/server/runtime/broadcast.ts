/**
 * Sends frames to connections: each frame is encoded once, and each flush is one write for each connection. A connection
 * that is too slow is reported, and no other connection waits for it.
 *
 * The contract:
 * 1. What is sent to a connection leaves in its order, with the next `flush` at the latest; at once, when as much as a
 *    write takes has been collected for it.
 * 2. In a large audience, presence (joins and leaves) may wait for up to `presenceWaitMs`, or until the next frame leaves
 *    on that connection: many joins and leaves are then one write.
 * 3. Nothing is sent to a connection that was removed.
 *
 * Frames for many are collected in one batch, whose bytes are joined once for the whole audience. Each subscriber is at a
 * position in it, its cursor: the bytes before were handed to its connection. A frame for one subscriber alone, or for
 * all but one, is an edit in the overlay that this subscriber has over the batch: the author of a line, for example, is
 * sent a confirmation in place of the line.
 */

import { limits } from "../../protocol/limits.ts";
import type { Lane } from "../../protocol/messages.ts";
import { joinBytes } from "../../transport/join-bytes.ts";
import type { ConnectionId } from "../session/identity.ts";

/** A connection, as the broadcast needs it. */
export interface Connection {
  /** Keeps text until `flush`. False: the connection is too slow. */
  push(frames: Uint8Array, nowMs: number): boolean;
  /** Keeps a voice frame until `flush`, or drops it. */
  pushVoice(frame: Uint8Array, nowMs: number): void;
  flush(nowMs: number): void;
}

/** The receivers of one frame: the connections in `to`, without `except`. */
export interface Recipients {
  to: readonly ConnectionId[];
  except?: ConnectionId;
}

export interface BroadcastSink {
  /** The outbox of this connection is full. The owner must not send anything before it returns. */
  tooSlow(id: ConnectionId): void;
  /** Presence has waited long enough: the owner calls `flush`. */
  due(): void;
}

interface Subscriber {
  readonly id: ConnectionId;
  readonly connection: Connection;
  isRemoved: boolean;
  /** The audience list of the batch that contains it; undefined: the batch is not for it. */
  audience: readonly ConnectionId[] | undefined;
  /** How many bytes of the batch were handed to its connection, or are not for it. */
  cursor: number;
  /** The edits to the rest of the batch for this subscriber, in order. */
  overlay: Edit[];
  /** Bytes sent to it since its last write. */
  unwritten: number;
  isDue: boolean;
}

/** Replaces the bytes from `start` to `end` of the batch by this frame, or by nothing. */
interface Edit {
  start: number;
  end: number;
  frame?: Uint8Array;
}

interface Batch {
  audience: readonly ConnectionId[];
  subscribers: Subscriber[];
  frames: Uint8Array[];
  bytes: number;
  isDue: boolean;
}

const noEdits: Edit[] = [];

export class Broadcast {
  private readonly sink: BroadcastSink;
  private readonly byId = new Map<ConnectionId, Subscriber>();
  private readonly batch: Batch = { audience: [], subscribers: [], frames: [], bytes: 0, isDue: false };
  private voice: Pick<Batch, "audience" | "subscribers"> = { audience: [], subscribers: [] };
  private due: Subscriber[] = [];
  private presenceTimer: Timer | undefined = undefined;

  constructor(sink: BroadcastSink) {
    this.sink = sink;
  }

  add(id: ConnectionId, connection: Connection): void {
    this.byId.set(id, {
      id,
      connection,
      isRemoved: false,
      audience: undefined,
      cursor: 0,
      overlay: noEdits,
      unwritten: 0,
      isDue: false,
    });
  }

  remove(id: ConnectionId): void {
    const subscriber = this.byId.get(id);
    if (subscriber !== undefined) subscriber.isRemoved = true;
    this.byId.delete(id);
  }

  /** Sends a frame. A list of receivers that is used again must not be changed: it is looked up once. */
  send(audience: Recipients, frame: Uint8Array, lane: Lane, nowMs: number): void {
    const { to, except } = audience;
    if (lane === "voice") return this.sendVoice(audience, frame, nowMs);
    const mayWait = lane === "presence" && to.length > limits.presenceAtOnceMax;
    if (mayWait) this.presenceTimer ??= setTimeout(() => this.endPresenceWait(), limits.presenceWaitMs);
    if (to.length > 1) return this.sendMany(audience, frame, !mayWait, nowMs);
    const subscriber = to[0] === undefined || to[0] === except ? undefined : this.byId.get(to[0]);
    if (subscriber !== undefined) this.sendOne(subscriber, frame, nowMs);
  }

  /** Hands the collected frames of this connection over, so that the caller can push frames behind them. */
  handOver(id: ConnectionId, nowMs: number): void {
    const subscriber = this.byId.get(id);
    if (subscriber !== undefined) this.handRest(subscriber, nowMs);
  }

  /** Whether something is to be flushed. */
  isDue(): boolean {
    return this.due.length > 0 || this.batch.isDue;
  }

  /** Writes everything that is due, also what becomes due meanwhile. */
  flush(nowMs: number): void {
    while (this.isDue()) {
      if (this.batch.isDue) this.handBatch(nowMs);
      const { due } = this;
      this.due = [];
      for (const subscriber of due) this.write(subscriber, nowMs);
    }
  }

  /** Stops the timer of waiting presence. */
  stop(): void {
    clearTimeout(this.presenceTimer);
  }

  private sendMany({ to, except }: Recipients, frame: Uint8Array, isDue: boolean, nowMs: number): void {
    const { batch } = this;
    if (batch.audience !== to) this.setAudience(to, nowMs);
    if (batch.bytes + frame.length > limits.writeBytesMax) this.writeBatch(nowMs);
    const start = batch.bytes;
    batch.frames.push(frame);
    batch.bytes += frame.length;
    batch.isDue ||= isDue;
    const omitted = except === undefined ? undefined : this.byId.get(except);
    if (omitted?.audience === to) edit(omitted, { start, end: batch.bytes });
    if (batch.bytes >= limits.writeBytesMax) this.writeBatch(nowMs);
  }

  private sendOne(subscriber: Subscriber, frame: Uint8Array, nowMs: number): void {
    const { audience, bytes: at } = this.batch;
    if (subscriber.audience === audience && at > 0) edit(subscriber, { start: at, end: at, frame });
    else this.push(subscriber, frame, nowMs);
    this.count(subscriber, frame.length, true);
    if (subscriber.unwritten >= limits.writeBytesMax) this.write(subscriber, nowMs);
  }

  /** Each connection decides by itself whether it keeps up with voice. */
  private sendVoice({ to, except }: Recipients, frame: Uint8Array, nowMs: number): void {
    if (this.voice.audience !== to) this.voice = { audience: to, subscribers: this.find(to) };
    for (const subscriber of this.voice.subscribers) {
      if (subscriber.id === except || subscriber.isRemoved) continue;
      this.handRest(subscriber, nowMs);
      subscriber.connection.pushVoice(frame, nowMs);
      this.count(subscriber, frame.length, true);
    }
  }

  /** Changes the audience of the batch. A subscriber who leaves the audience is handed its part of the batch first. */
  private setAudience(to: readonly ConnectionId[], nowMs: number): void {
    const { batch } = this;
    const before = batch.subscribers;
    batch.subscribers = this.find(to);
    for (const subscriber of batch.subscribers) {
      if (subscriber.audience !== batch.audience) subscriber.cursor = batch.bytes;
      subscriber.audience = to;
    }
    batch.audience = to;
    for (const subscriber of before) {
      if (subscriber.audience === to) continue;
      this.handRest(subscriber, nowMs);
      subscriber.audience = undefined;
    }
  }

  /** Hands the batch to its whole audience, and begins the next one. */
  private handBatch(nowMs: number): void {
    const { batch } = this;
    for (const subscriber of batch.subscribers) {
      this.handRest(subscriber, nowMs);
      subscriber.cursor = 0;
    }
    batch.frames = [];
    batch.bytes = 0;
    batch.isDue = false;
  }

  /** Hands the batch over and writes it now, because it is as large as one write may be. */
  private writeBatch(nowMs: number): void {
    this.handBatch(nowMs);
    for (const subscriber of this.batch.subscribers)
      if (subscriber.unwritten > 0) this.write(subscriber, nowMs);
  }

  /** Hands a subscriber the batch from its cursor on, changed by its overlay. */
  private handRest(subscriber: Subscriber, nowMs: number): void {
    const { batch } = this;
    const { audience, cursor, overlay } = subscriber;
    if (audience === undefined || (cursor === batch.bytes && overlay === noEdits)) return;
    subscriber.cursor = batch.bytes;
    subscriber.overlay = noEdits;
    const bytes = overlaid(joined(batch), cursor, overlay);
    if (bytes.length === 0 || subscriber.isRemoved) return;
    this.push(subscriber, bytes, nowMs);
    this.count(subscriber, bytes.length, batch.isDue);
  }

  private push({ id, connection }: Subscriber, frames: Uint8Array, nowMs: number): void {
    if (!connection.push(frames, nowMs)) this.sink.tooSlow(id);
  }

  private count(subscriber: Subscriber, bytes: number, isDue: boolean): void {
    subscriber.unwritten += bytes;
    if (!isDue || subscriber.isDue) return;
    subscriber.isDue = true;
    this.due.push(subscriber);
  }

  private write(subscriber: Subscriber, nowMs: number): void {
    this.handRest(subscriber, nowMs);
    subscriber.unwritten = 0;
    subscriber.isDue = false;
    if (!subscriber.isRemoved) subscriber.connection.flush(nowMs);
  }

  private endPresenceWait(): void {
    this.presenceTimer = undefined;
    this.batch.isDue = this.batch.bytes > 0;
    for (const subscriber of this.byId.values())
      if (subscriber.unwritten > 0) this.count(subscriber, 0, true);
    this.sink.due();
  }

  private find(ids: readonly ConnectionId[]): Subscriber[] {
    return ids.map((id) => this.byId.get(id)).filter((subscriber) => subscriber !== undefined);
  }
}

function edit(subscriber: Subscriber, one: Edit): void {
  if (subscriber.overlay === noEdits) subscriber.overlay = [one];
  else subscriber.overlay.push(one);
}

/** The bytes of the batch in one piece. */
function joined(batch: Batch): Uint8Array {
  if (batch.frames.length > 1) batch.frames = [joinBytes(batch.frames, batch.bytes)];
  return batch.frames[0] ?? new Uint8Array(0);
}

/** The bytes from the cursor on, with these edits. */
function overlaid(bytes: Uint8Array, cursor: number, overlay: readonly Edit[]): Uint8Array {
  if (overlay.length === 0) return cursor === 0 ? bytes : bytes.subarray(cursor);
  const pieces: Uint8Array[] = [];
  let at = cursor;
  for (const { start, end, frame } of overlay) {
    if (at < start) pieces.push(bytes.subarray(at, start));
    if (frame !== undefined) pieces.push(frame);
    at = end;
  }
  if (at < bytes.length) pieces.push(bytes.subarray(at));
  return joinBytes(
    pieces,
    pieces.reduce((sum, { length }) => sum + length, 0),
  );
}
