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
import { beginPath, continuePath, type FramePath, joinPath, stepsOf } from "./frame-path.ts";
import { limits } from "./limits.ts";

export interface Outbox {
  /** Keeps a frame for the next flush; the bytes must not change afterwards. False: past the limit. */
  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean;
  /** Keeps text that many are sent alike, as many frames as one write may take; there must be room for it. */
  follow(path: FramePath): void;
  /**
   * Offers what waits to `write`, which returns how many bytes it took (below 0: none). False: the socket
   * is full, and the next flush is worth its while only once the socket has drained.
   */
  flush(write: (bytes: Uint8Array) => number, nowMs: number): boolean;
  /** Bytes waiting. */
  pending(): number;
  /** Drops what waits, but for the rest of a frame that was partly written. */
  abandon(): void;
}

interface Entry {
  frame: Uint8Array;
  voice: boolean;
  sinceMs: number;
}

/** The beginning of all paths, so that outboxes share what they are given alike. */
const nothing = beginPath();

export function createOutbox(bytesMax: number = limits.outboxBytesMax): Outbox {
  /** What came since the last flush; it is written from here if nothing else waits and the socket takes it. */
  let fresh: FramePath = nothing;
  /** What the socket did not take. */
  let entries: Entry[] = [];
  /** How much of the first entry the socket has already taken. */
  let written = 0;
  /** Of these entries. */
  let bytes = 0;

  /** From now on the fresh ones wait one by one. */
  function keepFresh(): void {
    for (const step of stepsOf(fresh)) {
      entries.push({ frame: step.frame, voice: step.isVoice, sinceMs: step.sinceMs });
    }
    bytes += fresh.bytes;
    fresh = nothing;
  }

  /** Nothing else waits, and none of it is late. */
  function canLeaveAtOnce(nowMs: number): boolean {
    return (
      bytes === 0 &&
      fresh.bytes <= limits.writeBytesMax &&
      nowMs - fresh.voiceSinceMs <= limits.voiceWaitMsMax
    );
  }

  function dropVoice(isStale: (entry: Entry) => boolean): void {
    const started = written > 0 ? entries[0] : undefined;
    entries = entries.filter((entry) => {
      if (!entry.voice || entry === started || !isStale(entry)) return true;
      bytes -= entry.frame.length;
      return false;
    });
  }

  /** Forgets the first `taken` bytes. */
  function forget(taken: number): void {
    let rest = written + taken;
    let gone = 0;
    for (const { frame } of entries) {
      if (rest < frame.length) break;
      rest -= frame.length;
      gone += 1;
    }
    entries.splice(0, gone);
    written = rest;
    bytes -= taken;
  }

  /** What is next to write, in one piece: as many frames as fit a batch, at least one. */
  function nextBatch(): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const { frame } of entries) {
      if (parts.length > 0 && length + frame.length > limits.writeBytesMax) break;
      parts.push(parts.length === 0 && written > 0 ? frame.subarray(written) : frame);
      length += frame.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  return {
    push(frame, traffic, nowMs) {
      if (bytes + fresh.bytes + frame.length > bytesMax) {
        if (traffic === "voice") return true;
        keepFresh();
        dropVoice(() => true);
        if (bytes + frame.length > bytesMax) return false;
      }
      fresh = continuePath(fresh, frame, traffic === "voice", nowMs);
      return true;
    },
    follow(path) {
      if (fresh === nothing) fresh = path;
      else for (const { frame, sinceMs } of stepsOf(path)) fresh = continuePath(fresh, frame, false, sinceMs);
    },
    flush(write, nowMs) {
      if (canLeaveAtOnce(nowMs)) {
        if (fresh === nothing) return true;
        const taken = Math.max(0, write(joinPath(fresh)));
        if (taken >= fresh.bytes) {
          fresh = nothing;
          return true;
        }
        keepFresh();
        forget(taken);
        return false;
      }
      keepFresh();
      dropVoice((entry) => nowMs - entry.sinceMs > limits.voiceWaitMsMax);
      while (bytes > 0) {
        const batch = nextBatch();
        const taken = Math.max(0, Math.min(write(batch), batch.length));
        forget(taken);
        if (taken < batch.length) return false;
      }
      return true;
    },
    pending: () => bytes + fresh.bytes,
    abandon() {
      fresh = nothing;
      const started = written > 0 ? entries[0] : undefined;
      entries = started === undefined ? [] : [started];
      bytes = started === undefined ? 0 : started.frame.length - written;
    },
  };
}
