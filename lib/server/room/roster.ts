/** Places in the room: who has which name, which program is known again, and the end of a place. */
import { nameKey } from "../../protocol/text.ts";
import { leaveRates } from "../session/carried-debt.ts";
import { forgetPrivateClips } from "./clips.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { everyone, know, send } from "./state.ts";
import { endTurns } from "./transmissions.ts";

/** By which a running program is known again; none: a guest, or a program that does not say which it is. */
export function sessionKey({
  publicKey,
  session,
}: Pick<Member, "publicKey" | "session">): string | undefined {
  return publicKey === undefined || session === undefined ? undefined : `${publicKey} ${session}`;
}

/** This member is in from now on, under its name; it may be that of a member who makes way. */
export function enter(room: RoomState, member: Member): void {
  member.state = "in";
  room.everyone = undefined;
  room.newcomers.delete(member);
  rememberPlace(room, member);
  const key = sessionKey(member);
  if (key !== undefined) room.bySession.set(key, member);
}

/** This member is who has its name, and is found by its key. */
export function rememberPlace(room: RoomState, member: Member): void {
  const { name, publicKey } = member;
  room.byName.set(nameKey(name), member);
  if (publicKey === undefined) return;
  const theirs = room.byPerson.get(publicKey) ?? new Set();
  room.byPerson.set(publicKey, theirs.add(member));
}

/** This member's place is another's now, or nobody's: its program is not known again any more. */
export function forgetPlace(room: RoomState, member: Member): void {
  room.away.delete(member);
  const key = sessionKey(member);
  if (key !== undefined) room.bySession.delete(key);
  if (member.publicKey === undefined) return;
  const theirs = room.byPerson.get(member.publicKey);
  theirs?.delete(member);
  if (theirs?.size === 0) room.byPerson.delete(member.publicKey);
}

/** Takes a member out of the room for good and tells the others; the one who leaves is told nothing. */
export function leave(
  room: RoomState,
  member: Member,
  reason: "quit" | "lost" | "kicked" | "banned",
  detail: string = reason,
): void {
  const { state, name } = member;
  member.state = "gone";
  room.everyone = undefined;
  room.newcomers.delete(member);
  if (state !== "in" && state !== "away") return;
  room.byName.delete(nameKey(name));
  forgetPlace(room, member);
  leaveRates(room, member);
  know(room, member, name, false);
  endTurns(room, room.floor.releaseAll(member.id), "lost");
  forgetPrivateClips(room, member);
  send(room, everyone(room), { type: "left", name, reason });
  room.effects.push({ type: "log", id: member.id, what: "left", name, detail });
}
