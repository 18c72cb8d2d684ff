/**
 * The room's body: feeds it with what arrives and runs what it answers. Everything that one turn of the
 * event loop brought is kept in one transaction, and after it written, gathered, so that a busy room costs one write a
 * connection; a turn that brings more than a write takes is written on the way, so that readers can begin.
 */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { encodeServerMessage } from "../../protocol/messages.ts";
import { createSilence, lookEveryMs } from "../../transport/heartbeat.ts";
import { isSignedBy } from "../auth/signatures.ts";
import type { ConsoleMessage, CoreInput } from "../core.ts";
import type { ConnectionId, Now, Origin } from "../session/identity.ts";
import type { IsolatedHistory } from "../storage/lines.ts";
import { createFanOut } from "./broadcast.ts";
import type { Connection, ConnectionSink, Transport } from "./client-connection.ts";
import { createConnection } from "./client-connection.ts";
import { createTurn } from "./commit-batch.ts";
import type { Hosted, HostParts, HostState } from "./effects.ts";
import { runEffect } from "./effects.ts";

export interface Host {
  /** A client connected; the result is to be told what its socket does. */
  connect(wire: Transport, origin: Origin): HostedConnection;
  /** Whoever runs the server asks for something, or does what operators do. */
  command(message: ConsoleMessage): void;
  /** Tells every client that the server stops; resolves when all are gone. */
  shutdown(): Promise<void>;
}

export interface HostedConnection {
  receive(chunk: Uint8Array): void;
  drained(): void;
  closed(): void;
}

/** Runs this room; what it keeps goes on the shelves. Those who were in when its last run broke off keep their places. */
export function createHost(parts: HostParts): Host {
  const { history, registry } = parts;
  const store = {
    ...history,
    recordPresence(...about: Parameters<IsolatedHistory["recordPresence"]>) {
      const [person, name] = about;
      registry.used(person, name);
      history.recordPresence(...about);
    },
  };
  const unlocking = parts.createUnlocking?.({
    send: (id, message) => feedSend(host, id, message),
    unlocked: (id) => feed(host, { type: "unlocked", id }),
    refuse: (id, why) => feed(host, { type: "broken", id, why }),
  });
  const host: HostState = {
    ...parts,
    ...(unlocking === undefined ? {} : { unlocking }),
    turn: createTurn(store, (effect) => runEffect(host, effect), history.failed, history.succeeded),
    connections: new Map(),
    inputs: [],
    isRunning: false,
    fanOut: createFanOut({
      tooSlow: (id) => feed(host, { type: "broken", id, why: refusal("too-slow") }),
      due: () => settleLater(host),
    }),
    willEndTurn: false,
    tickAtMs: undefined,
  };
  let lastId: ConnectionId = 0;
  const watch = setInterval(lookForSilent, lookEveryMs, host);
  const people = history.present();
  if (people.length > 0) feed(host, { type: "restored", members: people });

  return {
    connect(wire, origin) {
      lastId += 1;
      const client = new Client(host, lastId, wire, origin.address);
      host.connections.set(client.id, client);
      host.fanOut.add(client.id, client.connection);
      feed(host, { type: "connected", id: client.id, origin });
      return client;
    },
    command: (message) => feed(host, { type: "console", message }),
    async shutdown() {
      const gone = new Promise<void>((resolve) => {
        host.allGone = resolve;
      });
      feed(host, { type: "shutdown" });
      endTurn(host);
      clearTimeout(host.timer);
      host.fanOut.stop();
      clearInterval(watch);
      if (host.connections.size > 0) await gone;
    },
  };
}

/** One connection: what its socket and its frames come to. There may be thousands. */
class Client implements HostedConnection, Hosted, ConnectionSink {
  private readonly host: HostState;
  readonly id: ConnectionId;
  readonly wire: Transport;
  readonly address: string;
  readonly connection: Connection;
  readonly silence = createSilence(performance.now());
  private isClosed = false;

  constructor(host: HostState, id: ConnectionId, wire: Transport, address: string) {
    this.host = host;
    this.id = id;
    this.wire = wire;
    this.address = address;
    this.connection = createConnection(wire, this);
  }

  receive(chunk: Uint8Array): void {
    this.silence.heard(performance.now());
    this.connection.receive(chunk);
  }

  drained(): void {
    this.connection.drained(performance.now());
  }

  closed(): void {
    const { host, id } = this;
    if (this.isClosed) return;
    this.isClosed = true;
    this.connection.closed();
    host.unlocking?.forget(id);
    feed(host, { type: "closed", id });
    host.fanOut.remove(id);
    host.connections.delete(id);
    if (host.connections.size === 0) host.allGone?.();
  }

  cut(): void {
    this.wire.terminate();
    this.closed();
  }

  message(message: ClientMessage): void {
    const { host, id } = this;
    if (message.type === "ping" || message.type === "pong") this.silence.answers();
    if (message.type !== "hello") return feed(host, { type: "message", id, message });
    const { key, signature, ...rest } = message;
    if (message.session !== undefined) this.silence.answers();
    if (key === undefined) return feed(host, { type: "message", id, message: rest });
    if (!isSignedBy(key, signature, this.wire.binding())) return this.broken(refusal("bad-signature"));
    feed(host, { type: "message", id, message: rest, publicKey: key });
  }

  voice(stream: number, body: Uint8Array): void {
    feed(this.host, { type: "voice", id: this.id, stream, body });
  }

  broken(why: Refusal): void {
    feed(this.host, { type: "broken", id: this.id, why });
  }
}

/** Runs inputs in order; one that comes up while another is run waits for its turn. */
function feed(host: HostState, input: CoreInput): void {
  host.inputs.push(input);
  if (host.isRunning) return;
  host.isRunning = true;
  runInputs(host);
  host.isRunning = false;
  setTick(host);
  settleLater(host);
}

/** Ends the turn when the event loop's is over, if there is something to end. */
function settleLater(host: HostState): void {
  const { fanOut, history, registry, inputs } = host;
  const isDone = !fanOut.isDue() && !history.isOpen() && !registry.isDirty() && inputs.length === 0;
  if (host.willEndTurn || isDone) return;
  host.willEndTurn = true;
  setImmediate(endTurn, host);
}

function runInputs(host: HostState): void {
  const { room, inputs } = host;
  for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
    const at: Now = { wallMs: Date.now(), monotonicMs: performance.now() };
    for (const effect of room.handle(next, at)) host.turn.run(effect);
  }
}

/** Asks those from whom nothing was heard for a word, and cuts off those who owe it. */
function lookForSilent(host: HostState): void {
  const nowMs = performance.now();
  for (const hosted of [...host.connections.values()]) {
    const { connection, silence } = hosted;
    const due = silence.look(nowMs);
    if (due === "cut") hosted.cut();
    if (due !== "ask") continue;
    const sent = Math.round(nowMs * 1_000);
    if (connection.push(encodeServerMessage({ type: "ping", sent }), "text", nowMs)) connection.flush(nowMs);
  }
}

function setTick(host: HostState): void {
  const deadline = host.room.deadline();
  if (deadline === host.tickAtMs) return;
  clearTimeout(host.timer);
  host.tickAtMs = deadline;
  if (deadline === undefined) return;
  const tick = (): void => {
    host.tickAtMs = undefined;
    feed(host, { type: "tick" });
  };
  host.timer = setTimeout(tick, Math.max(0, deadline - performance.now()) + 1);
}

/** Sends what does not come from the room, at the end of the turn like everything else. */
function feedSend(host: HostState, id: ConnectionId, message: ServerMessage): void {
  const wasRunning = host.isRunning;
  host.isRunning = true;
  host.turn.run({ type: "send", to: [id], message });
  host.isRunning = wasRunning;
  settleLater(host);
}

/** What was kept is committed, and what follows from it is written. */
function endTurn(host: HostState): void {
  host.willEndTurn = false;
  // What comes up while something is delivered or written waits until that is done.
  host.isRunning = true;
  do {
    host.turn.settle();
    runInputs(host);
    if (host.history.isOpen()) continue;
    host.registry.write();
    host.fanOut.flush(performance.now());
  } while (host.history.isOpen() || host.inputs.length > 0);
  host.isRunning = false;
  setTick(host);
}
