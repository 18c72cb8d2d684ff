/**
 * What waits to be written to one connection. Pure: it is told the time and given the bytes.
 *
 * The contract:
 * 1. What is pushed leaves in the order it was pushed, whole frames only, each once.
 * 2. `push` never waits. Text past the limit is refused with `false`, and the connection is to be closed.
 * 3. Voice that has waited longer than the limit is dropped, unless a part of it was already written.
 * 4. Voice counts towards the limit, but all that can be dropped of it is dropped before text is refused.
 * 5. `flush` gathers what waits into as few writes as it can, and keeps what the socket did not take.
 */

import { limits } from "../protocol/limits.ts";
import { beginPath, continuePath, type FramePath, joinPath, stepsOf } from "./frame-path.ts";

export interface Outbox {
  /** Keeps a frame for the next flush; the bytes must not change afterwards. False: past the limit. */
  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean;
  /** The same for text that many are sent alike: all of it, or, if it is past the limit, nothing. */
  follow(path: FramePath): boolean;
  /**
   * Offers what waits to the socket, whose `write` returns how many bytes it took (below 0: none). False: the socket
   * is full, and the next flush is worth its while only once the socket has drained.
   */
  flush(socket: Writable, nowMs: number): boolean;
  /** Bytes waiting. */
  pending(): number;
  /** Drops what waits, but for the rest of a frame that was partly written. */
  abandon(): void;
}

interface Writable {
  write(bytes: Uint8Array): number;
}

interface Entry {
  frame: Uint8Array;
  voice: boolean;
  sinceMs: number;
}

/** The beginning of all paths, so that outboxes share what they are given alike. */
const nothing = beginPath();
const none: Entry[] = [];

/** An empty one. There is one for each connection, and thousands of those: its functions are made once for all. */
export function createOutbox(bytesMax: number = limits.outboxBytesMax): Outbox {
  return new FrameOutbox(bytesMax);
}

class FrameOutbox implements Outbox {
  private readonly bytesMax: number;
  /** What came since the last flush; it is written from here if nothing else waits and the socket takes it. */
  private fresh: FramePath = nothing;
  /** What the socket did not take. */
  private entries: Entry[] = none;
  /** How much of the first entry the socket has already taken. */
  private written = 0;
  /** Of these entries. */
  private bytes = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean {
    if (traffic === "voice" && this.pending() + frame.length > this.bytesMax) return true;
    if (traffic === "text" && !this.hasRoom(frame.length)) return false;
    this.fresh = continuePath(this.fresh, frame, traffic === "voice", nowMs);
    return true;
  }

  follow(path: FramePath): boolean {
    if (!this.hasRoom(path.bytes)) return false;
    if (this.fresh === nothing) this.fresh = path;
    else
      for (const { frame, sinceMs } of stepsOf(path))
        this.fresh = continuePath(this.fresh, frame, false, sinceMs);
    return true;
  }

  flush(socket: Writable, nowMs: number): boolean {
    if (this.canLeaveAtOnce(nowMs)) {
      if (this.fresh === nothing) return true;
      const taken = Math.max(0, socket.write(joinPath(this.fresh)));
      if (taken >= this.fresh.bytes) {
        this.fresh = nothing;
        return true;
      }
      this.keepFresh();
      this.forget(taken);
      return false;
    }
    this.keepFresh();
    this.dropVoice((entry) => nowMs - entry.sinceMs > limits.voiceWaitMsMax);
    while (this.bytes > 0) {
      const batch = this.nextBatch();
      const taken = Math.max(0, Math.min(socket.write(batch), batch.length));
      this.forget(taken);
      if (taken < batch.length) return false;
    }
    return true;
  }

  pending(): number {
    return this.bytes + this.fresh.bytes;
  }

  abandon(): void {
    this.fresh = nothing;
    const started = this.written > 0 ? this.entries[0] : undefined;
    this.entries = started === undefined ? none : [started];
    this.bytes = started === undefined ? 0 : started.frame.length - this.written;
  }

  /** Whether so much text is not past the limit; voice makes room for it. */
  private hasRoom(bytes: number): boolean {
    if (this.pending() + bytes <= this.bytesMax) return true;
    this.keepFresh();
    this.dropVoice(() => true);
    return this.bytes + bytes <= this.bytesMax;
  }

  /** From now on the fresh ones wait one by one. */
  private keepFresh(): void {
    const kept = stepsOf(this.fresh).map(({ frame, isVoice, sinceMs }) => ({
      frame,
      voice: isVoice,
      sinceMs,
    }));
    this.entries = [...this.entries, ...kept];
    this.bytes += this.fresh.bytes;
    this.fresh = nothing;
  }

  /** Nothing else waits, and none of it is late. */
  private canLeaveAtOnce(nowMs: number): boolean {
    return (
      this.bytes === 0 &&
      this.fresh.bytes <= limits.writeBytesMax &&
      nowMs - this.fresh.voiceSinceMs <= limits.voiceWaitMsMax
    );
  }

  private dropVoice(isStale: (entry: Entry) => boolean): void {
    const started = this.written > 0 ? this.entries[0] : undefined;
    this.entries = this.entries.filter((entry) => {
      if (!entry.voice || entry === started || !isStale(entry)) return true;
      this.bytes -= entry.frame.length;
      return false;
    });
  }

  /** Forgets the first `taken` bytes. */
  private forget(taken: number): void {
    let rest = this.written + taken;
    let gone = 0;
    for (const { frame } of this.entries) {
      if (rest < frame.length) break;
      rest -= frame.length;
      gone += 1;
    }
    this.entries = this.entries.slice(gone);
    this.written = rest;
    this.bytes -= taken;
  }

  /** What is next to write, in one piece: as many frames as fit a batch, at least one. */
  private nextBatch(): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const { frame } of this.entries) {
      if (parts.length > 0 && length + frame.length > limits.writeBytesMax) break;
      parts.push(parts.length === 0 && this.written > 0 ? frame.subarray(this.written) : frame);
      length += frame.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }
}
