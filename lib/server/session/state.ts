/** Connections before and after their hello, and the tables by which sessions are found. */
import type { Now } from "../../base/now.ts";
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { SessionEffect } from "./effects.ts";
import type { ConnectionId, Identity, Origin, PublicKey } from "./identity.ts";
import type { LookalikeIndex } from "./lookalikes.ts";
import type { MessageUsage, Usage } from "./rate-limit.ts";
import { createMessageUsage } from "./rate-limit.ts";
import type { Registry } from "./registry.ts";
import type { RoomPort } from "./room-port.ts";

export interface SessionOptions {
  /** The number of sessions, joined or detached, at most. */
  clientsMax: number;
  /** The number of pending connections at most, where it is less than `limits.pendingConnectionsMax`. */
  pendingMax?: number;
  /** A passphrase must be proven before the hello. */
  passphrase: boolean;
  /** Rate limits apply. */
  limitsSenders: boolean;
  registry: Registry;
}

/** A connection that has not said hello yet. */
export interface PendingConnection {
  readonly state: "pending";
  readonly id: ConnectionId;
  readonly origin: Origin;
  /** The progress of the passphrase login. */
  unlocking: "locked" | "challenged" | "proving" | "unlocked";
  readonly messageUsage: MessageUsage;
  /** The connection is closed at this time, on the monotonic clock. */
  readonly helloByMs: number;
}

/** A user in the room, from the hello to the end, with one connection after another. */
export interface Session extends Identity {
  /** `detached`: its connection is lost, and another one may resume the session until the grace period is over. */
  state: "joined" | "detached";
  /** Its connection, or the last one that it had. */
  id: ConnectionId;
  origin: Origin;
  name: string;
  isGuest: boolean;
  /** Names that it takes belong to its key. */
  ownsNames: boolean;
  /** The id of its running program (`session` in the hello), which may resume the session; none: not given. */
  program: string | undefined;
  /** The messages of its connection. */
  messageUsage: MessageUsage;
  /** Shared by all sessions of one key. */
  readonly usage: Usage;
  /** When the grace period of a detached session is over, on the monotonic clock. */
  detachedUntilMs: number;
}

/** The unpaid usage of a session that is over, for the next connection of its user (see carried-debt.ts). */
export interface CarriedDebt {
  usage: Usage;
  publicKey: PublicKey | undefined;
  /** Undefined: the server's own machine, where debt passes by the key alone. */
  address: string | undefined;
}

export interface SessionTable {
  readonly options: SessionOptions;
  readonly room: RoomPort;
  readonly emit: (effect: SessionEffect) => void;
  /** Every open connection: a pending one, or the joined session that it belongs to. */
  readonly connections: Map<ConnectionId, PendingConnection | Session>;
  /** The pending connections, the longest waiting first. */
  readonly pending: Set<PendingConnection>;
  /** Joined and detached sessions by the key of their name: the names in use. */
  readonly byName: Map<string, Session>;
  /** The same sessions by what their names look like. */
  readonly byLook: LookalikeIndex<Session>;
  /** Sessions that their program may resume, by `programKey`. */
  readonly byProgram: Map<string, Session>;
  /** Sessions with a public key, by that key. */
  readonly byPublicKey: Map<PublicKey, Set<Session>>;
  /** Detached sessions, the longest detached first. */
  readonly detached: Set<Session>;
  /** Unpaid rate-limit debt of sessions that are over, the oldest first. */
  readonly carriedDebts: Set<CarriedDebt>;
  /** Only operators may join. */
  isLocked: boolean;
}

export function createPending(id: ConnectionId, origin: Origin, now: Now): PendingConnection {
  return {
    state: "pending",
    id,
    origin,
    unlocking: "locked",
    messageUsage: createMessageUsage(),
    helloByMs: now.monotonicMs + limits.helloTimeoutMs,
  };
}

/** Joined and detached sessions of this key. */
export function sessionsOf(table: SessionTable, publicKey: PublicKey | undefined): Session[] {
  return publicKey === undefined ? [] : [...(table.byPublicKey.get(publicKey) ?? [])];
}

/** The key by which a running program finds its session; undefined: there is no public key, or no program id. */
export function programKey({
  publicKey,
  program,
}: Pick<Session, "publicKey" | "program">): string | undefined {
  return publicKey === undefined || program === undefined ? undefined : `${publicKey} ${program}`;
}

/** Adds a session to the tables by name, program and key. */
export function addToTable(table: SessionTable, session: Session): void {
  rememberName(table, session);
  rememberProgram(table, session);
  if (session.publicKey === undefined) return;
  const others = table.byPublicKey.get(session.publicKey) ?? new Set();
  table.byPublicKey.set(session.publicKey, others.add(session));
}

/** Removes a session that is over from all tables. */
export function removeFromTable(table: SessionTable, session: Session): void {
  if (session.state === "joined") table.connections.delete(session.id);
  table.detached.delete(session);
  forgetName(table, session);
  forgetProgram(table, session);
  if (session.publicKey === undefined) return;
  const others = table.byPublicKey.get(session.publicKey);
  others?.delete(session);
  if (others?.size === 0) table.byPublicKey.delete(session.publicKey);
}

export function rememberName(table: SessionTable, session: Session): void {
  table.byName.set(nameKey(session.name), session);
  table.byLook.add(session.name, session);
}

export function forgetName(table: SessionTable, session: Session): void {
  table.byName.delete(nameKey(session.name));
  table.byLook.delete(session.name, session);
}

export function rememberProgram(table: SessionTable, session: Session): void {
  const key = programKey(session);
  if (key !== undefined) table.byProgram.set(key, session);
}

export function forgetProgram(table: SessionTable, session: Session): void {
  const key = programKey(session);
  if (key !== undefined) table.byProgram.delete(key);
}

export function forgetPending(table: SessionTable, pending: PendingConnection): void {
  table.pending.delete(pending);
  table.connections.delete(pending.id);
}
