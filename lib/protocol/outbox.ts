/**
 * What waits to be written to one connection. Pure: it is told the time and given the bytes.
 *
 * The contract:
 * 1. What is pushed leaves in the order it was pushed, whole frames only, each once.
 * 2. `push` never waits. Text past the limit is refused with `false`, and the connection is to be closed.
 * 3. Voice that has waited longer than the limit is dropped, unless a part of it was already written.
 * 4. Voice counts towards the limit, but never makes text be refused: it is dropped first.
 * 5. `flush` makes one write of everything that waits, and keeps what the socket did not take.
 */
import { limits } from "./limits.ts";

export interface Outbox {
  /** Keeps a frame for the next flush; the bytes must not change afterwards. False: past the limit. */
  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean;
  /** Offers all that waits to `write`, which returns how many bytes it took (below 0: none). */
  flush(write: (bytes: Uint8Array) => number, nowMs: number): void;
  /** Bytes waiting. */
  pending(): number;
  /** Voice frames dropped so far. */
  dropped(): number;
  clear(): void;
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
  let droppedCount = 0;

  function dropVoice(isStale: (entry: Entry) => boolean): void {
    const started = written > 0 ? entries[0] : undefined;
    entries = entries.filter((entry) => {
      if (!entry.voice || entry === started || !isStale(entry)) return true;
      bytes -= entry.frame.length;
      droppedCount += 1;
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

  return {
    push(frame, traffic, nowMs) {
      if (bytes + frame.length > bytesMax) {
        if (traffic === "voice") {
          droppedCount += 1;
          return true;
        }
        dropVoice(() => true);
        if (bytes + frame.length > bytesMax) return false;
      }
      entries.push({ frame, voice: traffic === "voice", sinceMs: nowMs });
      bytes += frame.length;
      return true;
    },
    flush(write, nowMs) {
      dropVoice((entry) => nowMs - entry.sinceMs > limits.voiceWaitMsMax);
      const first = entries[0];
      if (first === undefined) return;
      const rest = written > 0 ? first.frame.subarray(written) : first.frame;
      const all =
        entries.length === 1 ? rest : Buffer.concat([rest, ...entries.slice(1).map((entry) => entry.frame)]);
      forget(Math.max(0, Math.min(write(all), all.length)));
    },
    pending: () => bytes,
    dropped: () => droppedCount,
    clear() {
      entries = [];
      written = 0;
      bytes = 0;
    },
  };
}
