/** Coming in, anew or back, changing one's name, and leaving. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import { protocolVersion } from "../../protocol/messages.ts";
import { nameKey, parseName } from "../../protocol/text.ts";
import { forgetPrivateClips } from "../room/clips.ts";
import type { Member } from "../room/member.ts";
import { createMember } from "../room/member.ts";
import { guestsAmong, isOperator, membersOf, register } from "../room/registry.ts";
import { enter, leave } from "../room/roster.ts";
import { isSilent, namelessSilenceMs } from "../room/speech.ts";
import type { RoomState } from "../room/state.ts";
import { everyone, know, nameOf, refuse, send, sendOthers } from "../room/state.ts";
import { endTurns } from "../room/transmissions.ts";
import { findRates } from "./carried-debt.ts";
import type { ConnectionId, Now, Origin, PublicKey } from "./identity.ts";
import type { Ban } from "./registry.ts";
import type { Comer } from "./resume.ts";
import { firstToRead, goAway, mayComeBack, placeFor, takePlace } from "./resume.ts";

type Hello = Extract<ClientMessage, { type: "hello" }>;
type Rename = Extract<ClientMessage, { type: "rename" }>;

/** A connection was made; it has a while to say hello. Of too many, the longest waiting makes way for it. */
export function connected(room: RoomState, id: ConnectionId, origin: Origin, now: Now): void {
  const member = createMember(id, origin, now);
  room.members.set(id, member);
  room.newcomers.add(member);
  const neighbours = origin.isLocal ? [] : [...room.newcomers].filter((one) => isNeighbour(one, member));
  const [longestWaiting] =
    neighbours.length > limits.pendingPerAddressMax
      ? neighbours
      : room.newcomers.size > limits.pendingConnectionsMax
        ? room.newcomers
        : [];
  if (longestWaiting !== undefined) turnAway(room, longestWaiting, refusal("too-many"), now);
}

/** Whether both come from one address. */
function isNeighbour(one: Member, other: Member): boolean {
  return one.origin.address === other.origin.address;
}

/** Somebody comes in, or back; or is refused, and closed. */
export function hello(
  room: RoomState,
  member: Member,
  message: Hello,
  publicKey: PublicKey | undefined,
  now: Now,
): void {
  const name = parseName(message.name);
  if (message.protocol !== protocolVersion) return turnAway(room, member, refusal("protocol-version"), now);
  if (room.options.passphrase && member.unlocking !== "unlocked")
    return turnAway(room, member, refusal("passphrase-needed"), now);
  if (name === undefined)
    return turnAway(room, member, refusal("name-invalid", { max: limits.nameCharsMax }), now);
  const { session } = message;
  const isSilenced = namelessSilenceMs(room, publicKey, member.origin.address, now) > 0;
  const comer: Comer = {
    name,
    ownsNames: publicKey !== undefined && message.guest !== true && !isSilenced,
    ...(publicKey === undefined ? {} : { publicKey }),
    ...(session === undefined ? {} : { session }),
  };
  const ban = banOf(room, member, comer);
  if (ban !== undefined) return turnAway(room, member, banned(ban), now);
  const place = placeFor(room, member.id, comer);
  if (place === "too-late") return turnAway(room, member, refusal("replaced"), now);
  member.hears = message.voice;
  if (place !== undefined) {
    takePlace(room, place, member, comer);
    return welcome(room, member);
  }
  const why = keptOut(room, member, comer);
  if (why !== undefined) return turnAway(room, member, why, now);
  member.rates = findRates(room, member, publicKey, now) ?? member.rates;
  Object.assign(member, comer, { readsFrom: firstToRead(room) });
  takeName(room, member, name);
  know(room, member, name, true);
  send(room, everyone(room), { type: "joined", name, ...(member.isGuest ? { guest: true } : {}) });
  enter(room, member);
  welcome(room, member);
  room.effects.push({ type: "log", id: member.id, what: "joined", name });
}

function banOf(room: RoomState, { origin }: Member, { publicKey }: Comer): Ban | undefined {
  return isOperator(room, publicKey === undefined ? {} : { publicKey })
    ? undefined
    : room.options.registry.banOf(publicKey, origin.address);
}

/** Why somebody who is new here cannot come in. */
function keptOut(room: RoomState, member: Member, comer: Comer): Refusal | undefined {
  const { name } = comer;
  const { clientsMax } = room.options;
  if (room.isLocked && !isOperator(room, comer)) return refusal("room-locked");
  if (isTaken(room, name, comer.publicKey)) return refusal("name-taken", { name });
  if (room.byName.size >= clientsMax) return refusal("room-full", { max: clientsMax });
  if (member.origin.isLocal) return undefined;
  const max = Math.ceil(clientsMax / 2);
  const neighbours = [...room.byName.values()].filter((one) => isNeighbour(one, member));
  return neighbours.length >= max ? refusal("address-full", { max }) : undefined;
}

/** Whether somebody has this name, or it belongs to somebody else. */
function isTaken(room: RoomState, name: string, publicKey: PublicKey | undefined): boolean {
  const key = nameKey(name);
  const owner = room.options.registry.owner(key);
  return room.byName.has(key) || (owner !== undefined && owner.publicKey !== publicKey);
}

/** The name is this member's from now on, and belongs to it if it may: not where all names of one person are in use. */
function takeName(room: RoomState, member: Member, name: string): void {
  const { publicKey, ownsNames } = member;
  const owner = room.options.registry.owner(nameKey(name));
  const isTheirs = owner !== undefined && owner.publicKey === publicKey;
  member.isGuest = !ownsNames && !isTheirs;
  if (publicKey === undefined || !ownsNames || owner?.name === name) return;
  const others = membersOf(room, { publicKey }).filter((one) => one !== member && !one.isGuest);
  const inUse = others.map((one) => nameKey(one.name));
  if (isTheirs || inUse.length < limits.namesPerPersonMax)
    register(room, { type: "own", name, publicKey, inUse });
  else member.isGuest = true;
}

function welcome(room: RoomState, member: Member): void {
  const { name, motd, server, history } = room.options;
  const others = [...room.byName.values()].filter((other) => other !== member);
  const talking = room.floor.talking().filter((turn) => turn.to === undefined);
  // That the name is theirs may be written down only after this.
  const takes = member.isGuest ? undefined : nameKey(member.name);
  const isOp = member.publicKey !== undefined && room.options.registry.isOperator(member.publicKey, takes);
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
    ...guestsAmong(others),
    ...(isOp ? { operator: true } : {}),
    ...(room.isLocked ? { locked: true } : {}),
    ...(room.isAnnouncing ? { announce: true } : {}),
  });
}

export function rename(room: RoomState, member: Member, message: Rename, now: Now): void {
  const to = parseName(message.name);
  if (to === undefined) {
    return refuse(room, member.id, refusal("name-invalid", { max: limits.nameCharsMax }), message.ref);
  }
  // Everybody reads a name; but it is nothing that is said while only operators speak.
  if (isSilent(room, member, message.ref, now, true)) return;
  const from = member.name;
  const isSame = nameKey(to) === nameKey(from);
  if (!isSame && isTaken(room, to, member.publicKey))
    return refuse(room, member.id, refusal("name-taken", { name: to }), message.ref);
  const renamed = { type: "renamed" as const, from, to };
  const confirmed = { ...renamed, ...(message.ref === undefined ? {} : { ref: message.ref }) };
  // Nothing changed, so nobody else needs to know.
  if (from === to) return send(room, [member.id], confirmed);
  // One that was released stays so, however it is spelled.
  if (!isSame || !member.isGuest) takeName(room, member, to);
  know(room, member, from, false);
  know(room, member, to, true);
  room.byName.delete(nameKey(from));
  room.byName.set(nameKey(to), member);
  member.name = to;
  sendOthers(room, member.id, renamed);
  send(room, [member.id], confirmed);
  room.effects.push({ type: "log", id: member.id, what: "renamed", name: from, detail: to });
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
    room.effects.push({ type: "log", id: member.id, what: "refused", name: "", detail: why.code });
  }
  if (why.code === "too-slow" && mayComeBack(member)) goAway(room, member, why.code, now);
  else leave(room, member, "lost", why.code);
  room.effects.push({ type: "close", id: member.id, why });
}

/** Removes somebody who is in, or away, on behalf of an operator. */
export function remove(room: RoomState, member: Member, reason: "kicked" | "banned", why: Refusal): void {
  const isIn = member.state === "in";
  leave(room, member, reason);
  if (isIn) room.effects.push({ type: "close", id: member.id, why });
  else room.members.delete(member.id);
}

/** What somebody who is banned is told. */
export function banned({ by, reason }: Ban): Refusal {
  const name = by === undefined ? {} : { name: by };
  return refusal("banned", { ...name, ...(reason === undefined ? {} : { reason }) });
}

/** Closes every connection because the server stops. */
export function shutdown(room: RoomState): void {
  // What was said so far is kept, and what was said between two people goes with them.
  for (const { id } of room.members.values()) endTurns(room, room.floor.releaseAll(id), "lost");
  for (const member of room.members.values()) forgetPrivateClips(room, member);
  for (const member of room.byName.values()) know(room, member, member.name, false);
  for (const member of room.members.values()) {
    if (member.state === "in" || member.state === "new")
      room.effects.push({ type: "close", id: member.id, why: refusal("server-stopped") });
    member.state = "gone";
  }
  room.newcomers.clear();
  room.everyone = undefined;
  room.byName.clear();
  room.bySession.clear();
  room.byPerson.clear();
  room.away.clear();
}
