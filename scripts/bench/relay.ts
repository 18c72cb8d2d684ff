/**
 * A program of its own, and what the server is measured against: other ways to pass on to everybody what anybody
 * sends.
 *
 *     relay chunks|publish [FOLDER]
 *     relay lines FOLDER
 *
 * `chunks` writes every chunk that is read to every socket, `publish` is Bun's own way with websockets: they look at
 * nothing, number nothing and keep nothing. With a folder they speak TLS with the identity in there. `lines` is what
 * least.ts says. It says its port on standard output.
 */
import type { Socket } from "bun";
import { loadCertificate } from "../../lib/server/auth/certificate.ts";
import { keepLines } from "./least.ts";

interface Reader {
  /** What the socket did not take, until it drains. */
  waiting: Uint8Array[];
}

/** What is left over for a reader that does not keep up. */
const waitingMax = 1_000;

type Tls = { key: string; cert: string } | undefined;

function relayChunks(tls: Tls): number {
  const sockets = new Set<Socket<Reader>>();
  const greet = (socket: Socket<Reader>): void => {
    sockets.add(socket);
    socket.write("ready\n");
  };
  const server = Bun.listen<Reader>({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    socket: {
      open(socket) {
        socket.data = { waiting: [] };
        socket.setNoDelay(true);
        if (tls === undefined) greet(socket);
      },
      ...(tls === undefined ? {} : { handshake: greet }),
      data(_, chunk) {
        for (const socket of sockets) offer(socket, chunk);
      },
      drain(socket) {
        const waiting = socket.data.waiting;
        socket.data.waiting = [];
        for (const chunk of waiting) offer(socket, chunk);
      },
      close: (socket) => void sockets.delete(socket),
      error() {},
    },
  });
  return server.port;
}

function offer(socket: Socket<Reader>, chunk: Uint8Array): void {
  const { waiting } = socket.data;
  const taken = waiting.length > 0 ? 0 : Math.max(0, socket.write(chunk));
  if (taken < chunk.length && waiting.length < waitingMax) waiting.push(chunk.slice(taken));
}

function relayPublish(tls: Tls): number | undefined {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls === undefined ? {} : { tls }),
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response("", { status: 400 })),
    websocket: {
      open: (socket) => void socket.subscribe("room"),
      message: (_, message) => void server.publish("room", message),
    },
  });
  return server.port;
}

const [kind, folder] = process.argv.slice(2);
console.log(JSON.stringify({ port: await start() }));

async function start(): Promise<number | undefined> {
  if (kind === "lines" && folder !== undefined) return keepLines(folder);
  const identity = folder === undefined ? undefined : await loadCertificate(folder);
  const tls = identity && { key: identity.key, cert: identity.certificate };
  return kind === "publish" ? relayPublish(tls) : relayChunks(tls);
}
