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
import { limits } from "./limits.ts";

export interface Outbox {
  /** Keeps a frame for the next flush; the bytes must not change afterwards. False: past the limit. */
  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean;
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

export function createOutbox(bytesMax: number = limits.outboxBytesMax): Outbox {
  let entries: Entry[] = [];
  /** How much of the first entry the socket has already taken. */
  let written = 0;
  let bytes = 0;

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
      if (bytes + frame.length > bytesMax) {
        if (traffic === "voice") return true;
        dropVoice(() => true);
        if (bytes + frame.length > bytesMax) return false;
      }
      entries.push({ frame, voice: traffic === "voice", sinceMs: nowMs });
      bytes += frame.length;
      return true;
    },
    flush(write, nowMs) {
      dropVoice((entry) => nowMs - entry.sinceMs > limits.voiceWaitMsMax);
      while (bytes > 0) {
        const batch = nextBatch();
        const taken = Math.max(0, Math.min(write(batch), batch.length));
        forget(taken);
        if (taken < batch.length) return false;
      }
      return true;
    },
    pending: () => bytes,
    abandon() {
      const started = written > 0 ? entries[0] : undefined;
      entries = started === undefined ? [] : [started];
      bytes = started === undefined ? 0 : started.frame.length - written;
    },
  };
}
