/** Coming in, changing one's name, and leaving. */
import type { Refusal } from "../protocol/errors.ts";
import { refusal } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import { protocolVersion } from "../protocol/messages.ts";
import { nameKey, parseName } from "../protocol/text.ts";
import { forgetPrivateClips } from "./clips.ts";
import type { ConnectionId, Member } from "./member.ts";
import type { Now, RoomState } from "./state.ts";
import { everyone, nameOf, refuse, send } from "./state.ts";
import { endTurns } from "./turns.ts";

type Hello = Extract<ClientMessage, { type: "hello" }>;
type Rename = Extract<ClientMessage, { type: "rename" }>;

/** A connection was made; it has a while to say hello. Of too many, the longest waiting makes way for it. */
export function connected(room: RoomState, id: ConnectionId, now: Now): void {
  const helloByMs = now.monotonicMs + limits.helloWithinMs;
  const privateClips = new Map<number, ConnectionId>();
  const member: Member = { id, state: "new", name: "", hears: false, privateClips, helloByMs };
  room.members.set(id, member);
  room.newcomers.add(member);
  const [longestWaiting] = room.newcomers;
  if (longestWaiting !== undefined && room.newcomers.size > limits.newcomersMax) {
    turnAway(room, longestWaiting, refusal("too-many"));
  }
}

export function hello(room: RoomState, member: Member, message: Hello): void {
  const { options } = room;
  const name = parseName(message.name);
  if (message.protocol !== protocolVersion) return turnAway(room, member, refusal("protocol-version"));
  if (name === undefined)
    return turnAway(room, member, refusal("name-invalid", { max: limits.nameCharsMax }));
  if (room.byName.has(nameKey(name))) return turnAway(room, member, refusal("name-taken", { name }));
  if (room.byName.size >= options.clientsMax) {
    return turnAway(room, member, refusal("room-full", { max: options.clientsMax }));
  }

  const members = [...room.byName.values()].map((other) => other.name);
  send(room, everyone(room), { type: "joined", name });
  member.state = "in";
  member.name = name;
  member.hears = message.voice;
  room.newcomers.delete(member);
  room.byName.set(nameKey(name), member);
  const talking = room.floor.talking().filter((turn) => turn.to === undefined);
  send(room, [member.id], {
    type: "welcome",
    protocol: protocolVersion,
    you: name,
    room: options.name,
    members,
    lastId: room.lastId,
    talking: talking.map((turn) => ({ stream: turn.stream, from: nameOf(room, turn.holder) })),
    ...(options.motd === undefined ? {} : { motd: options.motd }),
    server: options.server,
  });
  room.effects.push({ do: "log", id: member.id, what: "joined", name });
}

export function rename(room: RoomState, member: Member, message: Rename): void {
  const to = parseName(message.name);
  if (to === undefined) {
    return refuse(room, member.id, refusal("name-invalid", { max: limits.nameCharsMax }), message.ref);
  }
  const holder = room.byName.get(nameKey(to));
  if (holder !== undefined && holder !== member) {
    return refuse(room, member.id, refusal("name-taken", { name: to }), message.ref);
  }
  const from = member.name;
  const renamed = { type: "renamed" as const, from, to };
  const confirmed = { ...renamed, ...(message.ref === undefined ? {} : { ref: message.ref }) };
  // Nothing changed, so nobody else needs to know.
  if (from === to) return send(room, [member.id], confirmed);
  room.byName.delete(nameKey(from));
  room.byName.set(nameKey(to), member);
  member.name = to;
  send(room, everyone(room, member.id), renamed);
  send(room, [member.id], confirmed);
  room.effects.push({ do: "log", id: member.id, what: "renamed", name: from, detail: to });
}

/** Takes a member out of the room and tells the others; the one who leaves is told nothing. */
export function leave(
  room: RoomState,
  member: Member,
  reason: "quit" | "lost",
  detail: string = reason,
): void {
  const { state, name } = member;
  member.state = "gone";
  room.newcomers.delete(member);
  if (state !== "in") return;
  room.byName.delete(nameKey(name));
  endTurns(room, room.floor.releaseAll(member.id), "lost");
  forgetPrivateClips(room, member);
  send(room, everyone(room), { type: "left", name, reason });
  room.effects.push({ do: "log", id: member.id, what: "left", name, detail });
}

/** Refuses a connection as a whole: it is told why, and closed. */
export function turnAway(room: RoomState, member: Member, why: Refusal): void {
  if (member.state === "new") {
    room.effects.push({ do: "log", id: member.id, what: "refused", name: "", detail: why.code });
  }
  leave(room, member, "lost", why.code);
  room.effects.push({ do: "close", id: member.id, why });
}

/** Closes every connection because the server stops. */
export function shutdown(room: RoomState): void {
  // What was said so far is kept, and what was said between two people goes with them.
  for (const { id } of room.members.values()) endTurns(room, room.floor.releaseAll(id), "lost");
  for (const member of room.members.values()) forgetPrivateClips(room, member);
  for (const member of room.members.values()) {
    if (member.state !== "gone")
      room.effects.push({ do: "close", id: member.id, why: refusal("server-stopped") });
    member.state = "gone";
  }
  room.newcomers.clear();
  room.byName.clear();
}
