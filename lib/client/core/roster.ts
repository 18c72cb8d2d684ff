/** The roster: the people in the room, and the moderation actions of operators. */
import { limits } from "../../protocol/limits.ts";
import type { ServerMessageOf } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { WhoisAnswer } from "./chat-io.ts";
import { refOf, show } from "./emit.ts";
import { cleanName, cleanNames } from "./names.ts";
import type { Moderated } from "./room-rules.ts";
import { rulesAfter } from "./room-rules.ts";
import type { ChatState } from "./state.ts";

/** Adds a member, up to as many as a room may have. */
export function addMember(chat: ChatState, name: string, isGuest = false): void {
  if (chat.members.size >= limits.clientsMax) return;
  chat.members.add(name);
  if (isGuest) chat.guests.add(name);
}

function dropMember(chat: ChatState, name: string): void {
  chat.members.delete(name);
  chat.guests.delete(name);
}

/** `guest` as a property, when the person is one. */
export function guestMark(chat: ChatState, name: string): { guest?: true } {
  return chat.guests.has(name) ? { guest: true } : {};
}

/** A new member. */
export function joined(chat: ChatState, message: ServerMessageOf<"joined">): void {
  const name = cleanName(message.name);
  const isGuest = message.guest === true;
  addMember(chat, name, isGuest);
  show(chat, { type: "joined", name, ...(isGuest ? { guest: true } : {}) });
}

/** A member left. */
export function left(chat: ChatState, { name: sent, reason }: ServerMessageOf<"left">): void {
  const name = cleanName(sent);
  dropMember(chat, name);
  show(chat, { type: "left", name, reason });
}

/** The list of all members, ourselves included. */
export function listed(chat: ChatState, message: ServerMessageOf<"members">): void {
  const names = cleanNames(message.names);
  const guests = guestsOf(message);
  chat.guests.clear();
  for (const name of guests) if (chat.members.has(name)) chat.guests.add(name);
  show(chat, { type: "members", names, ...(guests.length === 0 ? {} : { guests }) });
}

/** The guests of a list of names. */
export function guestsOf({ guests = [] }: { guests?: string[] | undefined }): string[] {
  return cleanNames(guests);
}

/** Another member has a new name; a guest stays a guest. */
export function renameMember(chat: ChatState, from: string, to: string): void {
  if (!chat.members.has(from)) return;
  const isGuest = chat.guests.has(from);
  dropMember(chat, from);
  addMember(chat, to, isGuest);
}

/** Takes the answer to a `whois`, and gets the fingerprint words of its key before it is shown. */
export function takeWhoisAnswer(chat: ChatState, answer: WhoisAnswer): void {
  if (!chat.pending.has(answer.ref)) return;
  if (answer.key === undefined) showWhois(chat, answer, undefined);
  else chat.effects.push({ type: "get-fingerprint-words", key: answer.key, answer });
}

/** Shows the answer to a `whois`. */
export function showWhois(chat: ChatState, answer: WhoisAnswer, words: string | undefined): void {
  const origin = chat.pending.get(answer.ref);
  if (origin === undefined) return;
  chat.pending.delete(answer.ref);
  const { key, guest, operator, here } = answer;
  show(chat, {
    type: "whois",
    name: cleanName(answer.name),
    ...(key === undefined || words === undefined ? {} : { words, key }),
    ...(guest ? { guest: true } : {}),
    ...(operator ? { operator: true } : {}),
    here,
    ...refOf(origin),
  });
}

/** A moderation action, perhaps our own. */
export function moderated(chat: ChatState, message: ServerMessageOf<"moderated">): void {
  const { action, by, name, reason, minutes, on, names } = message;
  const origin = message.ref === undefined ? undefined : chat.pending.get(message.ref);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  const event: Moderated = {
    type: "moderated",
    action,
    ...(by === undefined ? {} : { by: cleanName(by) }),
    ...(name === undefined ? {} : { name: cleanName(name) }),
    ...(reason === undefined ? {} : { reason: cleanLine(reason) }),
    ...(minutes === undefined ? {} : { minutes }),
    ...(on === undefined ? {} : { on }),
    ...(names === undefined ? {} : { names: names.slice(0, limits.bansMax).map(cleanName) }),
    ...refOf(origin ?? {}),
  };
  chat.rules = rulesAfter(chat.rules, event, chat.you);
  show(chat, event);
}
