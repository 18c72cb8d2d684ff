/** A hostile server without encryption: it sends the messages and bytes that a test gives it. */
import { createServer } from "node:net";
import { createFrameReader } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage, ServerMessageOf } from "../../lib/protocol/messages.ts";
import { decodeClientMessage, encodeServerMessage, protocolVersion } from "../../lib/protocol/messages.ts";

export interface Peer {
  send(...messages: ServerMessage[]): void;
  write(bytes: Uint8Array | string): void;
  close(): void;
}

export interface FakeServer extends Disposable {
  port: number;
  /** The arguments that lead a client here. */
  there: string[];
}

export const welcome: ServerMessageOf<"welcome"> = {
  type: "welcome",
  protocol: protocolVersion,
  you: "alice",
  room: "Lab 3",
  members: ["bob"],
  lastId: 0,
  talking: [],
};

/** Listens until it is disposed of; `react` gets every message that a client sends. */
export async function startFakeServer(
  react: (message: ClientMessage, peer: Peer) => void,
): Promise<FakeServer> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const peer: Peer = {
      send: (...messages) => void socket.write(Buffer.concat(messages.map(encodeServerMessage))),
      write: (bytes) => void socket.write(bytes),
      close: () => void socket.end(),
    };
    const reader = createFrameReader(limits.clientBodyBytesMax, {
      frame(kind, body) {
        const decoded = decodeClientMessage(kind, body);
        if (decoded.type === "message") react(decoded.message, peer);
      },
      error: (code) => socket.destroy(new Error(code)),
    });
    socket.on("data", (chunk: Uint8Array) => reader.push(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake server has no port");
  return {
    port: address.port,
    there: ["--server", `127.0.0.1:${address.port}`, "--plaintext"],
    [Symbol.dispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
