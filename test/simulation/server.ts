/**
 * The simulated server: core, commit batch and history are the real ones; its disk may be full, and it may be stopped or
 * killed.
 */
import type { Database } from "bun:sqlite";
import type { Now } from "../../lib/base/now.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import type { Core, CoreInput, CoreMessage } from "../../lib/server/core.ts";
import { createCore } from "../../lib/server/core.ts";
import type { ExecutableEffect } from "../../lib/server/runtime/commit-batch.ts";
import { CommitBatch } from "../../lib/server/runtime/commit-batch.ts";
import type { SqliteHistory } from "../../lib/server/storage/lines.ts";
import { createSqliteHistory } from "../../lib/server/storage/lines.ts";
import type { SqliteRegistry } from "../../lib/server/storage/registry.ts";
import { createSqliteRegistry } from "../../lib/server/storage/registry.ts";
import { createSqliteCommitLog } from "../../lib/server/storage/sqlite-commit-log.ts";
import { deliveries, roomOptions } from "../support/rooms.ts";

/** Mistakes that can be built in, to show that the invariants find them. */
export const bugs = [
  "confirm-before-commit",
  "forgets-members",
  "forgets-refs",
  "forgets-sessions",
  "one-page-only",
] as const;
export type Bug = (typeof bugs)[number];

/** One connection: the messages under way in both directions, and the ends that are still open. */
export interface Connection {
  readonly id: number;
  readonly up: CoreMessage[];
  readonly down: ServerMessage[];
  /** No new message gets through; those under way still may. */
  isCut: boolean;
  isServerOpen: boolean;
  isClientOpen: boolean;
}

export interface SimulatedServer {
  readonly connections: Map<number, Connection>;
  /** One tick of the event loop, with these inputs. */
  tick(inputs: CoreInput[]): void;
  deadline(): number | undefined;
  /** Stops the server, unless it is killed meanwhile, and starts it again. */
  stop(): void;
  /** Kills the server after so many more steps of its work. */
  killAfter(steps: number): void;
  /** Lets the disk fail so many times. */
  failDisk(times: number): void;
}

export interface SimulatedServerOptions {
  database: Database;
  bug: Bug | undefined;
  /** The number of lines in a page, so small that a few lines make many pages. */
  pageLines: number;
  now(): Now;
  note(what: string): void;
  counts: { stops: number; crashes: number; failures: number };
}

class Crash extends Error {}
class DiskFull extends Error {}

/** A server on this database, which starts again after it is killed. */
export function createSimulatedServer(options: SimulatedServerOptions): SimulatedServer {
  const { database, bug, pageLines, now, note, counts } = options;
  const connections = new Map<number, Connection>();
  /** The messages to each connection that are not written yet. */
  const outboxes = new Map<Connection, ServerMessage[]>();
  let failuresLeft = 0;
  let stepsLeft = Number.POSITIVE_INFINITY;
  let history: SqliteHistory;
  let registry: SqliteRegistry;
  let core: Core;
  let batch: Pick<CommitBatch, "run" | "commit">;

  /** The server may be killed between any two steps. */
  function step(): void {
    stepsLeft -= 1;
    if (stepsLeft < 0) throw new Crash();
  }

  /** Writes to the disk, which may be full. */
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
    const historyOfCore = {
      name: history.name,
      lastId: () => history.lastId(),
      find: (author: string, ref: string) => (bug === "forgets-refs" ? undefined : history.find(author, ref)),
      waiting: (publicKey: string, max: number) => history.waiting(publicKey, max),
    };
    registry = createSqliteRegistry(database, new Set(), () => now().wallMs);
    core = createCore({
      ...roomOptions,
      history: historyOfCore,
      registry,
      showsHistory: true,
      keepsClips: false,
    });
    const commitLog = createSqliteCommitLog({
      history: {
        ...history,
        add: (line) => write(() => history.add(line)),
        commit: () => write(() => history.commit()),
        failed() {},
        succeeded() {},
      },
      registry: { ...registry, used() {} },
      clips: { keep: () => false, forget() {} },
    });
    const real = new CommitBatch(commitLog, { execute, willCommit() {}, answered() {} });
    batch = bug === "confirm-before-commit" ? hasty(real) : real;
    const members = bug === "forgets-members" ? [] : history.present();
    if (members.length > 0) feedCore({ type: "restored", members });
    batch.commit();
    flush();
  }

  /** Sends lines before they are committed. */
  function hasty(real: CommitBatch): Pick<CommitBatch, "run" | "commit"> {
    return {
      run(effect) {
        if (effect.type !== "line") return real.run(effect);
        for (const send of effect.sends) execute(send);
        flush();
        real.run({ ...effect, sends: [] });
      },
      commit: () => real.commit(),
    };
  }

  function execute(effect: ExecutableEffect): void {
    step();
    switch (effect.type) {
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

  /** Written messages are with the operating system, and arrive even if the server is killed. */
  function flush(): void {
    for (const [connection, messages] of outboxes) {
      step();
      outboxes.delete(connection);
      if (!connection.isCut) connection.down.push(...messages);
    }
  }

  function feedCore(input: CoreInput): void {
    for (const effect of core.handle(input, now())) {
      step();
      batch.run(effect);
    }
  }

  /** One tick of the event loop, with these inputs. */
  function tick(inputs: CoreInput[]): void {
    unlessKilled(() => work(inputs));
  }

  function work(inputs: CoreInput[]): void {
    for (const input of inputs) feedCore(input);
    const deadline = core.deadline();
    if (deadline !== undefined && deadline <= now().monotonicMs) feedCore({ type: "tick" });
    batch.commit();
    flush();
  }

  function stop(): void {
    note("SIGTERM");
    counts.stops += 1;
    unlessKilled(() => {
      work([{ type: "shutdown" }]);
      noteStop();
      endAll();
      start();
    });
  }

  function noteStop(): void {
    try {
      write(() => history.stopped(now().wallMs));
    } catch (thrown) {
      if (!(thrown instanceof DiskFull)) throw thrown;
    }
  }

  function unlessKilled(act: () => void): void {
    try {
      act();
    } catch (thrown) {
      if (!(thrown instanceof Crash)) throw thrown;
      crash();
    }
  }

  function crash(): void {
    note("kill -9");
    counts.crashes += 1;
    stepsLeft = Number.POSITIVE_INFINITY;
    history.rollback();
    outboxes.clear();
    for (const connection of connections.values()) connection.isCut = true;
    endAll();
    start();
  }

  /** What the clients have sent, and was not read, is lost. */
  function endAll(): void {
    for (const connection of connections.values()) {
      connection.isServerOpen = false;
      connection.up.length = 0;
    }
    connections.clear();
  }

  start();
  return {
    connections,
    tick,
    stop,
    deadline: () => core.deadline(),
    killAfter(steps) {
      stepsLeft = steps;
    },
    failDisk(times) {
      failuresLeft = times;
    },
  };
}
