/**
 * All connections and sessions of the server. A message reaches the room only if the session is joined, the message is
 * legal and within the rate limits. Pure: inputs and the time come in, effects go out.
 */
import type { Now } from "../../base/now.ts";
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage, ClientMessageHandledBy, MessageState } from "../../protocol/messages.ts";
import { clientMessages, isHandledBy, voiceFrames } from "../../protocol/messages.ts";
import { nameKey } from "../../protocol/text.ts";
import { closed, quit, rejectConnection } from "./closing.ts";
import type { SessionEffect } from "./effects.ts";
import { connected, expirePending, hello } from "./handshake.ts";
import type { ConnectionId, Identity, Origin, PublicKey } from "./identity.ts";
import { ban, remove } from "./leave.ts";
import { createLookalikeIndex } from "./lookalikes.ts";
import { register, release, rename } from "./names.ts";
import { unlock, unlocked } from "./passphrase-steps.ts";
import { admit, countMessage, countVoice } from "./rate-limit.ts";
import type { Ban, RegistryChange } from "./registry.ts";
import { isOperator } from "./registry.ts";
import { expireDetached, restore } from "./resume.ts";
import type { RelayedFrame, RoomPort } from "./room-port.ts";
import type { PendingConnection, Session, SessionOptions, SessionTable } from "./state.ts";

/** The messages that the core handles; the transport handles the others. */
export type CoreMessage = ClientMessageHandledBy<"session" | "room">;

export type SessionInput =
  | { type: "connected"; id: ConnectionId; origin: Origin }
  /** `publicKey`: the key of a hello, whose signature was checked. */
  | { type: "message"; id: ConnectionId; message: CoreMessage; publicKey?: PublicKey }
  | ({ type: "voice"; id: ConnectionId } & RelayedFrame)
  /** The client broke the protocol, or does not read; the connection cannot go on. */
  | { type: "broken"; id: ConnectionId; why: Refusal }
  /** The connection is gone. */
  | { type: "closed"; id: ConnectionId }
  /** The passphrase was proven on this connection. */
  | { type: "unlocked"; id: ConnectionId }
  /** The server starts. These members were in the room when its last run ended. */
  | { type: "restored"; members: { publicKey: PublicKey; name: string }[] };

export interface Sessions {
  /** Never throws for what a client sent. */
  handle(input: SessionInput, now: Now): void;
  /** Ends pending connections and detached sessions whose time is over. */
  expire(now: Now): void;
  /** When `expire` is due, on the monotonic clock. */
  deadline(): number | undefined;
  /** Closes every connection because the server stops. */
  close(): void;

  /** The user of this name, joined or detached. */
  named(name: string): Identity | undefined;
  /** Gives a user another valid name, or says why not. */
  rename(identity: Identity, to: string): Refusal | undefined;
  /** Ends a session on behalf of an operator. */
  remove(identity: Identity, reason: "kicked" | "banned", why: Refusal): void;
  /** Records the ban, and ends the sessions that it applies to. `identity`: the user, where the ban has no public key. */
  ban(ban: Ban, identity: Identity | undefined): void;
  /** The name belongs to no key from now on. */
  release(name: string): void;
  /** Changes the registry. */
  register(change: RegistryChange): void;
  isLocked(): boolean;
  lock(isOn: boolean): void;
}

/** No connection yet. */
export function createSessions(
  options: SessionOptions,
  room: RoomPort,
  emit: (effect: SessionEffect) => void,
): Sessions {
  const table: SessionTable = {
    options,
    room,
    emit,
    connections: new Map(),
    pending: new Set(),
    byName: new Map(),
    byLook: createLookalikeIndex(),
    byProgram: new Map(),
    byPublicKey: new Map(),
    detached: new Set(),
    carriedDebts: new Set(),
    isLocked: false,
  };
  /** The session that the room holds as an identity. */
  const sessionOf = (identity: Identity): Session | undefined => {
    const session = table.byName.get(nameKey(identity.name));
    return session === identity ? session : undefined;
  };
  return {
    handle: (input, now) => handle(table, input, now),
    expire(now) {
      expirePending(table, now);
      expireDetached(table, now);
    },
    deadline() {
      const [longestWaiting] = table.pending;
      const [longestDetached] = table.detached;
      const never = Number.POSITIVE_INFINITY;
      const earliest = Math.min(
        longestWaiting?.helloByMs ?? never,
        longestDetached?.detachedUntilMs ?? never,
      );
      return earliest === never ? undefined : earliest;
    },
    close: () => close(table),
    named: (name) => table.byName.get(nameKey(name)),
    rename(identity, to) {
      const session = sessionOf(identity);
      return session && rename(table, session, to);
    },
    remove(identity, reason, why) {
      const session = sessionOf(identity);
      if (session !== undefined) remove(table, session, reason, why);
    },
    ban: (given, identity) => ban(table, given, identity && sessionOf(identity)),
    release: (name) => release(table, name),
    register: (change) => register(table, change),
    isLocked: () => table.isLocked,
    lock(isOn) {
      table.isLocked = isOn;
    },
  };
}

/** Whether a connection in this state may send this message, or voice. The message table says so. */
export function isLegal(state: MessageState, input: ClientMessage["type"] | "voice"): boolean {
  const states: readonly MessageState[] = (input === "voice" ? voiceFrames : clientMessages[input]).states;
  return states.includes(state);
}

function handle(table: SessionTable, input: SessionInput, now: Now): void {
  if (input.type === "connected") return connected(table, input.id, input.origin, now);
  if (input.type === "restored") return restore(table, input.members, now);
  const client = table.connections.get(input.id);
  // The connection was refused or replaced, or is gone: its remaining inputs have no effect.
  if (client === undefined || client.state === "detached") return;
  switch (input.type) {
    case "closed":
      return closed(table, client, now);
    case "broken":
      return rejectConnection(table, client, input.why, now);
    case "unlocked":
      if (client.state === "pending") unlocked(client);
      return;
  }
  const type = input.type === "voice" ? "voice" : input.message.type;
  if (!isLegal(client.state, type)) rejectConnection(table, client, refusal("out-of-order"), now);
  else if (input.type === "message") receive(table, client, input, now);
  else if (client.state === "joined" && table.room.voice(client, input, now))
    countVoice(client.usage, now.monotonicMs);
}

/** Handles a legal message, or passes it on to the room, if it is within the rate limits. */
function receive(
  table: SessionTable,
  client: PendingConnection | Session,
  { message, publicKey }: Extract<SessionInput, { type: "message" }>,
  now: Now,
): void {
  if (!enforceRateLimits(table, client, message, now)) return;
  if (isHandledBy("room", message)) {
    if (client.state === "joined") table.room.receive(client, message, now);
    return;
  }
  switch (message.type) {
    case "quit":
      return quit(table, client);
    case "hello":
      if (client.state === "pending") hello(table, client, message, publicKey, now);
      return;
    case "unlock":
    case "prove":
      if (client.state === "pending") unlock(table, client, message, now);
      return;
    default:
      message satisfies never;
  }
}

/** Takes the price of the message. False: it is over the rate limits, and is refused or ends the connection. */
function enforceRateLimits(
  table: SessionTable,
  client: PendingConnection | Session,
  message: CoreMessage,
  now: Now,
): boolean {
  const { options, room } = table;
  const isJoined = client.state !== "pending";
  if (!options.limitsSenders || (isJoined && isOperator(options.registry, client))) return true;
  if (!countMessage(client.messageUsage, now.monotonicMs)) {
    rejectConnection(table, client, refusal("flooded"), now);
    return false;
  }
  const seconds = isJoined ? admit(client.usage, message, now.monotonicMs) : undefined;
  if (seconds === undefined) return true;
  if (isJoined && isHandledBy("room", message) && room.isRepeated(client, message)) return true;
  const ref = "ref" in message && message.ref !== undefined ? { ref: message.ref } : {};
  const error = { type: "error" as const, ...refusal("too-fast", { seconds }), ...ref };
  table.emit({ type: "send", to: [client.id], message: error });
  return false;
}

function close(table: SessionTable): void {
  for (const id of table.connections.keys())
    table.emit({ type: "close", id, why: refusal("server-stopped") });
  table.connections.clear();
  table.pending.clear();
  table.byName.clear();
  table.byLook.clear();
  table.byProgram.clear();
  table.byPublicKey.clear();
  table.detached.clear();
}
