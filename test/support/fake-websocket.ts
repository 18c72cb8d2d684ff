/** A transport that a test plays as a WebSocket: it accepts whole messages and queues them, and borders mean nothing. */
import { noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import type { Transport, TransportSink } from "../../lib/transport/transport.ts";

export interface FakeWebSocket extends Transport {
  /** Who is told what happens to it. */
  sink: TransportSink | undefined;
  /** The messages that were given to the network. */
  readonly sent: Uint8Array[];
  /** The messages that it queues, because the network takes no more. */
  readonly queued: Uint8Array[];
  readonly calls: ("end" | "terminate")[];
  /** The network takes nothing more. */
  stall(): void;
  /** The network takes everything: what is queued is sent, and the sink is told. */
  resume(): void;
  /** Gives the bytes to the sink, in messages of so many bytes. */
  deliver(bytes: Uint8Array, messageBytes: number): void;
}

/** Like `ServerWebSocket.send` of Bun: -1 means queued, with `drain` later. */
export function createFakeWebSocket(): FakeWebSocket {
  let isStalled = false;
  function send(message: Uint8Array): number {
    if (isStalled) return socket.queued.push(message) && -1;
    socket.sent.push(message);
    return message.length;
  }
  const socket: FakeWebSocket = {
    sink: undefined,
    sent: [],
    queued: [],
    calls: [],
    write(bytes) {
      if (socket.queued.length > 0) return { accepted: 0, mayFollow: false };
      // A copy, for the bytes are valid only now.
      return { accepted: bytes.length, mayFollow: send(bytes.slice()) >= 0 };
    },
    end: () => void socket.calls.push("end"),
    terminate: () => void socket.calls.push("terminate"),
    channelBinding: () => noChannelBinding,
    stall() {
      isStalled = true;
    },
    resume() {
      isStalled = false;
      socket.sent.push(...socket.queued.splice(0));
      socket.sink?.drained();
    },
    deliver(bytes, messageBytes) {
      for (let at = 0; at < bytes.length; at += messageBytes)
        socket.sink?.receive(bytes.slice(at, at + messageBytes));
    },
  };
  return socket;
}
