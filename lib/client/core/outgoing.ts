/**
 * Our own lines until the server has answered them. They go out in their order; those that were on their way when a
 * connection was lost go again, under the same reference, so that the server can tell.
 */
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import type { ChatState, Pending, Sentence } from "./state.ts";
import { fail, refuse, send, show } from "./state.ts";

type Say = Omit<Extract<ClientMessage, { type: "say" }>, "ref">;
type Whisper = Omit<Extract<ClientMessage, { type: "whisper" }>, "ref">;

/** A line of our own. */
export interface Outgoing {
  line: Say | Whisper;
  typed: Pending;
  /** When it was typed, on the monotonic clock. */
  sinceMs: number;
  /** On its way, or perhaps there already. */
  isSent: boolean;
  /** On its way on the connection that there is now. */
  isOnWay: boolean;
}

/** So much text is on its way at once: in any script it fits an outbox, and no connection breaks for it. */
const onWayCharsMax = limits.outboxBytesMax / 16;

/** Most lines are confirmed sooner: nobody wants to see those wait. */
const noticedAfterMs = 400;

const unsure = "This line was not confirmed, and it is not known whether it got through";
const outcomes = {
  unsent: { code: "not-confirmed", message: "This line was not sent: there was no connection." },
  unsure: { code: "not-confirmed", message: `${unsure}.` },
  forgotten: { code: "not-confirmed", message: `${unsure}: the server was started anew.` },
} satisfies Record<string, Sentence>;

/** Says a line, now or as soon as that is possible. */
export function post(chat: ChatState, line: Say | Whisper, typed: Pending): void {
  if (chat.outgoing.size >= limits.pendingLinesMax)
    return refuse(chat, { code: "busy", message: "Too many lines wait for the connection already." }, typed);
  const sinceMs = chat.now.monotonicMs;
  chat.outgoing.set(chat.options.newRef(), { line, typed, sinceMs, isSent: false, isOnWay: false });
  sendWaiting(chat);
}

/**
 * What is not answered goes out in its order, perhaps again, as far as there is room for it on the way; after a refusal
 * at the pace that the server takes.
 */
export function sendWaiting(chat: ChatState): void {
  const { link, heldUntilMs, now } = chat;
  if (link !== "live" || (heldUntilMs ?? 0) > now.monotonicMs) return;
  chat.heldUntilMs = undefined;
  let chars = 0;
  let sent = 0;
  for (const [ref, outgoing] of chat.outgoing) {
    chars += outgoing.line.text.length;
    if (chars > onWayCharsMax) return;
    if (outgoing.isOnWay) continue;
    if (heldUntilMs !== undefined && sent === limits.linesPerSecond) return hold(chat, 1_000);
    outgoing.isSent = true;
    outgoing.isOnWay = true;
    send(chat, { ...outgoing.line, ref });
    sent += 1;
  }
}

/** Nothing goes out for so long. */
export function hold(chat: ChatState, ms: number): void {
  chat.heldUntilMs = Math.max(chat.heldUntilMs ?? 0, chat.now.monotonicMs + ms);
}

/** What was on its way is to go again: its connection is lost. */
export function recallSent(chat: ChatState): void {
  chat.heldUntilMs = undefined;
  for (const outgoing of chat.outgoing.values()) outgoing.isOnWay = false;
}

/** The server has answered the line with this reference; it is over. */
export function takeAnswered(chat: ChatState, ref: string | undefined): Outgoing | undefined {
  const outgoing = ref === undefined ? undefined : chat.outgoing.get(ref);
  if (ref !== undefined) chat.outgoing.delete(ref);
  return outgoing;
}

/** The server does not know what it was sent before: what was under way can neither be trusted nor sent again. */
export function giveUpSent(chat: ChatState): void {
  for (const [ref, outgoing] of chat.outgoing) if (outgoing.isSent) giveUp(chat, ref, outgoing, "forgotten");
}

/** We leave without a connection: each line is told what became of it. */
export function giveUpAll(chat: ChatState): void {
  for (const [ref, outgoing] of chat.outgoing)
    giveUp(chat, ref, outgoing, outgoing.isSent ? "unsure" : "unsent");
}

/** Shows which lines wait, when that has changed: all of them without a connection, else those that wait for long. */
export function showWaiting(chat: ChatState): void {
  if (chat.outgoing.size === 0 && chat.waitingShown === "") return;
  const waiting = [...chat.outgoing].filter(
    ([, { sinceMs }]) => chat.link === "down" || chat.now.monotonicMs - sinceMs > noticedAfterMs,
  );
  const which = waiting.map(([ref]) => ref).join(" ");
  if (which === chat.waitingShown) return;
  chat.waitingShown = which;
  const lines = waiting.map(([, { line }]) =>
    line.type === "say" ? { text: line.text } : { text: line.text, to: line.to },
  );
  show(chat, { type: "pending", lines });
}

function giveUp(chat: ChatState, ref: string, { typed }: Outgoing, why: keyof typeof outcomes): void {
  chat.outgoing.delete(ref);
  chat.failed = true;
  fail(chat, outcomes[why], typed);
}

/** Refuses a wish that needs the server; true: there is no connection. */
export function isOffline(chat: ChatState, typed: Pending): boolean {
  if (chat.link !== "down") return false;
  refuse(
    chat,
    { code: "not-connected", message: "Not connected: try again when the connection is back." },
    typed,
  );
  return true;
}
