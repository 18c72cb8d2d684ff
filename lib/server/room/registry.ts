/** What outlives the room, as the room asks for it: whose names are whose, who is an operator, and who is banned. */
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "./history.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";

/** Whom a name belongs to, and how they spell it. */
export interface Owner {
  name: string;
  person: PublicKey;
}

/** Who does not come in any more: this person, and whoever owns no name and comes from this address. */
export interface Ban {
  /** As they were called. */
  name: string;
  person?: PublicKey;
  address?: string;
  /** Which operator did it; none: whoever runs the server. */
  by?: string;
  reason?: string;
}

export type Change =
  /** The name belongs to this person from now on; of their others, these (their keys) are in use and stay theirs. */
  | { type: "own"; name: string; person: PublicKey; inUse?: string[] }
  /** It belongs to nobody. */
  | { type: "release"; name: string }
  | { type: "op" | "deop"; person: PublicKey }
  | { type: "ban"; ban: Ban }
  /** Takes back all bans under this name. */
  | { type: "unban"; name: string };

/** What the room asks. Every change is seen from the next input on. */
export interface Registry {
  /** Whom the name with this key belongs to. */
  owner(nameKey: string): Owner | undefined;
  /** The keys of names whose owners are operators, as the server was told. */
  readonly operatorNames: ReadonlySet<string>;
  /** `takes`: a name (its key) that is about to belong to this person, if it belongs to nobody yet. */
  isOperator(person: PublicKey, takes?: string): boolean;
  /** Whether any name belongs to this one. */
  ownsAny(person: PublicKey | undefined): boolean;
  /** The ban that keeps this one out. */
  banOf(person: PublicKey | undefined, address: string): Ban | undefined;
  /** The oldest first. */
  bans(): Ban[];
}

/** Somebody who is here, or whom the name belongs to. */
export interface Known {
  /** As they spell it. */
  name: string;
  person?: PublicKey;
  /** Who has the name now, in or away. */
  member?: Member;
}

/** Who has this name, or owns it. */
export function findKnown(room: RoomState, name: string): Known | undefined {
  const key = nameKey(name);
  const member = room.byName.get(key);
  if (member === undefined) return room.options.registry.owner(key);
  return { name: member.name, ...(member.person === undefined ? {} : { person: member.person }), member };
}

/** Whether this member may do what operators do. */
export function isOperator(room: RoomState, { person }: { person?: PublicKey }): boolean {
  return person !== undefined && room.options.registry.isOperator(person);
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
export function membersOf(room: RoomState, { person, member }: Omit<Known, "name">): Member[] {
  if (person === undefined) return member === undefined ? [] : [member];
  return [...(room.byPerson.get(person) ?? [])];
}

/** Those of them whose names belong to nobody, the first of very many, as a field of a message; none: no field. */
export function guestsAmong(members: Member[]): { guests?: string[] } {
  const guests = members.filter(({ isGuest }) => isGuest).map(({ name }) => name);
  guests.splice(limits.guestsListedMax);
  return guests.length === 0 ? {} : { guests };
}

/** Writes a change down. */
export function register(room: RoomState, change: Change): void {
  room.effects.push({ type: "registry-change", change });
}
