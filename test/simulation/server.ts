/** The simulated server: core and commit batch are the real ones; it may be stopped or killed, and its disk may fail. */
import type { Now } from "../../lib/base/now.ts";
import type { ServerMessage } from "../../lib/protocol/messages.ts";
import type { Core, CoreInput, CoreMessage } from "../../lib/server/core.ts";
import { createCore } from "../../lib/server/core.ts";
import type { ExecutableEffect } from "../../lib/server/runtime/commit-batch.ts";
import { CommitBatch } from "../../lib/server/runtime/commit-batch.ts";
import type { CommitLog } from "../../lib/server/runtime/commit-log.ts";
import type { SqliteHistory } from "../../lib/server/storage/lines.ts";
import type { SqliteRegistry } from "../../lib/server/storage/registry.ts";
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
  /** Whether it could not start again: then it waits for `start`. */
  isDown(): boolean;
  /** Starts again with what the disk has. */
  start(): void;
}

/** What a running server keeps on its disk. */
export interface Kept {
  history: Pick<SqliteHistory, "name" | "lastId" | "find" | "waiting" | "page" | "present">;
  registry: SqliteRegistry;
  commitLog: CommitLog;
  /** The server was stopped in order. */
  stopped(wallMs: number): void;
}

export interface SimulatedDisk {
  /** Opens what an earlier run has left. Undefined: that takes time, after which `start` is to be called. */
  open(now: Now): Kept | undefined;
  /** The server is killed: what it had not written is lost. */
  killed(): void;
  /** Lets the disk fail so many times. */
  fail(times: number): void;
}

export interface SimulatedServerOptions {
  disk: SimulatedDisk;
  bug: Bug | undefined;
  /** The number of lines in a page, so small that a few lines make many pages. */
  pageLines: number;
  now(): Now;
  note(what: string): void;
  counts: { stops: number; crashes: number };
}

class Crash extends Error {}

/** What a run of the server has until its end. */
interface Run {
  kept: Kept;
  core: Core;
  batch: Pick<CommitBatch, "run" | "commit">;
}

/** A server on this disk, which starts again after it is stopped or killed. */
export function createSimulatedServer(options: SimulatedServerOptions): SimulatedServer {
  const { disk, bug, pageLines, now, note, counts } = options;
  const connections = new Map<number, Connection>();
  /** The messages to each connection that are not written yet. */
  const outboxes = new Map<Connection, ServerMessage[]>();
  let stepsLeft = Number.POSITIVE_INFINITY;
  let run: Run | undefined;

  /** The server may be killed between any two steps. */
  function step(): void {
    stepsLeft -= 1;
    if (stepsLeft < 0) throw new Crash();
  }

  function start(): void {
    const kept = disk.open(now());
    if (kept === undefined) return;
    const { history, registry, commitLog } = kept;
    const core = createCore({
      ...roomOptions,
      history: {
        name: history.name,
        lastId: () => history.lastId(),
        find: (author, ref) => (bug === "forgets-refs" ? undefined : history.find(author, ref)),
        waiting: (publicKey, max) => history.waiting(publicKey, max),
      },
      registry,
      showsHistory: true,
      keepsClips: false,
    });
    const real = new CommitBatch(commitLog, { execute, willCommit() {}, answered() {} });
    run = { kept, core, batch: bug === "confirm-before-commit" ? hasty(real) : real };
    const members = bug === "forgets-members" ? [] : history.present();
    if (members.length > 0) feedCore(run, { type: "restored", members });
    run.batch.commit();
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
        const page = run?.kept.history.page({ ...effect.query, limit });
        if (page === undefined) return;
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

  function feedCore({ core, batch }: Run, input: CoreInput): void {
    for (const effect of core.handle(input, now())) {
      step();
      batch.run(effect);
    }
  }

  /** One tick of the event loop, with these inputs. */
  function tick(inputs: CoreInput[]): void {
    unlessKilled(() => run !== undefined && work(run, inputs));
  }

  function work(running: Run, inputs: CoreInput[]): void {
    for (const input of inputs) feedCore(running, input);
    const deadline = running.core.deadline();
    if (deadline !== undefined && deadline <= now().monotonicMs) feedCore(running, { type: "tick" });
    running.batch.commit();
    flush();
  }

  function stop(): void {
    note("SIGTERM");
    counts.stops += 1;
    unlessKilled(() => {
      if (run === undefined) return;
      work(run, [{ type: "shutdown" }]);
      run.kept.stopped(now().wallMs);
      endAll();
      start();
    });
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
    disk.killed();
    outboxes.clear();
    for (const connection of connections.values()) connection.isCut = true;
    endAll();
    start();
  }

  /** What the clients have sent, and was not read, is lost. */
  function endAll(): void {
    run = undefined;
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
    isDown: () => run === undefined,
    start: () => unlessKilled(start),
    deadline: () => run?.core.deadline(),
    killAfter(steps) {
      stepsLeft = steps;
    },
  };
}
