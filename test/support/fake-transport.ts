/** A transport that a test plays: it accepts as many bytes as it is told to, and remembers them. */

import { noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import { createFrameReader } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import { decodeServerMessage } from "../../lib/protocol/messages.ts";
import type { Transport } from "../../lib/transport/transport.ts";

export interface FakeTransport extends Transport {
  /** Accepts this many bytes more, then none; without it: all. */
  takeOnly(bytes: number): void;
  /** Called with every write, before it is accepted. */
  onWrite: () => void;
  /** The calls, a write as the number of bytes that were accepted. */
  readonly calls: (number | "end" | "terminate")[];
  /** The messages that were written whole, voice as its kind alone. */
  received(): (ServerMessage | "voice")[];
}

export function createFakeTransport(): FakeTransport {
  const calls: FakeTransport["calls"] = [];
  const taken: Uint8Array[] = [];
  let room = Number.POSITIVE_INFINITY;
  const transport: FakeTransport = {
    calls,
    onWrite() {},
    takeOnly(bytes) {
      room = bytes;
    },
    write(bytes) {
      transport.onWrite();
      if (room === 0) return { accepted: 0, mayFollow: false };
      const piece = bytes.slice(0, room);
      room -= piece.length;
      taken.push(piece);
      calls.push(piece.length);
      return { accepted: piece.length, mayFollow: piece.length === bytes.length };
    },
    end: () => void calls.push("end"),
    terminate: () => void calls.push("terminate"),
    channelBinding: () => noChannelBinding,
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
  return transport;
}
