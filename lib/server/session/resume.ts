/**
 * Who lost the connection keeps the place for a while: nobody is told, and whoever comes back in time goes on in it
 * with another connection.
 */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { nameKey, parseName } from "../../protocol/text.ts";
import { movePrivateClips } from "../room/clips.ts";
import type { Member } from "../room/member.ts";
import { createMember, nowhere } from "../room/member.ts";
import { enter, forgetPlace, leave, rememberPlace, sessionKey } from "../room/roster.ts";
import type { RoomState } from "../room/state.ts";
import { know } from "../room/state.ts";
import { endTurns } from "../room/transmissions.ts";
import type { ConnectionId, Now, PublicKey } from "./identity.ts";

/** Who comes, as their hello says. */
export type Comer = Pick<Member, "name" | "publicKey" | "session" | "ownsNames">;

/** Whether the place of this member is kept when the connection is lost. */
export function mayComeBack(member: Member): boolean {
  return member.state === "in" && sessionKey(member) !== undefined;
}

/** The connection of a member is lost, and the place is kept. */
export function goAway(room: RoomState, member: Member, detail: string, now: Now): void {
  know(room, member, member.name, true);
  leaveConnection(room, member);
  waitFor(room, member, detail, now);
}

/**
 * The place that this connection may take: that of the same program, or that of the same person who is away, whose
 * program was started anew. `too-late`: a later connection of the same program has it, so nobody reads this one.
 */
export function placeFor(room: RoomState, id: ConnectionId, comer: Comer): Member | "too-late" | undefined {
  const key = sessionKey(comer);
  const own = key === undefined ? undefined : room.bySession.get(key);
  if (own !== undefined) return own.state === "in" && own.id > id ? "too-late" : own;
  const holder = room.byName.get(nameKey(comer.name));
  const isTheirs = comer.publicKey !== undefined && holder?.publicKey === comer.publicKey;
  return isTheirs && holder?.state === "away" && holder.id < id ? holder : undefined;
}

/** This connection goes on in that place; if another one still has it, that one is told, and closed. */
export function takePlace(room: RoomState, place: Member, member: Member, comer: Comer): void {
  const { state, name, publicKey, isGuest, rates, readsFrom } = place;
  const { session, ownsNames } = comer;
  if (state === "in") {
    leaveConnection(room, place);
    room.effects.push({ type: "close", id: place.id, why: refusal("replaced") });
  }
  forgetPlace(room, place);
  Object.assign(member, { name, publicKey, session, isGuest, ownsNames, rates, readsFrom });
  enter(room, member);
  movePrivateClips(room, place, member);
  place.state = "gone";
  room.members.delete(place.id);
  const detail = state === "in" ? { detail: "replaced" } : {};
  room.effects.push({ type: "log", id: member.id, what: "returned", name, ...detail });
}

/** The server was gone, and these with it: their places are kept as if they had just lost the connection. */
export function restore(room: RoomState, people: { publicKey: PublicKey; name: string }[], now: Now): void {
  for (const { publicKey, name } of people) {
    const key = nameKey(name);
    if (parseName(name) !== name || room.byName.has(key)) continue;
    // No connection has such a number: those of connections count up from one.
    const id = -1 - room.away.size;
    const isGuest = room.options.registry.owner(key)?.publicKey !== publicKey;
    const known = { name, publicKey, isGuest, readsFrom: firstToRead(room) };
    const member: Member = { ...createMember(id, nowhere, now), ...known };
    room.members.set(id, member);
    rememberPlace(room, member);
    know(room, member, name, true);
    waitFor(room, member, "restored", now);
  }
}

/** The first line that somebody who comes in now may read. */
export function firstToRead(room: RoomState): number {
  return room.options.showsHistory ? 1 : room.lastId + 1;
}

/** Those who did not come back in time are gone. */
export function expireAway(room: RoomState, now: Now): void {
  for (const member of room.away) {
    if (member.awayUntilMs > now.monotonicMs) return;
    leave(room, member, "lost");
    room.members.delete(member.id);
  }
}

/** From now on nothing is sent to this connection, and its turns are over; what was heard of them stays theirs. */
function leaveConnection(room: RoomState, member: Member): void {
  member.state = "away";
  room.everyone = undefined;
  endTurns(room, room.floor.releaseAll(member.id), "lost");
}

function waitFor(room: RoomState, member: Member, detail: string, now: Now): void {
  member.state = "away";
  member.awayUntilMs = now.monotonicMs + limits.gracePeriodMs;
  room.away.add(member);
  room.effects.push({ type: "log", id: member.id, what: "away", name: member.name, detail });
}
