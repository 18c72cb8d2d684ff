/** The people in the room as the server tells of them, and the moderation actions of its operators. */
import { limits } from "../../protocol/limits.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { MessageOf, WhoisAnswer } from "./chat-io.ts";
import { refOf, show } from "./emit.ts";
import { cleanName, cleanNames } from "./names.ts";
import type { Moderated } from "./room-rules.ts";
import { rulesAfter } from "./room-rules.ts";
import type { ChatState } from "./state.ts";

/** Keeps a member; one more than a room may have is not kept. */
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

export function joined(chat: ChatState, message: MessageOf<"joined">): void {
  const name = cleanName(message.name);
  const isGuest = message.guest === true;
  addMember(chat, name, isGuest);
  show(chat, { type: "joined", name, ...(isGuest ? { guest: true } : {}) });
}

export function left(chat: ChatState, { name: sent, reason }: MessageOf<"left">): void {
  const name = cleanName(sent);
  dropMember(chat, name);
  show(chat, { type: "left", name, reason });
}

/** The list of all members, ourselves included. */
export function listed(chat: ChatState, message: MessageOf<"members">): void {
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

/** Another member has a new name; a guest stays one. */
export function renameMember(chat: ChatState, from: string, to: string): void {
  if (!chat.members.has(from)) return;
  const isGuest = chat.guests.has(from);
  dropMember(chat, from);
  addMember(chat, to, isGuest);
}

/** The answer to a `whois`; the words for its key are not at hand yet. */
export function takeWhoisAnswer(chat: ChatState, answer: WhoisAnswer): void {
  if (!chat.pending.has(answer.ref)) return;
  if (answer.key === undefined) showWhois(chat, answer, undefined);
  else chat.effects.push({ type: "get-fingerprint-words", key: answer.key, answer });
}

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
export function moderated(chat: ChatState, message: MessageOf<"moderated">): void {
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
