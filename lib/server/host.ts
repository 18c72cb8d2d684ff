/**
 * The room's body: feeds it with what arrives and runs what it answers. Everything that one turn of the
 * event loop brought is written at its end, gathered, so that a busy room costs one write a connection; a turn
 * that brings more than a write takes is written on the way, so that readers can begin.
 */
import { refusal } from "../protocol/errors.ts";
import { encodeFrame, voiceKind } from "../protocol/frame.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { encodeServerMessage } from "../protocol/messages.ts";
import type { ConnectionId } from "../room/member.ts";
import type { Room, RoomInput } from "../room/room.ts";
import type { Now, RoomEffect } from "../room/state.ts";
import type { ClipShelf } from "./clip-shelf.ts";
import type { Connection, Wire } from "./connection.ts";
import { createConnection } from "./connection.ts";
import type { Log } from "./log.ts";

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

interface HostState {
  readonly room: Room;
  readonly log: Log;
  readonly shelf: ClipShelf;
  readonly connections: Map<ConnectionId, { connection: Connection; address: string }>;
  /** What the room has yet to be fed with. */
  readonly inputs: RoomInput[];
  isRunning: boolean;
  /** Who has something to be written, and how many bytes of it were gathered since the last write. */
  readonly unwritten: Map<Connection, number>;
  willFlush: boolean;
  timer?: Timer;
}

interface Frame {
  bytes: Uint8Array;
  traffic: "text" | "voice";
}

/** Runs this room; what it keeps goes on the shelf. */
export function createHost(room: Room, log: Log, shelf: ClipShelf): Host {
  const host: HostState = {
    room,
    log,
    shelf,
    connections: new Map(),
    inputs: [],
    isRunning: false,
    unwritten: new Map(),
    willFlush: false,
  };
  let lastId: ConnectionId = 0;
  let allGone: (() => void) | undefined;

  return {
    connect(wire, address) {
      lastId += 1;
      const id = lastId;
      const connection = createConnection(wire, {
        message: (message) => feed(host, { type: "message", id, message }),
        voice: (stream, body) => feed(host, { type: "voice", id, stream, body }),
        broken: (why) => feed(host, { type: "broken", id, why }),
      });
      host.connections.set(id, { connection, address });
      feed(host, { type: "connected", id });
      return {
        receive: (chunk) => connection.receive(chunk),
        drained: () => connection.drained(performance.now()),
        closed() {
          connection.closed();
          feed(host, { type: "closed", id });
          host.unwritten.delete(connection);
          host.connections.delete(id);
          if (host.connections.size === 0) allGone?.();
        },
      };
    },
    async shutdown() {
      const gone = new Promise<void>((resolve) => {
        allGone = resolve;
      });
      feed(host, { type: "shutdown" });
      clearTimeout(host.timer);
      if (host.connections.size > 0) await gone;
    },
  };
}

/** Runs inputs in order; one that comes up while another is run waits for its turn. */
function feed(host: HostState, input: RoomInput): void {
  const { room, inputs } = host;
  inputs.push(input);
  if (host.isRunning) return;
  host.isRunning = true;
  for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
    const at: Now = { wallMs: Date.now(), monotonicMs: performance.now() };
    for (const effect of room.handle(next, at)) run(host, effect, at.monotonicMs);
  }
  host.isRunning = false;
  setTick(host);
  if (!host.willFlush && host.unwritten.size > 0) {
    host.willFlush = true;
    setImmediate(flushAll, host);
  }
}

function setTick(host: HostState): void {
  clearTimeout(host.timer);
  const deadline = host.room.deadline();
  if (deadline === undefined) return;
  host.timer = setTimeout(() => feed(host, { type: "tick" }), Math.max(0, deadline - performance.now()) + 1);
}

function run(host: HostState, effect: RoomEffect, nowMs: number): void {
  switch (effect.do) {
    case "send":
      return send(host, effect.to, effect.message, nowMs);
    case "relay": {
      const frame: Frame = { bytes: encodeFrame(voiceKind, effect.body), traffic: "voice" };
      return deliver(host, effect.to, frame, nowMs);
    }
    case "answered":
      return host.connections.get(effect.id)?.connection.answered(effect.sent, nowMs);
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

function send(host: HostState, to: ConnectionId[], message: ServerMessage, nowMs: number): void {
  deliver(host, to, { bytes: encodeServerMessage(message), traffic: "text" }, nowMs);
}

function deliver(host: HostState, to: ConnectionId[], frame: Frame, nowMs: number): void {
  const { bytes, traffic } = frame;
  for (const id of to) {
    const connection = host.connections.get(id)?.connection;
    if (connection === undefined) continue;
    // A turn may bring more than an outbox holds: only who does not take it is too slow.
    const isKept = connection.push(bytes, traffic, nowMs) || retry(connection, frame, nowMs);
    if (isKept) gather(host, connection, bytes.length, nowMs);
    else host.inputs.push({ type: "broken", id, why: refusal("too-slow") });
  }
}

function retry(connection: Connection, { bytes, traffic }: Frame, nowMs: number): boolean {
  // Also if the socket was full before: that it takes bytes again is not told before this turn is over.
  connection.drained(nowMs);
  return connection.push(bytes, traffic, nowMs);
}

function gather({ unwritten }: HostState, connection: Connection, bytes: number, nowMs: number): void {
  const gathered = (unwritten.get(connection) ?? 0) + bytes;
  const isEnough = gathered >= limits.writeBytesMax;
  unwritten.set(connection, isEnough ? 0 : gathered);
  if (isEnough) connection.flush(nowMs);
}

function flushAll(host: HostState): void {
  host.willFlush = false;
  const nowMs = performance.now();
  // A write can end a connection, and that can give others something more to write.
  for (const connection of host.unwritten.keys()) {
    host.unwritten.delete(connection);
    connection.flush(nowMs);
  }
}
