/** Helpers that all features of the chat use to send, show, refuse and warn. */
import type { ClientMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ClientError, ClientEvent, ToldError, Warning } from "../api.ts";
import type { ChatState, CommandOrigin } from "./state.ts";

/** A bound for the warnings that are shown once each; there are fewer kinds of device problems. */
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

/** Shows an error that no command of ours has caused: it does not count as a failure. */
export function showError(chat: ChatState, { code, message }: ToldError, origin: CommandOrigin = {}): void {
  show(chat, { type: "error", code: cleanLine(code), message: cleanLine(message), ...origin });
}

/** Shows that a command has failed, with the sentence of the server or the sound system. */
export function fail(chat: ChatState, error: ToldError, origin: CommandOrigin = {}): void {
  chat.hasFailed = true;
  showError(chat, error, origin);
}

/** Refuses a command, or gives it up; the typed text is given back. */
export function refuse(chat: ChatState, error: ClientError, origin: CommandOrigin): void {
  chat.hasFailed = true;
  show(chat, { type: "error", ...error, ...origin });
}

export function warn(chat: ChatState, warning: Warning): void {
  show(chat, { type: "warning", ...warning });
}

/** Whether this warning was not shown before, so that it is shown once and not with every clip. */
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

/** The `ref` that a script gave, as a property; none: no property. */
export function refOf(command: { ref?: string | undefined }): { ref?: string } {
  return command.ref === undefined ? {} : { ref: command.ref };
}
