/**
 * Catching up: reads the lines from before we joined, and missed lines after a reconnect. One page is requested at a time.
 * Meanwhile live lines are ignored, because the next page has them. The last page has every line up to the moment of the
 * answer, and newer lines follow it on the connection: so there is no gap, no double line and nothing to buffer.
 */
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessageOf } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { HistoryEntry } from "../api.ts";
import { refOf, send, show, warn } from "./emit.ts";
import { addressed, cleanName } from "./names.ts";
import { giveUpSent, takeAnswered } from "./outgoing.ts";
import type { CatchUp, ChatState, HistoryEntryMessage } from "./state.ts";

type Page = ServerMessageOf<"history">;

/** After a welcome: requests the lines to read, and goes live when they are read. */
export function catchUp(chat: ChatState, { history, lastId }: ServerMessageOf<"welcome">): void {
  const isOtherHistory = history !== chat.history || history === undefined;
  if (isOtherHistory) giveUpSent(chat);
  // A history that was restored from a copy gives the same ids to other lines.
  if (isOtherHistory || lastId < chat.lastId) resetHistory(chat, history, lastId);
  if (history === undefined || chat.options.earlierLines === 0) return goLive(chat);
  chat.connectionState = "catching-up";
  if (!chat.hasEarlier) {
    chat.lastId = lastId;
    ask(chat, "joining", { limit: chat.options.earlierLines });
  } else if (chat.unread !== undefined) askForWhispers(chat, chat.unread.after);
  else ask(chat, "missed", { after: chat.lastId, limit: limits.historyPageMax });
}

/** Forgets the ids of another history: the server was set up anew, or this is our first welcome. */
function resetHistory(chat: ChatState, history: string | undefined, lastId: number): void {
  chat.history = history;
  chat.lastId = 0;
  chat.hasEarlier = false;
  chat.unread = undefined;
  const { readMarker } = chat;
  const isKnown = readMarker !== undefined && readMarker.history === history;
  chat.readMarker = isKnown ? { ...readMarker, id: Math.min(readMarker.id, lastId) } : undefined;
}

/** Takes a page. False: it does not belong to catching up. */
export function takeHistory(chat: ChatState, page: Page): boolean {
  const { catchingUp } = chat;
  if (catchingUp === undefined || catchingUp.ref !== page.ref) return false;
  chat.catchingUp = undefined;
  switch (catchingUp.kind) {
    case "joining":
      takeEarlier(chat, page);
      break;
    case "whispers":
      takeWhispers(chat, page);
      break;
    case "missed":
      takeMissed(chat, page);
      break;
    default:
      catchingUp.kind satisfies never;
  }
  return true;
}

/** The request under way, if it has this client message id. */
export function pendingPageRequest({ catchingUp }: ChatState, ref: string): ClientMessage | undefined {
  return catchingUp?.ref === ref ? catchingUp.request : undefined;
}

/** The lines of a page, for an event. */
export function entriesOf(page: Page): HistoryEntry[] {
  return page.entries.map(shownEntry);
}

function takeEarlier(chat: ChatState, page: Page): void {
  warnOfGap(chat, page);
  const entries = ascending(page.entries, 0);
  // Without a read marker there can be unread whispers as well: an earlier connection broke before its welcome arrived.
  const readTo = chat.readMarker?.id ?? 0;
  const isUnread = (entry: HistoryEntryMessage): boolean => entry.id > readTo && isToUs(entry);
  chat.hasEarlier = true;
  // A line up to the last id that is missing in this page is not for us.
  chat.lastId = Math.max(chat.lastId, entries.at(-1)?.id ?? 0);
  const shown = entries.filter((entry) => !isUnread(entry)).map(shownEntry);
  const leftOff = chat.readMarker === undefined ? {} : { leftOff: chat.readMarker.id };
  if (shown.length > 0)
    show(chat, { type: "history", cause: "joining", entries: shown, more: page.more, ...leftOff });
  const lines = entries.filter(isUnread);
  const before = entries[0]?.id;
  if (before === undefined || !page.more || readTo >= before) {
    for (const line of lines) showLate(chat, line);
    return goLive(chat);
  }
  chat.unread = { after: readTo, before, lines };
  askForWhispers(chat, readTo);
}

function askForWhispers(chat: ChatState, after: number): void {
  ask(chat, "whispers", { after, limit: limits.historyPageMax, private: true });
}

function takeWhispers(chat: ChatState, page: Page): void {
  const { unread } = chat;
  if (unread === undefined) return goLive(chat);
  warnOfGap(chat, page);
  const entries = ascending(page.entries, unread.after);
  for (const entry of entries) if (entry.id < unread.before && isToUs(entry)) showLate(chat, entry);
  const last = entries.at(-1)?.id;
  if (page.more && last !== undefined && last < unread.before) {
    unread.after = last;
    return askForWhispers(chat, last);
  }
  for (const line of unread.lines) showLate(chat, line);
  chat.unread = undefined;
  // Lines that came meanwhile.
  ask(chat, "missed", { after: chat.lastId, limit: limits.historyPageMax });
}

function takeMissed(chat: ChatState, page: Page): void {
  warnOfGap(chat, page);
  const entries = ascending(page.entries, chat.lastId);
  for (const entry of entries) {
    chat.lastId = entry.id;
    const own = takeAnswered(chat, entry.ref);
    if (own === undefined) showLate(chat, entry);
    else showLine(chat, entry, refOf(own.origin));
  }
  if (!page.more || entries.length === 0) return goLive(chat);
  ask(chat, "missed", { after: chat.lastId, limit: limits.historyPageMax });
}

/** Warns once of lines after the last one that we have, which are no longer kept or cannot be read. */
function warnOfGap(chat: ChatState, { since }: Page): void {
  if (chat.lastId + 1 >= since || chat.isGapWarned) return;
  chat.isGapWarned = true;
  warn(chat, { code: "history-gap" });
}

function goLive(chat: ChatState): void {
  chat.connectionState = "live";
  chat.isGapWarned = false;
}

function ask(
  chat: ChatState,
  kind: CatchUp["kind"],
  range: { after?: number; limit: number; private?: boolean },
): void {
  const ref = chat.options.newRef();
  const request: ClientMessage = { type: "history", ...range, ref };
  chat.catchingUp = { kind, ref, request };
  send(chat, request);
}

/** The entries in ascending order above this id. Only a broken server sends others, which are dropped. */
function ascending(entries: HistoryEntryMessage[], after: number): HistoryEntryMessage[] {
  let last = after;
  return entries.filter(({ id }) => {
    if (id <= last) return false;
    last = id;
    return true;
  });
}

/** Whether this is a whisper to us: every whisper in a page is from us or to us, and only our own lines have a `ref`. */
function isToUs({ to, ref }: HistoryEntryMessage): boolean {
  return to !== undefined && ref === undefined;
}

function showLate(chat: ChatState, entry: HistoryEntryMessage): void {
  showLine(chat, entry, { late: true });
}

function showLine(chat: ChatState, entry: HistoryEntryMessage, marks: { late?: true; ref?: string }): void {
  const { to, ...line } = shownEntry(entry);
  if (to === undefined) show(chat, { type: "said", ...line, ...marks });
  else show(chat, { type: "whispered", ...line, to, ...marks });
}

function shownEntry(entry: HistoryEntryMessage): HistoryEntry {
  const { id, from, text, at } = entry;
  return { id, from: cleanName(from), ...addressed(entry), text: cleanLine(text), at: cleanLine(at) };
}
