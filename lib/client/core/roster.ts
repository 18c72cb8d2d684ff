/** Who is in the room and who they are, as the server tells it, and what its operators do. */
import { limits } from "../../protocol/limits.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ClientEvent } from "../api.ts";
import type { ChatState, Person } from "./state.ts";
import { addMember, cleanName, cleanNames, dropMember, show } from "./state.ts";

type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;
type Moderated = Extract<ClientEvent, { type: "moderated" }>;

export function joined(chat: ChatState, message: Of<"joined">): void {
  const name = cleanName(message.name);
  const isGuest = message.guest === true;
  addMember(chat, name, isGuest);
  show(chat, { type: "joined", name, ...(isGuest ? { guest: true } : {}) });
}

/** Everybody who is in, ourselves included. */
export function listed(chat: ChatState, message: Of<"members">): void {
  const names = cleanNames(message.names);
  const guests = guestsOf(message);
  chat.guests.clear();
  for (const name of guests) if (chat.members.has(name)) chat.guests.add(name);
  show(chat, { type: "members", names, ...(guests.length === 0 ? {} : { guests }) });
}

/** Those of a list of names whose names belong to nobody. */
export function guestsOf({ guests = [] }: { guests?: string[] | undefined }): string[] {
  return cleanNames(guests);
}

/** Who is behind a name; a key is told in words, which are not at hand yet. */
export function described(chat: ChatState, person: Person): void {
  if (!chat.pending.has(person.ref)) return;
  if (person.key === undefined) spelled(chat, person, undefined);
  else chat.effects.push({ type: "spell", key: person.key, person });
}

export function spelled(chat: ChatState, person: Person, words: string | undefined): void {
  const asked = chat.pending.get(person.ref);
  if (asked === undefined) return;
  chat.pending.delete(person.ref);
  const { key, guest, operator, here } = person;
  show(chat, {
    type: "whois",
    name: cleanName(person.name),
    ...(key === undefined || words === undefined ? {} : { words, key }),
    ...(guest ? { guest: true } : {}),
    ...(operator ? { operator: true } : {}),
    here,
    ...(asked.ref === undefined ? {} : { ref: asked.ref }),
  });
}

/** An operator did something, perhaps we ourselves. */
export function moderated(chat: ChatState, message: Of<"moderated">): void {
  const { action, by, name, reason, minutes, on, names } = message;
  const asked = message.ref === undefined ? undefined : chat.pending.get(message.ref);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  tell(chat, {
    type: "moderated",
    action,
    ...(by === undefined ? {} : { by: cleanName(by) }),
    ...(name === undefined ? {} : { name: cleanName(name) }),
    ...(reason === undefined ? {} : { reason: cleanLine(reason) }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(on === undefined ? {} : { on }),
    ...(names === undefined ? {} : { names: names.slice(0, limits.bansMax).map(cleanName) }),
    ...(asked?.ref === undefined ? {} : { ref: asked.ref }),
  });
}

/** What changed while we were away is told as if it happened now. */
export function takeRules(chat: ChatState, { operator, locked, announce }: Of<"welcome">): void {
  const { you } = chat;
  const now = { operator: operator === true, locked: locked === true, announce: announce === true };
  if (chat.isOperator !== now.operator)
    tell(chat, { type: "moderated", action: now.operator ? "op" : "deop", name: you });
  if (chat.isLocked !== now.locked) tell(chat, { type: "moderated", action: "lock", on: now.locked });
  if (chat.isAnnouncing !== now.announce)
    tell(chat, { type: "moderated", action: "announce", on: now.announce });
}

/** Shows it, and keeps what follows from it. */
function tell(chat: ChatState, event: Moderated): void {
  const { action, name, on = false } = event;
  if (action === "lock") chat.isLocked = on;
  if (action === "announce") chat.isAnnouncing = on;
  if ((action === "op" || action === "deop") && name === chat.you) chat.isOperator = action === "op";
  show(chat, event);
}

/** Somebody else has another name; whoever is a guest stays one. */
export function renameMember(chat: ChatState, from: string, to: string): void {
  if (!chat.members.has(from)) return;
  const isGuest = chat.guests.has(from);
  dropMember(chat, from);
  addMember(chat, to, isGuest);
}
