/** A socket that a test plays: it takes what it is told to take, and remembers what it was given. */

import { noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import { createFrameReader } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { decodeServerMessage } from "../../lib/protocol/messages.ts";
import type { Transport } from "../../lib/server/runtime/client-connection.ts";

export interface FakeWire extends Transport {
  /** Takes this many bytes more, then nothing; without it: everything. */
  takeOnly(bytes: number): void;
  /** Called with every write, before it is taken. */
  onWrite: () => void;
  /** What was done to it, a write as the number of bytes taken. */
  readonly calls: (number | "end" | "terminate")[];
  /** The messages it was given whole, voice as its kind alone. */
  received(): (ServerMessage | "voice")[];
}

export function createFakeWire(): FakeWire {
  const calls: FakeWire["calls"] = [];
  const taken: Uint8Array[] = [];
  let room = Number.POSITIVE_INFINITY;
  const wire: FakeWire = {
    calls,
    onWrite() {},
    takeOnly(bytes) {
      room = bytes;
    },
    write(bytes) {
      wire.onWrite();
      if (room === 0) return -1;
      const piece = bytes.slice(0, room);
      room -= piece.length;
      taken.push(piece);
      calls.push(piece.length);
      return piece.length;
    },
    end: () => void calls.push("end"),
    terminate: () => void calls.push("terminate"),
    binding: () => noChannelBinding,
    received() {
      const messages: (ServerMessage | "voice")[] = [];
      const reader = createFrameReader(limits.serverBodyBytesMax, {
        frame(kind, body) {
          const decoded = decodeServerMessage(kind, body);
          messages.push(decoded.type === "message" ? decoded.message : "voice");
        },
        error(code) {
          throw new Error(`the server wrote what is no frame: ${code}`);
        },
      });
      for (const piece of taken) reader.push(piece);
      return messages;
    },
  };
  return wire;
}
