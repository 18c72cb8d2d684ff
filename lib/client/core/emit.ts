/** The effects that every feature of the chat has, and the bookkeeping that goes with them. */
import type { ClientMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ClientError, ClientEvent, ToldError, Warning } from "../api.ts";
import type { ChatState, CommandOrigin } from "./state.ts";

/** More kinds of device trouble than there are; each is shown once. */
const warnedMax = 16;

export function show(chat: ChatState, event: ClientEvent): void {
  chat.effects.push({ type: "show", event });
}

export function send(chat: ChatState, message: ClientMessage): void {
  chat.effects.push({ type: "send", message });
}

/** Asks for the server's clock, unless an answer is under way. */
export function sendPing(chat: ChatState): void {
  const sent = chat.pings.ping(chat.now);
  if (sent !== undefined) send(chat, { type: "ping", sent });
}

/** Shows an error that is not ours to count: the server or the sound system reports it by itself. */
export function showError(chat: ChatState, { code, message }: ToldError, origin: CommandOrigin = {}): void {
  show(chat, { type: "error", code: cleanLine(code), message: cleanLine(message), ...origin });
}

/** Shows that something we asked for has failed, with the sentence of the server or the sound system. */
export function fail(chat: ChatState, error: ToldError, origin: CommandOrigin = {}): void {
  chat.hasFailed = true;
  showError(chat, error, origin);
}

/** Refuses a command, or gives it up; what was typed is given back. */
export function refuse(chat: ChatState, error: ClientError, origin: CommandOrigin): void {
  chat.hasFailed = true;
  show(chat, { type: "error", ...error, ...origin });
}

export function warn(chat: ChatState, warning: Warning): void {
  show(chat, { type: "warning", ...warning });
}

/** Whether this text is new, so that it is shown once and not with every clip. */
export function warnOnce(chat: ChatState, text: string): boolean {
  if (chat.warned.has(text) || chat.warned.size >= warnedMax) return false;
  chat.warned.add(text);
  return true;
}

/** A new client message id; its answer goes back to this origin. */
export function track(chat: ChatState, origin: CommandOrigin): string {
  const ref = chat.options.newRef();
  chat.pending.set(ref, origin);
  return ref;
}

/** The reference that a script gave, as a property, when it gave one. */
export function refOf(command: { ref?: string | undefined }): { ref?: string } {
  return command.ref === undefined ? {} : { ref: command.ref };
}
