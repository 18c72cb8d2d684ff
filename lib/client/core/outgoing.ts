/**
 * Our own lines until the server has answered them. They are sent in their order. After a lost connection, unanswered
 * lines are sent again under the same client message id, so that the server recognises them.
 */
import { limits } from "../../protocol/limits.ts";
import type { ClientError } from "../api.ts";
import { refuse, send, show } from "./emit.ts";
import type { ChatState, CommandOrigin, Outgoing } from "./state.ts";

type Fate = Extract<ClientError, { code: "not-confirmed" }>["fate"];

/** The most text that is under way at once: in any script it fits an outbox, so no connection breaks for it. */
const inFlightCharsMax = limits.outboxBytesMax / 16;

/** A line is shown as waiting after this time; most lines are confirmed sooner. */
const noticedAfterMs = 400;

/** Sends a line now, or as soon as possible. */
export function queueLine(chat: ChatState, line: Outgoing["line"], origin: CommandOrigin): void {
  if (chat.outgoing.size >= limits.pendingLinesMax)
    return refuse(chat, { code: "busy", with: "lines" }, origin);
  const sinceMs = chat.now.monotonicMs;
  chat.outgoing.set(chat.options.newRef(), { line, origin, sinceMs, isSent: false, isInFlight: false });
  sendWaiting(chat);
}

/**
 * Sends the lines that are not under way, in their order, while fewer than `inFlightCharsMax` are; after a refusal as
 * `too-fast` no more in a second than the server takes.
 */
export function sendWaiting(chat: ChatState): void {
  const { connectionState, heldUntilMs, now } = chat;
  if (connectionState !== "live" || (heldUntilMs ?? 0) > now.monotonicMs) return;
  chat.heldUntilMs = undefined;
  let chars = 0;
  let sent = 0;
  for (const [ref, outgoing] of chat.outgoing) {
    chars += outgoing.line.text.length;
    if (chars > inFlightCharsMax) return;
    if (outgoing.isInFlight) continue;
    if (heldUntilMs !== undefined && sent === limits.linesPerSecond) return hold(chat, 1_000);
    outgoing.isSent = true;
    outgoing.isInFlight = true;
    send(chat, { ...outgoing.line, ref });
    sent += 1;
  }
}

/** Holds all lines back for `ms`. */
export function hold(chat: ChatState, ms: number): void {
  chat.heldUntilMs = Math.max(chat.heldUntilMs ?? 0, chat.now.monotonicMs + ms);
}

/** The connection is lost: unanswered lines must be sent again. */
export function markUnsent(chat: ChatState): void {
  chat.heldUntilMs = undefined;
  for (const outgoing of chat.outgoing.values()) outgoing.isInFlight = false;
}

/** Removes the line with this client message id, because the server has answered it. */
export function takeAnswered(chat: ChatState, ref: string | undefined): Outgoing | undefined {
  const outgoing = ref === undefined ? undefined : chat.outgoing.get(ref);
  if (ref !== undefined) chat.outgoing.delete(ref);
  return outgoing;
}

/** The server was set up anew and would not recognise a repeated line: lines that were sent are given up. */
export function giveUpSent(chat: ChatState): void {
  for (const [ref, outgoing] of chat.outgoing) if (outgoing.isSent) giveUp(chat, ref, outgoing, "forgotten");
}

/** No other connection follows: every line is given up. */
export function giveUpAll(chat: ChatState): void {
  for (const [ref, outgoing] of chat.outgoing)
    giveUp(chat, ref, outgoing, outgoing.isSent ? "unknown" : "unsent");
}

/** Shows the waiting lines, when they have changed: without a connection all lines, else those that wait for long. */
export function showWaiting(chat: ChatState): void {
  if (chat.outgoing.size === 0 && chat.shownWaiting === "") return;
  const waiting = [...chat.outgoing].filter(
    ([, { sinceMs }]) => chat.connectionState === "down" || chat.now.monotonicMs - sinceMs > noticedAfterMs,
  );
  const refs = waiting.map(([ref]) => ref).join(" ");
  if (refs === chat.shownWaiting) return;
  chat.shownWaiting = refs;
  const lines = waiting.map(([, { line }]) =>
    line.type === "say" ? { text: line.text } : { text: line.text, to: line.to },
  );
  show(chat, { type: "pending", lines });
}

function giveUp(chat: ChatState, ref: string, { origin }: Outgoing, fate: Fate): void {
  chat.outgoing.delete(ref);
  refuse(chat, { code: "not-confirmed", fate }, origin);
}

/** Refuses a command that needs the server, if there is no connection; true: it was refused. */
export function refuseIfOffline(chat: ChatState, origin: CommandOrigin): boolean {
  if (chat.connectionState !== "down") return false;
  refuse(chat, { code: "not-connected" }, origin);
  return true;
}
