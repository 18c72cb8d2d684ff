/**
 * The least that a server can do for the lines of Holler: it parses and numbers them, keeps what a turn of the event loop
 * brought with one commit, and then sends it with one write to everybody. No checks, no room, nothing for slow readers, no
 * line that is found again, no confirmation. What the real one costs more than this is what a room costs.
 */
import { Database } from "bun:sqlite";
import { join } from "node:path";
import type { Socket } from "bun";
import { createFrameReader, type FrameReader } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { encodeServerMessage } from "../../lib/protocol/messages.ts";

interface Person {
  name: string;
  reader: FrameReader;
}

/** Listens for clients of Holler, without TLS, and keeps their lines in this folder; the result is its port. */
export function keepLines(folder: string): number {
  const file = new Database(join(folder, "lines.sqlite"));
  file.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  file.run("CREATE TABLE lines (id INTEGER PRIMARY KEY, name TEXT, text TEXT, at INTEGER) STRICT");
  const insert = file.query("INSERT INTO lines VALUES (?, ?, ?, ?)");
  const [begin, commit] = [file.query("BEGIN IMMEDIATE"), file.query("COMMIT")];
  const decoder = new TextDecoder();
  const present = new Set<Socket<Person>>();
  let gathered: Uint8Array[] = [];
  let lastId = 0;

  function take(socket: Socket<Person>, body: Uint8Array): void {
    const { name, text } = JSON.parse(decoder.decode(body));
    if (name !== undefined) welcome(socket, name);
    if (text !== undefined) say(socket.data.name, text);
  }

  function welcome(socket: Socket<Person>, name: string): void {
    socket.data.name = name;
    present.add(socket);
    const empty = { members: [], talking: [] };
    socket.write(
      encodeServerMessage({ type: "welcome", protocol: 1, you: name, room: "", lastId, ...empty }),
    );
  }

  function say(from: string, text: string): void {
    if (gathered.length === 0) {
      begin.run();
      setImmediate(endTurn);
    }
    lastId += 1;
    const at = Date.now();
    insert.run(lastId, from, text, at);
    gathered.push(
      encodeServerMessage({ type: "said", id: lastId, from, text, at: new Date(at).toISOString() }),
    );
  }

  function endTurn(): void {
    commit.run();
    const all = Buffer.concat(gathered);
    gathered = [];
    for (const socket of present) socket.write(all);
  }

  const server = Bun.listen<Person>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        const sink = { frame: (_: number, body: Uint8Array) => take(socket, body), error() {} };
        socket.data = { name: "", reader: createFrameReader(limits.clientBodyBytesMax, sink) };
      },
      data: (socket, chunk) => socket.data.reader.push(chunk),
      close: (socket) => void present.delete(socket),
      error() {},
    },
  });
  return server.port;
}
