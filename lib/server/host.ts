/**
 * The room's body: feeds it with what arrives and runs what it answers. Everything that one turn of the
 * event loop brought is kept in one transaction, and after it written, gathered, so that a busy room costs one write a
 * connection; a turn that brings more than a write takes is written on the way, so that readers can begin.
 */
import { refusal } from "../protocol/errors.ts";
import { encodeFrame, voiceKind } from "../protocol/frame.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { encodeServerMessage } from "../protocol/messages.ts";
import type { Person } from "../room/history.ts";
import type { ConnectionId } from "../room/member.ts";
import type { Room, RoomInput } from "../room/room.ts";
import type { Now } from "../room/state.ts";
import type { ClipShelf } from "./clip-shelf.ts";
import type { Connection, Wire } from "./connection.ts";
import { createConnection } from "./connection.ts";
import { createFanOut, type FanOut } from "./fan-out.ts";
import type { HistoryShelf } from "./history-shelf.ts";
import type { Silence } from "./keep-alive.ts";
import { createSilence } from "./keep-alive.ts";
import type { Log } from "./log.ts";
import type { Delivered, Turn } from "./turn.ts";
import { createTurn } from "./turn.ts";

export interface Host {
  /** A client connected; the result is to be told what its socket does. */
  connect(wire: Wire, address: string): HostedConnection;
  /** Tells every client that the server stops; resolves when all are gone. */
  shutdown(): Promise<void>;
}

export interface HostedConnection {
  receive(chunk: Uint8Array): void;
  drained(): void;
  closed(): void;
}

interface Hosted {
  connection: Connection;
  address: string;
  silence: Silence;
  /** Ends it here and now, whatever the network says. */
  cut(): void;
}

interface HostState {
  readonly room: Room;
  readonly log: Log;
  readonly shelf: ClipShelf;
  readonly history: HistoryShelf;
  readonly turn: Turn;
  readonly connections: Map<ConnectionId, Hosted>;
  /** What the room has yet to be fed with. */
  readonly inputs: RoomInput[];
  isRunning: boolean;
  readonly fanOut: FanOut;
  willEndTurn: boolean;
  timer?: Timer;
  /** What the timer waits for. */
  tickAtMs: number | undefined;
}

/** Of the hash of a secret: enough for nobody to meet another one's. */
const personBytes = 16;
/** Between two looks for connections from which nothing is heard. */
const lookEveryMs = 1_000;

/** Runs this room; what it keeps goes on the shelves. Those who were in when its last run broke off keep their places. */
export function createHost(room: Room, log: Log, shelf: ClipShelf, history: HistoryShelf): Host {
  const host: HostState = {
    room,
    log,
    shelf,
    history,
    turn: createTurn(history, (effect) => run(host, effect), history.failed, history.succeeded),
    connections: new Map(),
    inputs: [],
    isRunning: false,
    fanOut: createFanOut((id) => host.inputs.push({ type: "broken", id, why: refusal("too-slow") })),
    willEndTurn: false,
    tickAtMs: undefined,
  };
  let lastId: ConnectionId = 0;
  let allGone: (() => void) | undefined;
  const watch = setInterval(lookForSilent, lookEveryMs, host);
  const people = history.present();
  if (people.length > 0) feed(host, { type: "restored", people });

  return {
    connect(wire, address) {
      lastId += 1;
      const id = lastId;
      const connection = createConnection(wire, {
        message(message) {
          if (message.type === "ping" || message.type === "pong") silence.answers();
          if (message.type !== "hello") return feed(host, { type: "message", id, message });
          const { secret, ...rest } = message;
          if (message.session !== undefined) silence.answers();
          const person = secret === undefined ? {} : { person: personOf(secret) };
          feed(host, { type: "message", id, message: rest, ...person });
        },
        voice: (stream, body) => feed(host, { type: "voice", id, stream, body }),
        broken: (why) => feed(host, { type: "broken", id, why }),
      });
      const silence = createSilence(performance.now());
      let isClosed = false;
      const closed = (): void => {
        if (isClosed) return;
        isClosed = true;
        connection.closed();
        feed(host, { type: "closed", id });
        host.fanOut.remove(id);
        host.connections.delete(id);
        if (host.connections.size === 0) allGone?.();
      };
      const cut = (): void => {
        wire.terminate();
        closed();
      };
      host.connections.set(id, { connection, address, silence, cut });
      host.fanOut.add(id, connection);
      feed(host, { type: "connected", id });
      return {
        receive(chunk) {
          silence.heard(performance.now());
          connection.receive(chunk);
        },
        drained: () => connection.drained(performance.now()),
        closed,
      };
    },
    async shutdown() {
      const gone = new Promise<void>((resolve) => {
        allGone = resolve;
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

/** Runs inputs in order; one that comes up while another is run waits for its turn. */
function feed(host: HostState, input: RoomInput): void {
  host.inputs.push(input);
  if (host.isRunning) return;
  runInputs(host);
  setTick(host);
  if (host.willEndTurn || (!host.fanOut.isDue() && !host.history.isOpen())) return;
  host.willEndTurn = true;
  setImmediate(endTurn, host);
}

function runInputs(host: HostState): void {
  const { room, inputs } = host;
  host.isRunning = true;
  for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
    const at: Now = { wallMs: Date.now(), monotonicMs: performance.now() };
    for (const effect of room.handle(next, at)) host.turn.run(effect);
  }
  host.isRunning = false;
}

/** What the room knows a client by: of the secret nothing is left. */
function personOf(secret: string): Person {
  const hash = new Uint8Array(new Bun.CryptoHasher("sha256").update(secret).digest());
  return hash.subarray(0, personBytes).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Asks those from whom nothing was heard for a word, and cuts off those who owe it. */
function lookForSilent(host: HostState): void {
  const nowMs = performance.now();
  for (const { connection, silence, cut } of [...host.connections.values()]) {
    const due = silence.look(nowMs);
    if (due === "cut") cut();
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

function run(host: HostState, effect: Delivered): void {
  const nowMs = performance.now();
  switch (effect.do) {
    case "send":
      return send(host, effect.to, effect.message, nowMs);
    case "relay":
      return host.fanOut.deliver(effect.to, encodeFrame(voiceKind, effect.body), "voice", nowMs);
    case "answered":
      return host.connections.get(effect.id)?.connection.answered(effect.sent, nowMs);
    case "recall": {
      const { id, ref, recall } = effect;
      return send(host, [id], { type: "history", ref, ...host.history.page(recall) }, nowMs);
    }
    case "keep-clip": {
      const { clip, packets, to, ended } = effect;
      const isKept = host.shelf.keep(clip, packets);
      return send(host, to, isKept ? { ...ended, clip: clip.clip } : ended, nowMs);
    }
    case "forget-clips":
      return host.shelf.forget(effect.clips);
    case "list-clips":
      return send(host, [effect.id], host.shelf.list(effect), nowMs);
    case "fetch-clip":
      return send(host, [effect.id], host.shelf.read(effect), nowMs);
    case "close": {
      const goodbye = effect.why && encodeServerMessage({ type: "goodbye", ...effect.why });
      const connection = host.connections.get(effect.id)?.connection;
      // Behind all that was not read, the reason would not be read either.
      if (effect.why?.code === "too-slow") connection?.abandon();
      return connection?.close(goodbye, nowMs);
    }
    case "log": {
      const address = host.connections.get(effect.id)?.address ?? "";
      const { id, name, detail, what } = effect;
      const fields = { name, address, connection: id, ...(detail === undefined ? {} : { detail }) };
      return host.log.event(what, fields);
    }
  }
}

function send(
  { fanOut }: HostState,
  to: readonly ConnectionId[],
  message: ServerMessage,
  nowMs: number,
): void {
  const traffic = message.type === "joined" || message.type === "left" ? "presence" : "text";
  fanOut.deliver(to, encodeServerMessage(message), traffic, nowMs);
}

/** What was kept is committed, and what follows from it is written. */
function endTurn(host: HostState): void {
  host.willEndTurn = false;
  do {
    // What comes up while something is delivered waits for its turn.
    host.isRunning = true;
    host.turn.settle();
    runInputs(host);
  } while (host.history.isOpen());
  // A write can end a connection, and that can give others something more to write.
  host.fanOut.flush(performance.now());
}
