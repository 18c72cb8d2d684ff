/**
 * Reads what was said before, and what was missed. One page is asked for at a time, and while one is on its way, what
 * is said live is let pass: the next page has it. The last page has everything up to the moment at which the server
 * answered, and what follows it on the connection is newer; so there is no gap, nothing twice, and nothing to hold.
 */
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { HistoryEntry } from "../api.ts";
import { giveUpSent, takeAnswered } from "./outgoing.ts";
import type { ChatState } from "./state.ts";
import { addressed, cleanName, send, show, warn } from "./state.ts";

type Welcome = Extract<ServerMessage, { type: "welcome" }>;
type Page = Extract<ServerMessage, { type: "history" }>;
type Entry = Page["entries"][number];

/** Which page is on its way: the first of all, one of whispers from while we were not here, or one of what we missed. */
export interface CatchUp {
  kind: "joining" | "whispers" | "missed";
  ref: string;
  request: ClientMessage;
}

/** Whispers to us that we have not read, from before what is shown on joining. */
export interface Unread {
  /** Those up to here are looked through. */
  after: number;
  /** Those from here on are known. */
  before: number;
  lines: Entry[];
}

/** After a welcome: asks for what there is to read, and goes live when that is read. */
export function catchUp(chat: ChatState, { history, lastId }: Welcome): void {
  const isAnother = history !== chat.history || history === undefined;
  if (isAnother) giveUpSent(chat);
  // One that was set back, as from a copy, gives its numbers to other lines from there on.
  if (isAnother || lastId < chat.lastId) startAnew(chat, history, lastId);
  if (history === undefined || chat.options.earlierLines === 0) return goLive(chat);
  chat.link = "catching-up";
  if (!chat.hasEarlier) {
    chat.lastId = lastId;
    ask(chat, "joining", { limit: chat.options.earlierLines });
  } else if (chat.unread !== undefined) askForWhispers(chat, chat.unread.after);
  else ask(chat, "missed", { after: chat.lastId, limit: limits.historyPageMax });
}

/** What this server remembers is not what we know of: it was set up or started anew, or it is our first. */
function startAnew(chat: ChatState, history: string | undefined, lastId: number): void {
  chat.history = history;
  chat.lastId = 0;
  chat.hasEarlier = false;
  chat.unread = undefined;
  const { seen } = chat;
  const isKnown = seen !== undefined && seen.history === history;
  chat.seen = isKnown ? { ...seen, id: Math.min(seen.id, lastId) } : undefined;
}

/** A page has come. False: it is none that we asked for to catch up. */
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
  }
  return true;
}

/** What asks for the page with this reference once more, if it is one that we wait for. */
export function pageAgain({ catchingUp }: ChatState, ref: string): ClientMessage | undefined {
  return catchingUp?.ref === ref ? catchingUp.request : undefined;
}

/** Kept lines as they are shown. */
export function entriesOf(page: Page): HistoryEntry[] {
  return page.entries.map(shownEntry);
}

function takeEarlier(chat: ChatState, page: Page): void {
  const entries = ascending(page.entries, 0);
  // Who has read nothing yet may have been known to the server, and spoken to, before the welcome came through.
  const readTo = chat.seen?.id ?? 0;
  const isUnread = (entry: Entry): boolean => entry.id > readTo && isToUs(entry);
  chat.hasEarlier = true;
  // What is not in the page up to the last line of all is not for us.
  chat.lastId = Math.max(chat.lastId, entries.at(-1)?.id ?? 0);
  const shown = entries.filter((entry) => !isUnread(entry)).map(shownEntry);
  const leftOff = chat.seen === undefined ? {} : { leftOff: chat.seen.id };
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
  const entries = ascending(page.entries, unread.after);
  for (const entry of entries) if (entry.id < unread.before && isToUs(entry)) showLate(chat, entry);
  const last = entries.at(-1)?.id;
  if (page.more && last !== undefined && last < unread.before) {
    unread.after = last;
    return askForWhispers(chat, last);
  }
  for (const line of unread.lines) showLate(chat, line);
  chat.unread = undefined;
  // Meanwhile others have gone on.
  ask(chat, "missed", { after: chat.lastId, limit: limits.historyPageMax });
}

function takeMissed(chat: ChatState, page: Page): void {
  if (chat.lastId + 1 < page.since && !chat.isGapTold) {
    chat.isGapTold = true;
    warn(chat, "history-gap", "Some lines from while you were away are no longer kept.");
  }
  const entries = ascending(page.entries, chat.lastId);
  for (const entry of entries) {
    chat.lastId = entry.id;
    const own = takeAnswered(chat, entry.ref);
    if (own === undefined) showLate(chat, entry);
    else showLine(chat, entry, own.typed.ref === undefined ? {} : { ref: own.typed.ref });
  }
  if (!page.more || entries.length === 0) return goLive(chat);
  ask(chat, "missed", { after: chat.lastId, limit: limits.historyPageMax });
}

function goLive(chat: ChatState): void {
  chat.link = "live";
  chat.isGapTold = false;
}

function ask(
  chat: ChatState,
  kind: CatchUp["kind"],
  which: { after?: number; limit: number; private?: boolean },
): void {
  const ref = chat.options.newRef();
  const request: ClientMessage = { type: "history", ...which, ref };
  chat.catchingUp = { kind, ref, request };
  send(chat, request);
}

/** Those above this id, each above the one before it: nothing else comes from a sound server. */
function ascending(entries: Entry[], after: number): Entry[] {
  let last = after;
  return entries.filter(({ id }) => {
    if (id <= last) return false;
    last = id;
    return true;
  });
}

/** We may read it, it is for one person, and it is not our own: only our own have a reference. */
function isToUs({ to, ref }: Entry): boolean {
  return to !== undefined && ref === undefined;
}

function showLate(chat: ChatState, entry: Entry): void {
  showLine(chat, entry, { late: true });
}

function showLine(chat: ChatState, entry: Entry, how: { late?: true; ref?: string }): void {
  const { to, ...line } = shownEntry(entry);
  if (to === undefined) show(chat, { type: "said", ...line, ...how });
  else show(chat, { type: "whispered", ...line, to, ...how });
}

function shownEntry(entry: Entry): HistoryEntry {
  const { id, from, text, at } = entry;
  return { id, from: cleanName(from), ...addressed(entry), text: cleanLine(text), at: cleanLine(at) };
}
