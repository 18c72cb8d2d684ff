/** The server of a played world: room, turn and history are the real ones; the disk may be full, and it may be killed. */
import type { Database } from "bun:sqlite";
import type { ClientMessage, ServerMessage } from "../../lib/protocol/messages.ts";
import type { Core, CoreInput } from "../../lib/server/core.ts";
import { createCore } from "../../lib/server/core.ts";
import type { Delivered, Turn } from "../../lib/server/runtime/commit-batch.ts";
import { createTurn } from "../../lib/server/runtime/commit-batch.ts";
import type { Now } from "../../lib/server/session/identity.ts";
import type { SqliteHistory } from "../../lib/server/storage/lines.ts";
import { createSqliteHistory } from "../../lib/server/storage/lines.ts";
import type { SqliteRegistry } from "../../lib/server/storage/registry.ts";
import { createSqliteRegistry } from "../../lib/server/storage/registry.ts";
import { deliveries, roomOptions } from "../support/rooms.ts";

/** Mistakes that can be built in, to see that they are found. */
export const bugs = ["confirm-before-commit", "forgets-refs", "forgets-sessions", "one-page-only"] as const;
export type Bug = (typeof bugs)[number];

/** One connection: what is under way in both directions, and who still holds it. */
export interface Connection {
  readonly id: number;
  readonly up: ClientMessage[];
  readonly down: ServerMessage[];
  /** Nothing new gets through; what is under way still may. */
  isCut: boolean;
  isServerOpen: boolean;
  isClientOpen: boolean;
}

export interface PlayedServer {
  readonly connections: Map<number, Connection>;
  /** One turn of the event loop: some of what has arrived. */
  takeTurn(inputs: CoreInput[]): void;
  deadline(): number | undefined;
  /** It is killed after so many more moments. */
  killAfter(moments: number): void;
  /** The disk fails so many times. */
  failDisk(times: number): void;
}

export interface PlayedServerOptions {
  database: Database;
  bug: Bug | undefined;
  /** Pages have no more lines than this, so that worlds of a few lines have many pages. */
  pageLines: number;
  now(): Now;
  note(what: string): void;
  counts: { crashes: number; failures: number };
}

class Crash extends Error {}
class DiskFull extends Error {}

/** A server that runs over this database, and is started again when it is killed. */
export function createPlayedServer(options: PlayedServerOptions): PlayedServer {
  const { database, bug, pageLines, now, note, counts } = options;
  const connections = new Map<number, Connection>();
  /** What there is for each connection that is not written. */
  const outboxes = new Map<Connection, ServerMessage[]>();
  let failuresLeft = 0;
  let momentsLeft = Number.POSITIVE_INFINITY;
  let history: SqliteHistory;
  let registry: SqliteRegistry;
  let room: Core;
  let turn: Turn;

  /** Between any two effects the server may be killed. */
  function moment(): void {
    momentsLeft -= 1;
    if (momentsLeft < 0) throw new Crash();
  }

  /** The disk, which may be full. */
  function write(act: () => void): void {
    if (failuresLeft > 0) {
      failuresLeft -= 1;
      counts.failures += 1;
      note("the disk fails");
      throw new DiskFull("disk full");
    }
    act();
  }

  function start(): void {
    history = createSqliteHistory(database, { days: 30, bytesMax: 1e9 }, now());
    const seenByRoom = {
      name: history.name,
      lastId: () => history.lastId(),
      find: (author: string, ref: string) => (bug === "forgets-refs" ? undefined : history.find(author, ref)),
      waiting: (publicKey: string, max: number) => history.waiting(publicKey, max),
    };
    registry = createSqliteRegistry(database, new Set(), () => now().wallMs);
    room = createCore({
      ...roomOptions,
      history: seenByRoom,
      registry,
      showsHistory: true,
      keepsClips: false,
    });
    const store = {
      add: (line: Parameters<SqliteHistory["add"]>[0]) => write(() => history.add(line)),
      recordPresence: (...about: Parameters<SqliteHistory["recordPresence"]>) =>
        history.recordPresence(...about),
      isOpen: () => history.isOpen(),
      commit: () => write(() => history.commit()),
      rollback: () => history.rollback(),
    };
    const real = createTurn(store, deliver, () => {});
    turn = bug === "confirm-before-commit" ? hasty(real) : real;
    const people = history.present();
    if (people.length > 0) feedRoom({ type: "restored", members: people });
    turn.settle();
    flush();
  }

  /** Sends what is kept before it is committed. */
  function hasty(real: Turn): Turn {
    return {
      run(effect) {
        if (effect.type !== "line") return real.run(effect);
        for (const send of effect.sends) deliver(send);
        flush();
        real.run({ ...effect, sends: [] });
      },
      settle: () => real.settle(),
    };
  }

  function deliver(effect: Delivered): void {
    moment();
    switch (effect.type) {
      case "registry-change":
        return registry.apply(effect.change);
      case "send":
        for (const { to, message } of deliveries([effect]))
          for (const id of to) put(connections.get(id), message);
        return;
      case "history-query": {
        const limit = Math.min(effect.query.limit, pageLines);
        const page = history.page({ ...effect.query, limit });
        if (bug === "one-page-only") page.more = false;
        put(connections.get(effect.id), { type: "history", ref: effect.ref, ...page });
        return;
      }
      case "close": {
        const connection = connections.get(effect.id);
        if (connection === undefined) return;
        if (effect.why !== undefined) put(connection, { type: "goodbye", ...effect.why });
        connection.isServerOpen = false;
        return;
      }
    }
  }

  function put(connection: Connection | undefined, message: ServerMessage): void {
    if (connection === undefined || !connection.isServerOpen) return;
    const outbox = outboxes.get(connection) ?? [];
    outbox.push(message);
    outboxes.set(connection, outbox);
  }

  /** What is written is with the operating system, and arrives though the server be killed. */
  function flush(): void {
    for (const [connection, messages] of outboxes) {
      moment();
      outboxes.delete(connection);
      if (!connection.isCut) connection.down.push(...messages);
    }
  }

  function feedRoom(input: CoreInput): void {
    for (const effect of room.handle(input, now())) {
      moment();
      turn.run(effect);
    }
  }

  /** One turn of the event loop: some of what has arrived. */
  function takeTurn(inputs: CoreInput[]): void {
    try {
      for (const input of inputs) feedRoom(input);
      const deadline = room.deadline();
      if (deadline !== undefined && deadline <= now().monotonicMs) feedRoom({ type: "tick" });
      turn.settle();
      registry.write();
      flush();
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
      crash();
    }
  }

  function crash(): void {
    note("kill -9");
    counts.crashes += 1;
    momentsLeft = Number.POSITIVE_INFINITY;
    history.rollback();
    outboxes.clear();
    for (const connection of connections.values()) {
      connection.isServerOpen = false;
      connection.isCut = true;
      connection.up.length = 0;
    }
    connections.clear();
    start();
  }

  start();
  return {
    connections,
    takeTurn,
    deadline: () => room.deadline(),
    killAfter(moments) {
      momentsLeft = moments;
    },
    failDisk(times) {
      failuresLeft = times;
    },
  };
}
