/**
 * Frames that wait to be written to one connection. Pure: it is told the time and given the bytes.
 *
 * The contract:
 * 1. Frames leave in the order in which they were pushed, whole and once.
 * 2. `push` never waits. Text past the limit is refused with `false`, and the connection is to be closed.
 * 3. Voice that has waited longer than `voiceWaitMsMax` is dropped, unless a part of it was already written.
 * 4. Voice counts towards the limit, but all voice that can be dropped is dropped before text is refused.
 * 5. `flush` joins the waiting frames into as few writes as it can, and keeps the bytes that were not accepted.
 */

import { encodedFrameEnd } from "../protocol/frame.ts";
import { limits } from "../protocol/limits.ts";
import type { Lane } from "../protocol/messages.ts";
import { joinBytes } from "./join-bytes.ts";
import type { Transport } from "./transport.ts";

/** The lanes of an outbox: presence is text here, because its waiting is over. */
export type OutboxLane = Exclude<Lane, "presence">;

interface Entry {
  readonly bytes: Uint8Array;
  readonly lane: OutboxLane;
  readonly sinceMs: number;
}

/** The list of every outbox in which nothing was ever pushed: thousands of connections are idle. */
const none: Entry[] = [];

/** The last entry: what many are sent at the same time is one entry for all of them. */
let lastEntry: Entry = { bytes: new Uint8Array(0), lane: "text", sinceMs: 0 };

function entryOf(bytes: Uint8Array, lane: OutboxLane, sinceMs: number): Entry {
  const isSame = lastEntry.bytes === bytes && lastEntry.sinceMs === sinceMs && lastEntry.lane === lane;
  if (!isSame) lastEntry = { bytes, lane, sinceMs };
  return lastEntry;
}

/** A class, because a server has thousands: the functions are made once for all. */
export class Outbox {
  private readonly bytesMax: number;
  private entries: Entry[] = none;
  /** How much of the first entry was written. */
  private written = 0;
  /** The size of all entries, without the written bytes. */
  private bytes = 0;
  /** When the oldest waiting voice frame was pushed, or earlier; infinity: none waits. */
  private oldestVoiceMs = Number.POSITIVE_INFINITY;

  /** An empty outbox that holds at most `bytesMax`. */
  constructor(bytesMax: number = limits.outboxBytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Keeps whole frames (of voice: one) for the next flush; the bytes must not change afterwards. False: past the limit. */
  push(frames: Uint8Array, lane: OutboxLane, nowMs: number): boolean {
    if (this.bytes + frames.length > this.bytesMax) {
      if (lane === "voice") return true;
      this.dropVoice(Number.POSITIVE_INFINITY);
      if (this.bytes + frames.length > this.bytesMax) return false;
    }
    const entry = entryOf(frames, lane, nowMs);
    if (this.entries === none) this.entries = [entry];
    else this.entries.push(entry);
    this.bytes += frames.length;
    if (lane === "voice" && nowMs < this.oldestVoiceMs) this.oldestVoiceMs = nowMs;
    return true;
  }

  /** Writes what waits. False: the transport accepts no more, and the next flush is of use only after `drained`. */
  flush(transport: Pick<Transport, "write">, nowMs: number): boolean {
    this.dropVoice(nowMs - limits.voiceWaitMsMax);
    while (this.bytes > 0) {
      const batch = this.nextBatch();
      const { accepted, mayFollow } = transport.write(batch);
      this.forget(accepted);
      // A transport that took nothing would be asked for ever.
      if (!mayFollow || accepted === 0) return false;
    }
    return true;
  }

  /** Bytes that wait. */
  pending(): number {
    return this.bytes;
  }

  /** Drops what waits, except the rest of a frame that was partly written. */
  abandon(): void {
    const [first] = this.entries;
    const end =
      first === undefined || this.written === 0 ? 0 : encodedFrameEnd(first.bytes, this.written - 1);
    if (first === undefined || end <= this.written) return this.clear();
    this.entries = [{ ...first, bytes: first.bytes.subarray(0, end) }];
    this.bytes = end - this.written;
  }

  private clear(): void {
    // The list itself stays: a connection that was sent something is sent something again.
    this.entries.length = 0;
    this.bytes = 0;
    this.written = 0;
    this.oldestVoiceMs = Number.POSITIVE_INFINITY;
  }

  /** Drops all voice that was pushed before `beforeMs`, unless a part of it was written. */
  private dropVoice(beforeMs: number): void {
    if (this.oldestVoiceMs >= beforeMs) return;
    this.oldestVoiceMs = Number.POSITIVE_INFINITY;
    const begun = this.written > 0 ? this.entries[0] : undefined;
    this.entries = this.entries.filter((entry) => {
      const { bytes, lane, sinceMs } = entry;
      if (lane !== "voice" || entry === begun) return true;
      const isDropped = sinceMs < beforeMs;
      if (isDropped) this.bytes -= bytes.length;
      else this.oldestVoiceMs = Math.min(this.oldestVoiceMs, sinceMs);
      return !isDropped;
    });
  }

  /** Removes the first `accepted` bytes, which were written. */
  private forget(accepted: number): void {
    if (accepted === this.bytes) return this.clear();
    this.bytes -= accepted;
    this.written += accepted;
    let gone = 0;
    for (const { bytes } of this.entries) {
      if (this.written < bytes.length) break;
      this.written -= bytes.length;
      gone += 1;
    }
    this.entries.splice(0, gone);
  }

  /** The next bytes to write, in one piece: as many entries as fit a write, at least one. */
  private nextBatch(): Uint8Array {
    const [first] = this.entries;
    if (first !== undefined && this.entries.length === 1)
      return this.written > 0 ? first.bytes.subarray(this.written) : first.bytes;
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const { bytes } of this.entries) {
      if (parts.length > 0 && length + bytes.length > limits.writeBytesMax) break;
      const part = parts.length === 0 && this.written > 0 ? bytes.subarray(this.written) : bytes;
      parts.push(part);
      length += part.length;
    }
    return joinBytes(parts, length);
  }
}
