/**
 * The room's body: feeds it with what arrives and runs what it answers. Everything that one turn of the
 * event loop brought is written at its end, gathered, so that a busy room costs one write a connection; a turn
 * that brings more than a write takes is written on the way, so that readers can begin.
 */
import { refusal } from "../protocol/errors.ts";
import { encodeFrame, voiceKind } from "../protocol/frame.ts";
import { limits } from "../protocol/limits.ts";
import { encodeServerMessage } from "../protocol/messages.ts";
import type { ConnectionId } from "../room/member.ts";
import type { Room, RoomInput } from "../room/room.ts";
import type { Now, RoomEffect } from "../room/state.ts";
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

export function createHost(room: Room, log: Log): Host {
  const connections = new Map<ConnectionId, { connection: Connection; address: string }>();
  /** Who has something to be written, and how many bytes of it were gathered since the last write. */
  const unwritten = new Map<Connection, number>();
  const inputs: RoomInput[] = [];
  let lastId: ConnectionId = 0;
  let running = false;
  let flushing = false;
  let timer: Timer | undefined;
  let allGone: (() => void) | undefined;

  function now(): Now {
    return { wallMs: Date.now(), monotonicMs: performance.now() };
  }

  /** Runs inputs in order; one that comes up while another is run waits for its turn. */
  function feed(input: RoomInput): void {
    inputs.push(input);
    if (running) return;
    running = true;
    for (let next = inputs.shift(); next !== undefined; next = inputs.shift()) {
      const at = now();
      for (const effect of room.handle(next, at)) run(effect, at.monotonicMs);
    }
    running = false;
    setTick();
    if (!flushing && unwritten.size > 0) {
      flushing = true;
      setImmediate(flushAll);
    }
  }

  function flushAll(): void {
    flushing = false;
    const nowMs = performance.now();
    // A write can end a connection, and that can give others something more to write.
    for (const connection of unwritten.keys()) {
      unwritten.delete(connection);
      connection.flush(nowMs);
    }
  }

  function setTick(): void {
    clearTimeout(timer);
    const deadline = room.deadline();
    if (deadline === undefined) return;
    timer = setTimeout(() => feed({ type: "tick" }), Math.max(0, deadline - performance.now()) + 1);
  }

  function run(effect: RoomEffect, nowMs: number): void {
    switch (effect.do) {
      case "send":
        return deliver(effect.to, encodeServerMessage(effect.message), "text", nowMs);
      case "relay":
        return deliver(effect.to, encodeFrame(voiceKind, effect.body), "voice", nowMs);
      case "close": {
        const goodbye = effect.why && encodeServerMessage({ type: "goodbye", ...effect.why });
        const connection = connections.get(effect.id)?.connection;
        // Behind all that was not read, the reason would not be read either.
        if (effect.why?.code === "too-slow") connection?.abandon();
        return connection?.close(goodbye, nowMs);
      }
      case "log": {
        const address = connections.get(effect.id)?.address ?? "";
        const { id, name, detail, what } = effect;
        return log.event(what, {
          name,
          address,
          connection: id,
          ...(detail === undefined ? {} : { detail }),
        });
      }
    }
  }

  function deliver(to: ConnectionId[], frame: Uint8Array, traffic: "text" | "voice", nowMs: number): void {
    for (const id of to) {
      const connection = connections.get(id)?.connection;
      if (connection === undefined) continue;
      // A turn may bring more than an outbox holds: only who does not take it is too slow.
      const isKept = connection.push(frame, traffic, nowMs) || retry(connection, frame, traffic, nowMs);
      if (isKept) gather(connection, frame.length, nowMs);
      else inputs.push({ type: "broken", id, why: refusal("too-slow") });
    }
  }

  function retry(
    connection: Connection,
    frame: Uint8Array,
    traffic: "text" | "voice",
    nowMs: number,
  ): boolean {
    // Also if the socket was full before: that it takes bytes again is not told before this turn is over.
    connection.drained(nowMs);
    return connection.push(frame, traffic, nowMs);
  }

  function gather(connection: Connection, bytes: number, nowMs: number): void {
    const gathered = (unwritten.get(connection) ?? 0) + bytes;
    const isEnough = gathered >= limits.writeBytesMax;
    unwritten.set(connection, isEnough ? 0 : gathered);
    if (isEnough) connection.flush(nowMs);
  }

  return {
    connect(wire, address) {
      lastId += 1;
      const id = lastId;
      const connection = createConnection(wire, {
        message: (message) => feed({ type: "message", id, message }),
        voice: (stream, body) => feed({ type: "voice", id, stream, body }),
        broken: (why) => feed({ type: "broken", id, why }),
      });
      connections.set(id, { connection, address });
      feed({ type: "connected", id });
      return {
        receive: (chunk) => connection.receive(chunk),
        drained: () => connection.drained(performance.now()),
        closed() {
          connection.closed();
          feed({ type: "closed", id });
          unwritten.delete(connection);
          connections.delete(id);
          if (connections.size === 0) allGone?.();
        },
      };
    },
    async shutdown() {
      const gone = new Promise<void>((resolve) => {
        allGone = resolve;
      });
      feed({ type: "shutdown" });
      clearTimeout(timer);
      if (connections.size > 0) await gone;
    },
  };
}
