/**
 * The room: what its members say, hear and do. Pure: inputs and the time come in, effects go out. It knows joined members
 * only, and gets only messages that are legal and within the rate limits.
 */
import type { Now } from "../../base/now.ts";
import type { ClientMessageHandledBy, ClientMessageOf } from "../../protocol/messages.ts";
import type { ConnectionId, Identity } from "../session/identity.ts";
import type { RoomPort } from "../session/room-port.ts";
import { fetchClip, listClips } from "./clips.ts";
import type { RoomEffect } from "./effects.ts";
import { createFloor } from "./floor.ts";
import { queryHistory, search } from "./history-query.ts";
import { isRepeated, say, whisper } from "./lines.ts";
import type { Member } from "./member.ts";
import { moderate } from "./moderation.ts";
import { close, detach, join, leave, rename, restore, resume } from "./presence.ts";
import { namelessSilenceMs } from "./speech.ts";
import type { RoomOptions, RoomState, SessionPort } from "./state.ts";
import { expireTransmissions, releaseFloor, requestFloor, voice } from "./transmissions.ts";
import { who, whois } from "./users.ts";

/** The messages that the server's console may send. */
export type ConsoleMessage = ClientMessageOf<"who" | "moderate">;

/** The connection id that stands for the server's console; those of connections count up from one. */
export const consoleId: ConnectionId = 0;

export interface Room extends RoomPort {
  /** A message of the server's console; the answer goes to `consoleId`. */
  console(message: ConsoleMessage, now: Now): void;
  /** Ends transmissions whose time is over. */
  expire(now: Now): void;
  /** When `expire` is due, on the monotonic clock. */
  deadline(): number | undefined;
  /** The server stops. */
  close(): void;
}

/** An empty room. `sessions` is called only while an input is handled: the sessions are created after the room. */
export function createRoom(
  options: RoomOptions,
  sessions: () => SessionPort,
  emit: (effect: RoomEffect) => void,
): Room {
  const room: RoomState = {
    options,
    get sessions() {
      return sessions();
    },
    emit,
    members: new Map(),
    everyone: undefined,
    floor: createFloor(options.speakersMax),
    isModerated: false,
    silencedUntilMs: new Map(),
    lastId: options.history.lastId(),
    lastClip: options.lastClip,
    recordings: new Map(),
  };
  const memberOf = (identity: Identity): Member => {
    const member = room.members.get(identity);
    if (member === undefined) throw new Error(`${identity.name} is not a member of the room`);
    return member;
  };
  return {
    join: (identity, connection, hearsVoice) => join(room, identity, connection, hearsVoice),
    restore: (identity) => restore(room, identity),
    detach: (identity) => detach(room, memberOf(identity)),
    resume: (identity, connection, hearsVoice) => resume(room, memberOf(identity), connection, hearsVoice),
    leave: (identity, reason) => leave(room, memberOf(identity), reason),
    receive: (identity, message, now) => receive(room, memberOf(identity), message, now),
    voice: (identity, frame, now) => voice(room, memberOf(identity), frame, now),
    isRepeated: (identity, message) => isRepeated(room, memberOf(identity), message),
    isNamelessSilenced: (publicKey, address, now) => namelessSilenceMs(room, publicKey, address, now) > 0,
    console: (message, now) =>
      message.type === "who" ? who(room, consoleId) : moderate(room, { id: consoleId }, message, now),
    expire: (now) => expireTransmissions(room, now),
    deadline: () => room.floor.deadline(),
    close: () => close(room),
  };
}

function receive(room: RoomState, member: Member, message: ClientMessageHandledBy<"room">, now: Now): void {
  switch (message.type) {
    case "say":
      return say(room, member, message, now);
    case "whisper":
      return whisper(room, member, message, now);
    case "who":
      return who(room, member.id);
    case "rename":
      return rename(room, member, message, now);
    case "requestFloor":
      return requestFloor(room, member, message, now);
    case "releaseFloor":
      return releaseFloor(room, member, message);
    case "clips":
      return listClips(room, member, message.ref);
    case "fetch":
      return fetchClip(room, member, message);
    case "history":
      return queryHistory(room, member, message);
    case "search":
      return search(room, member, message);
    case "whois":
      return whois(room, member.id, message);
    case "moderate":
      return moderate(room, { id: member.id, member }, message, now);
    default:
      message satisfies never;
  }
}
