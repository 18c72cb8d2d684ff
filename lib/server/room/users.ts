/** The user behind a name: the member who uses it, or else its owner; and the answers to `who` and `whois`. */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessageOf } from "../../protocol/messages.ts";
import { cleanLine, nameKey } from "../../protocol/text.ts";
import type { ConnectionId, PublicKey } from "../session/identity.ts";
import { isOperator } from "../session/registry.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { refuse, send } from "./state.ts";

/** A member, or the owner of a name who is not here. */
export interface User {
  /** In its own spelling. */
  name: string;
  publicKey: PublicKey | undefined;
  /** None: it is not here. */
  member?: Member;
}

/** The user of this name, or its owner. */
export function findUser(room: RoomState, name: string): User | undefined {
  const member = memberNamed(room, name);
  if (member === undefined) return room.options.registry.owner(nameKey(name));
  return { name: member.identity.name, publicKey: member.identity.publicKey, member };
}

/** The member who uses this name. */
export function memberNamed(room: RoomState, name: string): Member | undefined {
  const identity = room.sessions.named(name);
  return identity && room.members.get(identity);
}

/** The member of this name who has a connection; undefined: the requester was told that there is none. */
export function findConnected(
  room: RoomState,
  requester: ConnectionId,
  name: string,
  ref: string,
): Member | undefined {
  const found = memberNamed(room, name);
  if (found?.isDetached === false) return found;
  refuseName(room, requester, name, ref);
  return undefined;
}

/** Every member of this user: all with its key, or the one member without a key. */
export function membersOf(room: RoomState, { publicKey, member }: User): Member[] {
  if (publicKey === undefined) return member === undefined ? [] : [member];
  return [...room.members.values()].filter(({ identity }) => identity.publicKey === publicKey);
}

/**
 * The address by which a user is banned or silenced in addition to its key, because making a new key takes no time.
 * Undefined for users with a key on the server's own machine: a relay there may carry the connections of many people.
 */
export function addressOf({ member }: User): string | undefined {
  if (member === undefined) return undefined;
  const { origin, isGuest } = member.identity;
  if (origin.address === "") return undefined;
  return isGuest || !origin.isLocal ? origin.address : undefined;
}

/** The names of the guests among them, at most `guestsListedMax`, as a field of a message; none: no field. */
export function guestsAmong(members: readonly Pick<Member, "identity">[]): { guests?: string[] } {
  const guests = members.filter(({ identity }) => identity.isGuest).map(({ identity }) => identity.name);
  guests.splice(limits.guestsListedMax);
  return guests.length === 0 ? {} : { guests };
}

/** Refuses a request because no user has this name. */
export function refuseName(room: RoomState, requester: ConnectionId, name: string, ref: string): void {
  refuse(room, requester, refusal("no-such-name", { name: shownName(name) }), ref);
}

/** A name from a request, of any content, as it may be shown. */
export function shownName(name: string): string {
  return [...cleanLine(name)].slice(0, limits.nameCharsMax).join("");
}

/** The names of all members, detached ones included. */
export function who(room: RoomState, requester: ConnectionId): void {
  const members = [...room.members.values()];
  const names = members.map(({ identity }) => identity.name);
  send(room, [requester], { type: "members", names, ...guestsAmong(members) });
}

/** The key of a member, or of the owner of the name. */
export function whois(
  room: RoomState,
  requester: ConnectionId,
  { name, ref }: ClientMessageOf<"whois">,
): void {
  const user = findUser(room, name);
  if (user === undefined) return refuseName(room, requester, name, ref);
  send(room, [requester], {
    type: "person",
    ref,
    name: user.name,
    ...(user.publicKey === undefined ? {} : { key: user.publicKey }),
    ...(user.member?.identity.isGuest === true ? { guest: true } : {}),
    ...(isOperator(room.options.registry, user) ? { operator: true } : {}),
    here: user.member !== undefined,
  });
}
