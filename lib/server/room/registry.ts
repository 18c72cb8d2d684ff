/** What outlives the room, as the room asks for it: whose names are whose, who is an operator, and who is banned. */
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "../session/identity.ts";
import type { RegistryChange } from "../session/registry.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";

/** Somebody who is here, or whom the name belongs to. */
export interface Known {
  /** As they spell it. */
  name: string;
  publicKey?: PublicKey;
  /** Who has the name now, in or away. */
  member?: Member;
}

/** Who has this name, or owns it. */
export function findKnown(room: RoomState, name: string): Known | undefined {
  const key = nameKey(name);
  const member = room.byName.get(key);
  if (member === undefined) return room.options.registry.owner(key);
  return {
    name: member.name,
    ...(member.publicKey === undefined ? {} : { publicKey: member.publicKey }),
    member,
  };
}

/** Whether this member may do what operators do. */
export function isOperator(room: RoomState, { publicKey }: { publicKey?: PublicKey }): boolean {
  return publicKey !== undefined && room.options.registry.isOperator(publicKey);
}

/**
 * By which address somebody is kept away or silenced beside their key, of which a new one is made in no time. From the
 * server's own machine, and what it relays, come many: there it is only that of guests.
 */
export function addressOf({ member }: Known): string | undefined {
  if (member === undefined || member.origin.address === "") return undefined;
  return member.isGuest || !member.origin.isLocal ? member.origin.address : undefined;
}

/** Everybody who is in or away and is this person, or this member. */
export function membersOf(room: RoomState, { publicKey, member }: Omit<Known, "name">): Member[] {
  if (publicKey === undefined) return member === undefined ? [] : [member];
  return [...(room.byPerson.get(publicKey) ?? [])];
}

/** Those of them whose names belong to nobody, the first of very many, as a field of a message; none: no field. */
export function guestsAmong(members: Member[]): { guests?: string[] } {
  const guests = members.filter(({ isGuest }) => isGuest).map(({ name }) => name);
  guests.splice(limits.guestsListedMax);
  return guests.length === 0 ? {} : { guests };
}

/** Writes a change down. */
export function register(room: RoomState, change: RegistryChange): void {
  room.effects.push({ type: "registry-change", change });
}
