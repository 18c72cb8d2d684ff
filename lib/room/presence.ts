/** Coming in, anew or back, changing one's name, and leaving. */
import type { Refusal } from "../protocol/errors.ts";
import { refusal } from "../protocol/errors.ts";
import { limits } from "../protocol/limits.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import { protocolVersion } from "../protocol/messages.ts";
import { nameKey, parseName } from "../protocol/text.ts";
import { firstToRead, goAway, mayComeBack, placeFor, takePlace } from "./away.ts";
import { forgetPrivateClips } from "./clips.ts";
import type { Person } from "./history.ts";
import type { ConnectionId, Member } from "./member.ts";
import { createMember } from "./member.ts";
import { enter, leave } from "./places.ts";
import type { Now, RoomState } from "./state.ts";
import { everyone, know, nameOf, refuse, send } from "./state.ts";
import { endTurns } from "./turns.ts";

type Hello = Extract<ClientMessage, { type: "hello" }>;
type Rename = Extract<ClientMessage, { type: "rename" }>;

/** A connection was made; it has a while to say hello. Of too many, the longest waiting makes way for it. */
export function connected(room: RoomState, id: ConnectionId, now: Now): void {
  const member = createMember(id, now);
  room.members.set(id, member);
  room.newcomers.add(member);
  const [longestWaiting] = room.newcomers;
  if (longestWaiting !== undefined && room.newcomers.size > limits.newcomersMax) {
    turnAway(room, longestWaiting, refusal("too-many"), now);
  }
}

/** Somebody comes in, or back; or is refused, and closed. */
export function hello(
  room: RoomState,
  member: Member,
  message: Hello,
  person: Person | undefined,
  now: Now,
): void {
  const name = parseName(message.name);
  if (message.protocol !== protocolVersion) return turnAway(room, member, refusal("protocol-version"), now);
  if (name === undefined)
    return turnAway(room, member, refusal("name-invalid", { max: limits.nameCharsMax }), now);
  const { session } = message;
  const comer = {
    name,
    ...(person === undefined ? {} : { person }),
    ...(session === undefined ? {} : { session }),
  };
  const place = placeFor(room, member.id, comer);
  if (place === "too-late") return turnAway(room, member, refusal("replaced"), now);
  member.hears = message.voice;
  if (place !== undefined) {
    takePlace(room, place, member, comer);
    return welcome(room, member);
  }
  if (room.byName.has(nameKey(name))) return turnAway(room, member, refusal("name-taken", { name }), now);
  if (room.byName.size >= room.options.clientsMax) {
    return turnAway(room, member, refusal("room-full", { max: room.options.clientsMax }), now);
  }
  Object.assign(member, comer, { readsFrom: firstToRead(room) });
  know(room, member, name, true);
  send(room, everyone(room), { type: "joined", name });
  enter(room, member);
  welcome(room, member);
  room.effects.push({ do: "log", id: member.id, what: "joined", name });
}

function welcome(room: RoomState, member: Member): void {
  const { name, motd, server, history } = room.options;
  const others = [...room.byName.values()].filter((other) => other !== member);
  const talking = room.floor.talking().filter((turn) => turn.to === undefined);
  send(room, [member.id], {
    type: "welcome",
    protocol: protocolVersion,
    you: member.name,
    room: name,
    members: others.map((other) => other.name),
    // What was kept: another number could be given to another line after a crash.
    lastId: history.lastId(),
    talking: talking.map((turn) => ({ stream: turn.stream, from: nameOf(room, turn.holder) })),
    ...(motd === undefined ? {} : { motd }),
    server,
    history: history.name,
  });
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
  know(room, member, from, false);
  know(room, member, to, true);
  room.byName.delete(nameKey(from));
  room.byName.set(nameKey(to), member);
  member.name = to;
  send(room, everyone(room, member.id), renamed);
  send(room, [member.id], confirmed);
  room.effects.push({ do: "log", id: member.id, what: "renamed", name: from, detail: to });
}

/** The connection is no more; who would be known again keeps the place. */
export function lost(room: RoomState, member: Member, now: Now): void {
  if (mayComeBack(member)) return goAway(room, member, "lost", now);
  // Cut off before: the place waits already.
  if (member.state === "away") return;
  leave(room, member, "lost");
  room.members.delete(member.id);
}

/** Refuses a connection as a whole: it is told why, and closed. Who was only too slow may come back. */
export function turnAway(room: RoomState, member: Member, why: Refusal, now: Now): void {
  if (member.state === "new") {
    room.effects.push({ do: "log", id: member.id, what: "refused", name: "", detail: why.code });
  }
  if (why.code === "too-slow" && mayComeBack(member)) goAway(room, member, why.code, now);
  else leave(room, member, "lost", why.code);
  room.effects.push({ do: "close", id: member.id, why });
}

/** Closes every connection because the server stops. */
export function shutdown(room: RoomState): void {
  // What was said so far is kept, and what was said between two people goes with them.
  for (const { id } of room.members.values()) endTurns(room, room.floor.releaseAll(id), "lost");
  for (const member of room.members.values()) forgetPrivateClips(room, member);
  for (const member of room.byName.values()) know(room, member, member.name, false);
  for (const member of room.members.values()) {
    if (member.state === "in" || member.state === "new")
      room.effects.push({ do: "close", id: member.id, why: refusal("server-stopped") });
    member.state = "gone";
  }
  room.newcomers.clear();
  room.audiences.clear();
  room.byName.clear();
  room.bySession.clear();
  room.away.clear();
}
