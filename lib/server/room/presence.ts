/** Presence: members join, lose their connection, resume, change their name and leave, and the others are told. */
import type { Now } from "../../base/now.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessageOf } from "../../protocol/messages.ts";
import { protocolVersion } from "../../protocol/messages.ts";
import { nameKey, parseName } from "../../protocol/text.ts";
import type { ConnectionId, Identity } from "../session/identity.ts";
import { forgetPrivateClips } from "./clips.ts";
import type { Member } from "./member.ts";
import { refuseIfForbidden } from "./speech.ts";
import type { RoomState } from "./state.ts";
import { everyone, recordPresence, refuse, send } from "./state.ts";
import { endTransmissions } from "./transmissions.ts";
import { guestsAmong } from "./users.ts";

/** No connection has this id. */
const noConnection: ConnectionId = -1;

/** Adds a member: tells the others, and welcomes it. */
export function join(
  room: RoomState,
  identity: Identity,
  connection: ConnectionId,
  hearsVoice: boolean,
): void {
  const { name, publicKey, isGuest } = identity;
  recordPresence(room, publicKey, name, true);
  send(room, everyone(room).ids, { type: "joined", name, ...(isGuest ? { guest: true } : {}) });
  const member = addMember(room, identity, connection, hearsVoice);
  welcome(room, member);
}

/** Adds a member from the last run of the server; it has no connection yet. */
export function restore(room: RoomState, identity: Identity): void {
  addMember(room, identity, noConnection, false).isDetached = true;
  recordPresence(room, identity.publicKey, identity.name, true);
}

/** The member lost its connection. Its transmissions end; the others are told nothing else. */
export function detach(room: RoomState, member: Member): void {
  recordPresence(room, member.identity.publicKey, member.identity.name, true);
  disconnect(room, member);
}

/** Gives the member this connection. Transmissions on its old connection end, if that is still open. */
export function resume(room: RoomState, member: Member, connection: ConnectionId, hearsVoice: boolean): void {
  if (!member.isDetached) disconnect(room, member);
  Object.assign(member, { id: connection, isDetached: false, hearsVoice });
  room.everyone = undefined;
  welcome(room, member);
}

/** Removes a member: its transmissions end, and the others are told. */
export function leave(room: RoomState, member: Member, reason: "quit" | "lost" | "kicked" | "banned"): void {
  const { name, publicKey } = member.identity;
  room.members.delete(member.identity);
  recordPresence(room, publicKey, name, false);
  disconnect(room, member);
  forgetPrivateClips(room, member);
  send(room, everyone(room).ids, { type: "left", name, reason });
}

/**
 * The server stops: running transmissions are stored as clips, and private clips are forgotten. The members stay present:
 * their clients wait for the server, which restores them when it starts again.
 */
export function close(room: RoomState): void {
  const members = [...room.members.values()];
  for (const member of members) endTransmissions(room, room.floor.releaseAll(member), "lost");
  for (const member of members) forgetPrivateClips(room, member);
  // What a detached member has read was recorded when it lost its connection.
  for (const { identity, isDetached } of members)
    if (!isDetached) recordPresence(room, identity.publicKey, identity.name, true);
  room.members.clear();
  room.everyone = undefined;
}

/** Changes the name of a member, unless the name is invalid or taken, or the member is silenced. */
export function rename(room: RoomState, member: Member, message: ClientMessageOf<"rename">, now: Now): void {
  const { identity, id } = member;
  const to = parseName(message.name);
  if (to === undefined)
    return refuse(room, id, refusal("name-invalid", { max: limits.nameCharsMax }), message.ref);
  // Everyone reads a name, so silenced members keep theirs; moderated mode does not matter.
  if (refuseIfForbidden(room, member, message.ref, now, true)) return;
  const from = identity.name;
  const renamed = { type: "renamed" as const, from, to };
  const confirmed = { ...renamed, ...(message.ref === undefined ? {} : { ref: message.ref }) };
  // Nothing changed, so no other member needs to know.
  if (from === to) return send(room, [id], confirmed);
  const why = room.sessions.rename(identity, to);
  if (why !== undefined) return refuse(room, id, why, message.ref);
  // The newest name is the last in every list.
  room.members.delete(identity);
  room.members.set(identity, member);
  recordPresence(room, identity.publicKey, from, false);
  recordPresence(room, identity.publicKey, to, true);
  room.emit({ type: "send", to: everyone(room).ids, except: id, message: renamed });
  send(room, [id], confirmed);
  room.emit({ type: "log", id, what: "renamed", name: from, detail: to });
}

function addMember(room: RoomState, identity: Identity, id: ConnectionId, hearsVoice: boolean): Member {
  const readsFrom = room.options.showsHistory ? 1 : room.lastId + 1;
  const member: Member = {
    identity,
    id,
    isDetached: false,
    hearsVoice,
    readsFrom,
    privateClips: new Map(),
  };
  room.members.set(identity, member);
  room.everyone = undefined;
  return member;
}

/** From now on nothing is sent to the member, and its transmissions are over. */
function disconnect(room: RoomState, member: Member): void {
  member.isDetached = true;
  room.everyone = undefined;
  endTransmissions(room, room.floor.releaseAll(member), "lost");
}

function welcome(room: RoomState, member: Member): void {
  const { name, motd, server, history, registry } = room.options;
  const { identity } = member;
  const others = [...room.members.values()].filter((other) => other !== member);
  const talking = room.floor.talking().filter(({ to }) => to === undefined);
  // The registry changes only after this input, so it does not know yet that the name belongs to this key.
  const takes = identity.isGuest ? undefined : nameKey(identity.name);
  const isOp = identity.publicKey !== undefined && registry.isOperator(identity.publicKey, takes);
  send(room, [member.id], {
    type: "welcome",
    protocol: protocolVersion,
    you: identity.name,
    room: name,
    members: others.map((other) => other.identity.name),
    // The last committed id: after a crash, another line could get an id above it.
    lastId: history.lastId(),
    talking: talking.map(({ stream, holder }) => ({ stream, from: holder.identity.name })),
    ...(motd === undefined ? {} : { motd }),
    server,
    history: history.name,
    ...guestsAmong(others),
    ...(isOp ? { operator: true } : {}),
    ...(room.sessions.isLocked() ? { locked: true } : {}),
    ...(room.isModerated ? { announce: true } : {}),
  });
}
