/**
 * The chat itself: what a room does when somebody connects, says something, talks or leaves.
 * It knows no socket, clock or disk: inputs and the time go in, effects come out, to be run in order.
 */
import type { Refusal } from "../protocol/errors.ts";
import { refusal } from "../protocol/errors.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import { fetchClip, listClips } from "./room/clips.ts";
import { createFloor } from "./room/floor.ts";
import { recall, search } from "./room/history-query.ts";
import { isRepeated, say, whisper } from "./room/lines.ts";
import type { Member } from "./room/member.ts";
import { isLegal } from "./room/member.ts";
import { moderate } from "./room/moderation.ts";
import { isOperator } from "./room/registry.ts";
import { leave } from "./room/roster.ts";
import type { CoreEffect, CoreOptions, RoomState } from "./room/state.ts";
import { refuse, send } from "./room/state.ts";
import { expireTurns, hush, talk, voice } from "./room/transmissions.ts";
import { who, whois } from "./room/whois.ts";
import { connected, hello, lost, rename, shutdown, turnAway } from "./session/handshake.ts";
import type { ConnectionId, Now, Origin, PublicKey } from "./session/identity.ts";
import { unlock, unlocked } from "./session/passphrase-steps.ts";
import { admit, countMessage } from "./session/rate-limit.ts";
import { expireAway, restore } from "./session/resume.ts";

export type CoreInput =
  | { type: "connected"; id: ConnectionId; origin: Origin }
  /** `person`: whose key is in a hello. */
  | { type: "message"; id: ConnectionId; message: ClientMessage; publicKey?: PublicKey }
  /** A well-formed voice frame: the stream it claims, and its whole body. */
  | { type: "voice"; id: ConnectionId; stream: number; body: Uint8Array }
  /** What arrived broke the protocol; the connection cannot go on. */
  | { type: "broken"; id: ConnectionId; why: Refusal }
  /** The connection is no more. */
  | { type: "closed"; id: ConnectionId }
  /** The passphrase was proven on this connection. */
  | { type: "unlocked"; id: ConnectionId }
  /** Whoever runs the server does what operators do; the answer goes to `consoleId`. */
  | { type: "console"; message: ConsoleMessage }
  /** The server starts, and these were here when its last run ended without a word. */
  | { type: "restored"; members: { publicKey: PublicKey; name: string }[] }
  /** The deadline was reached. */
  | { type: "tick" }
  /** The server stops. */
  | { type: "shutdown" };

export type ConsoleMessage = Extract<ClientMessage, { type: "who" | "moderate" }>;

/** As if whoever runs the server were a connection: no other one has this number. */
export const consoleId: ConnectionId = 0;

export interface Core {
  /** Changes the room by one input; the effects are to be run in order. Never throws for what a client sent. */
  handle(input: CoreInput, now: Now): CoreEffect[];
  /** When `tick` is due, on the monotonic clock. */
  deadline(): number | undefined;
}

/** An empty room. */
export function createCore(options: CoreOptions): Core {
  const room: RoomState = {
    options,
    members: new Map(),
    byName: new Map(),
    bySession: new Map(),
    byPerson: new Map(),
    away: new Set(),
    newcomers: new Set(),
    everyone: undefined,
    listeners: undefined,
    floor: createFloor(options.speakersMax),
    isLocked: false,
    isAnnouncing: false,
    silencedUntilMs: new Map(),
    lastId: options.history.lastId(),
    lastClip: options.lastClip,
    leftRates: new Set(),
    recordings: new Map(),
    effects: [],
  };
  return {
    handle(input, now) {
      room.effects = [];
      run(room, input, now);
      return room.effects;
    },
    deadline() {
      const [longestWaiting] = room.newcomers;
      const [longestAway] = room.away;
      const never = Number.POSITIVE_INFINITY;
      const earliest = Math.min(
        room.floor.deadline() ?? never,
        longestWaiting?.helloByMs ?? never,
        longestAway?.awayUntilMs ?? never,
      );
      return earliest === never ? undefined : earliest;
    },
  };
}

function run(room: RoomState, input: CoreInput, now: Now): void {
  switch (input.type) {
    case "tick":
      expireTurns(room, now);
      for (const member of room.newcomers) {
        if (member.helloByMs <= now.monotonicMs) turnAway(room, member, refusal("hello-timeout"), now);
      }
      return expireAway(room, now);
    case "restored":
      return restore(room, input.members, now);
    case "shutdown":
      return shutdown(room);
    case "connected":
      return connected(room, input.id, input.origin, now);
    case "console":
      return runConsole(room, input.message, now);
  }
  const member = room.members.get(input.id);
  if (member === undefined) return;
  if (input.type === "closed") {
    lost(room, member, now);
  } else if (member.state === "gone" || member.state === "away") {
    // Turned away or cut off already; what still arrives means nothing.
  } else if (input.type === "broken") {
    turnAway(room, member, input.why, now);
  } else if (input.type === "unlocked") {
    unlocked(member);
  } else if (!isLegal(member.state, input.type === "voice" ? "voice" : input.message.type)) {
    turnAway(room, member, refusal("out-of-order"), now);
  } else if (input.type === "voice") {
    voice(room, member, input, now);
  } else if (isWithinLimits(room, member, input.message, now)) {
    runMessage(room, member, input, now);
  }
}

/** Whether this is no more than one may send; otherwise it is refused, or ends the connection. */
function isWithinLimits(room: RoomState, member: Member, message: ClientMessage, now: Now): boolean {
  if (!room.options.limitsSenders || isOperator(room, member)) return true;
  if (!countMessage(member.messages, now.monotonicMs)) {
    turnAway(room, member, refusal("flooded"), now);
    return false;
  }
  const seconds = admit(member.rates, message, now.monotonicMs);
  if (seconds === undefined || isRepeated(room, member, message)) return true;
  refuse(room, member.id, refusal("too-fast", { seconds }), "ref" in message ? message.ref : undefined);
  return false;
}

function runConsole(room: RoomState, message: ConsoleMessage, now: Now): void {
  switch (message.type) {
    case "who":
      return who(room, consoleId);
    case "moderate":
      return moderate(room, { id: consoleId }, message, now);
  }
}

function runMessage(
  room: RoomState,
  member: Member,
  { message, publicKey }: Extract<CoreInput, { type: "message" }>,
  now: Now,
): void {
  switch (message.type) {
    case "hello":
      return hello(room, member, message, publicKey, now);
    case "say":
      return say(room, member, message, now);
    case "whisper":
      return whisper(room, member, message, now);
    case "who":
      return who(room, member.id);
    case "rename":
      return rename(room, member, message, now);
    case "requestFloor":
      return talk(room, member, message, now);
    case "releaseFloor":
      return hush(room, member, message);
    case "clips":
      return listClips(room, member, message.ref);
    case "fetch":
      return fetchClip(room, member, message);
    case "history":
      return recall(room, member, message);
    case "search":
      return search(room, member, message);
    case "ping": {
      const at = Math.round(now.monotonicMs * 1_000);
      return send(room, [member.id], { type: "pong", sent: message.sent, at });
    }
    case "pong":
      room.effects.push({ type: "answered", id: member.id, sent: message.sent });
      return;
    case "unlock":
    case "prove":
      return unlock(room, member, message, now);
    case "whois":
      return whois(room, member.id, message);
    case "moderate":
      return moderate(room, { id: member.id, member }, message, now);
    case "quit":
      leave(room, member, "quit");
      room.effects.push({ type: "close", id: member.id });
      return;
  }
}
