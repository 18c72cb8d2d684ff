/**
 * One connection to the server over TLS, from an address of its own, light enough for five hundred in a process.
 * Messages that all receive are decoded once.
 */

import { channelBindingOf, noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import { createFrameReader, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../lib/protocol/messages.ts";
import { decodeServerMessage, encodeClientMessage } from "../../lib/protocol/messages.ts";

export interface ConnectionSink {
  message(message: ServerMessage): void;
  voice?(body: Uint8Array): void;
  closed(): void;
}

export interface Connection {
  send(...messages: ClientMessage[]): void;
  write(bytes: Uint8Array): void;
  /** The channel binding, which the signature of a hello covers. */
  binding(): Uint8Array;
  /** Reads nothing until resumed. */
  pause(): void;
  resume(): void;
  /** Closes at once, without a goodbye. */
  destroy(): void;
}

export interface ConnectionOptions {
  /** Where it comes from, 127.x.y.z: each of them is another machine to the server. */
  from: string;
  /** Without TLS, to a server that wants it: for hostile clients. */
  bare?: boolean;
  /** Leaves the server's pings unanswered. */
  silent?: boolean;
}

/** Every connection of this process that is open. */
let open = 0;
export const openConnections = (): number => open;

/** Connects; resolves when messages may be sent. Rejects when the server does not take it. */
export function openConnection(
  port: number,
  options: ConnectionOptions,
  sink: ConnectionSink,
): Promise<Connection> {
  const ready = Promise.withResolvers<Connection>();
  let waiting: Uint8Array[] = [];
  let isOpen = false;
  const reader = createFrameReader(limits.serverBodyBytesMax, {
    frame(kind, body) {
      if (kind === voiceKind) return sink.voice?.(body);
      const message = decode(kind, body);
      if (message?.type === "ping" && options.silent !== true)
        connection.send({ type: "pong", sent: message.sent });
      else if (message !== undefined) sink.message(message);
    },
    error: () => reader.stop(),
  });
  let socket: Bun.Socket | undefined;

  function flush(): void {
    while (socket !== undefined && waiting.length > 0) {
      const bytes = Buffer.concat(waiting);
      const taken = Math.max(0, socket.write(bytes));
      waiting = taken < bytes.length ? [bytes.subarray(taken)] : [];
      if (taken < bytes.length) return;
    }
  }

  const connection: Connection = {
    send: (...messages) => connection.write(Buffer.concat(messages.map(encodeClientMessage))),
    write(bytes) {
      if (!isOpen) return;
      waiting.push(bytes);
      if (waiting.length === 1) flush();
    },
    binding: () =>
      socket === undefined || options.bare === true ? noChannelBinding : channelBindingOf(socket),
    pause: () => void socket?.pause(),
    resume: () => void socket?.resume(),
    destroy: () => void socket?.terminate(),
  };
  // localAddress is known to Bun, but not to its types.
  const at = { hostname: "127.0.0.1", port, localAddress: options.from };
  Bun.connect({
    ...at,
    ...(options.bare === true ? {} : { tls: { rejectUnauthorized: false } }),
    socket: {
      open(opened) {
        socket = opened;
        isOpen = true;
        open += 1;
        opened.setNoDelay(true);
        if (options.bare === true) ready.resolve(connection);
      },
      handshake: () => ready.resolve(connection),
      data: (_, chunk) => reader.push(chunk),
      drain: flush,
      close() {
        if (isOpen) open -= 1;
        isOpen = false;
        reader.stop();
        ready.reject(new Error("closed"));
        sink.closed();
      },
      // A reset is one of the ways to be closed.
      error() {},
    },
  }).catch(ready.reject);
  return ready.promise;
}

/** The same bytes go to hundreds: their message is looked up by a hash. No one changes a message. */
const decoded = new Map<bigint | number, ServerMessage | undefined>();
const decodedMax = 5_000;

function decode(kind: number, body: Uint8Array): ServerMessage | undefined {
  const key = Bun.hash(body, kind);
  if (decoded.has(key)) return decoded.get(key);
  const { type, ...rest } = decodeServerMessage(kind, body);
  if (type === "error") throw new Error(`the server sent kind ${kind}, and it is no message`);
  const message = "message" in rest ? rest.message : undefined;
  if (decoded.size >= decodedMax) decoded.clear();
  decoded.set(key, message);
  return message;
}
