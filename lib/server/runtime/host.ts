/**
 * Drives the core: feeds it inputs, and runs its effects. One tick of the event loop is one commit and one write for each
 * connection, so that a busy room costs few of both. A tick with more bytes than one write takes is written in parts, so
 * that clients can begin to read. Voice is written before the commit, and everything else after it.
 */
import type { Now } from "../../base/now.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import { checkEveryMs } from "../../transport/heartbeat.ts";
import type { Transport, TransportSink } from "../../transport/transport.ts";
import type { ConsoleMessage, CoreInput } from "../core.ts";
import type { ConnectionId, Origin } from "../session/identity.ts";
import { Broadcast } from "./broadcast.ts";
import { ClientConnection, type ClientConnectionSink } from "./client-connection.ts";
import { CommitBatch } from "./commit-batch.ts";
import type { HostParts } from "./host-parts.ts";
import type { EffectTargets } from "./run-effect.ts";
import { runEffect } from "./run-effect.ts";

/** The running server, without its listener. */
export interface Host {
  /** Adds the connection of a client. The adapter of the transport calls the returned sink. */
  connect(transport: Transport, origin: Origin): TransportSink;
  /** A command from the server's own console. */
  command(message: ConsoleMessage): void;
  /** Tells every client that the server stops; resolves when everything is committed and all are gone. */
  shutdown(): Promise<void>;
}

interface HostState extends HostParts, EffectTargets {
  readonly connections: Map<ConnectionId, ClientConnection>;
  readonly batch: CommitBatch;
  /** Inputs that the core has not handled yet. */
  readonly inputs: CoreInput[];
  /** The core, an effect or a write is running: inputs wait. */
  isRunning: boolean;
  willEndTick: boolean;
  timer?: Timer;
  /** The deadline of the core for which the timer was set. */
  timerAtMs: number | undefined;
  /** Called when all connections are gone and everything is committed. */
  onIdle?: () => void;
}

/** A host for this core. The members who were present when the last run of the server ended keep their sessions. */
export function createHost(parts: HostParts): Host {
  const login = parts.createPassphraseLogin?.({
    send: (id, message) => runSend(host, id, message),
    unlocked: (id) => feed(host, { type: "unlocked", id }),
    refuse: (id, why) => feed(host, { type: "broken", id, why }),
  });
  const host: HostState = {
    ...parts,
    ...(login === undefined ? {} : { passphraseLogin: login }),
    batch: new CommitBatch(parts.commitLog, {
      execute: (effect) => runEffect(host, effect),
      willCommit: () => flushVoice(host),
      answered: () => endTickLater(host),
    }),
    broadcast: new Broadcast({
      tooSlow: (id) => feed(host, { type: "broken", id, why: refusal("too-slow") }),
      due: () => endTickIfDue(host),
    }),
    connections: new Map(),
    inputs: [],
    isRunning: false,
    isVoiceDue: false,
    willEndTick: false,
    timerAtMs: undefined,
  };
  const sink = createSink(host);
  let lastConnection: ConnectionId = 0;
  const heartbeats = setInterval(checkHeartbeats, checkEveryMs, host);
  if (parts.present.length > 0) feed(host, { type: "restored", members: parts.present });

  return {
    connect(transport, origin) {
      lastConnection += 1;
      const { address } = origin;
      const options = { id: lastConnection, address, transport, limitsPings: host.limitsSenders };
      const connection = new ClientConnection(options, sink);
      host.connections.set(connection.id, connection);
      host.broadcast.add(connection.id, connection);
      feed(host, { type: "connected", id: connection.id, origin });
      return connection;
    },
    command: (message) => feed(host, { type: "console", message }),
    async shutdown() {
      const { promise: idle, resolve } = Promise.withResolvers<void>();
      host.onIdle = resolve;
      feed(host, { type: "shutdown" });
      endTick(host);
      clearTimeout(host.timer);
      host.broadcast.stop();
      clearInterval(heartbeats);
      await idle;
    },
  };
}

/** Turns the events of connections into inputs of the core. */
function createSink(host: HostState): ClientConnectionSink {
  return {
    message(connection, message) {
      const { id } = connection;
      if (message.type !== "hello") return feed(host, { type: "message", id, message });
      const { key, signature, ...rest } = message;
      if (key === undefined) return feed(host, { type: "message", id, message: rest });
      if (host.isSignedBy(key, signature, connection.channelBinding()))
        return feed(host, { type: "message", id, message: rest, publicKey: key });
      feed(host, { type: "broken", id, why: refusal("bad-signature") });
    },
    voice: ({ id }, stream, body) => feed(host, { type: "voice", id, stream, body }),
    broken: ({ id }, why) => feed(host, { type: "broken", id, why }),
    closed({ id }) {
      host.passphraseLogin?.forget(id);
      feed(host, { type: "closed", id });
      host.broadcast.remove(id);
      host.connections.delete(id);
      tellIfIdle(host);
    },
  };
}

/** Feeds an input to the core. An input that arises while another one is handled waits for its end. */
function feed(host: HostState, input: CoreInput): void {
  host.inputs.push(input);
  if (host.isRunning) return;
  host.isRunning = true;
  runInputs(host);
  host.isRunning = false;
  setTimer(host);
  endTickIfDue(host);
}

function runInputs({ core, inputs, batch }: HostState): void {
  for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
    const now: Now = { wallMs: Date.now(), monotonicMs: performance.now() };
    for (const effect of core.handle(next, now)) batch.run(effect);
  }
}

/** Sends a message that is not from the core, in order with the effects of the core. */
function runSend(host: HostState, id: ConnectionId, message: ServerMessage): void {
  const wasRunning = host.isRunning;
  host.isRunning = true;
  host.batch.run({ type: "send", to: [id], message });
  host.isRunning = wasRunning;
  endTickIfDue(host);
}

/** Plans the end of the tick, if there is something to commit or to write. */
function endTickIfDue(host: HostState): void {
  if (host.broadcast.isDue() || host.batch.isOpen() || host.inputs.length > 0) endTickLater(host);
}

function endTickLater(host: HostState): void {
  if (host.willEndTick) return;
  host.willEndTick = true;
  setImmediate(endTick, host);
}

/** Commits the outcomes of this tick, runs the deferred effects, and writes. */
function endTick(host: HostState): void {
  const { broadcast, batch } = host;
  host.willEndTick = false;
  // Inputs that arise while an effect or a write is running wait for its end.
  host.isRunning = true;
  do {
    batch.commit();
    batch.release();
    runInputs(host);
    if (batch.isOpen()) continue;
    broadcast.flush(performance.now());
  } while (batch.isOpen() || host.inputs.length > 0);
  host.isVoiceDue = false;
  host.isRunning = false;
  setTimer(host);
  tellIfIdle(host);
}

/** Writes everything that is due, if voice is among it. */
function flushVoice(host: HostState): void {
  if (host.isVoiceDue) host.broadcast.flush(performance.now());
  host.isVoiceDue = false;
}

function setTimer(host: HostState): void {
  const deadline = host.core.deadline();
  if (deadline === host.timerAtMs) return;
  clearTimeout(host.timer);
  host.timerAtMs = deadline;
  if (deadline === undefined) return;
  const tick = (): void => {
    host.timerAtMs = undefined;
    feed(host, { type: "tick" });
  };
  host.timer = setTimeout(tick, Math.max(0, deadline - performance.now()) + 1);
}

/** Pings silent clients, and ends those that answer no ping. */
function checkHeartbeats(host: HostState): void {
  const nowMs = performance.now();
  for (const connection of [...host.connections.values()]) connection.checkHeartbeat(nowMs);
}

function tellIfIdle({ connections, batch, onIdle }: HostState): void {
  if (connections.size === 0 && batch.isIdle()) onIdle?.();
}
