/**
 * The client's half of the conversation, pure: what a person wishes, what the server says and what the
 * microphone does go in; messages to send, events to show and orders for the voice come out.
 */

import type { AudioEvent } from "../../audio/events.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import { takeHistory } from "./catch-up.ts";
import { clipsUnderWay, createClips, listClips, pageRefused, replayEnded, saved, takePage } from "./clips.ts";
import { handleCommand } from "./commands.ts";
import { checkClock, lost, welcome } from "./connection.ts";
import { recalled } from "./history-query.ts";
import { leaveIfSaved, leaveNow } from "./leaving.ts";
import { giveUpAll, sendWaiting, showWaiting, takeAnswered } from "./outgoing.ts";
import type { Now } from "./ping-tracker.ts";
import { createPingTracker } from "./ping-tracker.ts";
import { finishHearing, hear, renameHeard } from "./remote-streams.ts";
import { goesAgain, goOn } from "./retry-after.ts";
import { described, joined, listed, moderated, renameMember, spelled } from "./roster.ts";
import type { ChatEffect, ChatInput, ChatOptions, ChatState } from "./state.ts";
import { cleanName, dropMember, fail, guestMark, isNews, show, warn } from "./state.ts";
import {
  endOpenEnded,
  floorGranted,
  runCapture,
  voiceDropped,
  voiceEnded,
  voiceStarted,
} from "./transmission.ts";
import { createLoudness, followRename } from "./volume.ts";

export interface Chat {
  handle(input: ChatInput, now: Now): ChatEffect[];
  /** Our own name, as the server has it; empty before the welcome. */
  you(): string;
  /** Who can be addressed: everybody but oneself. */
  others(): string[];
  /** Whether we are an operator. */
  isOperator(): boolean;
  /** How many of our wishes are not done, as far as that can be said of them. */
  unconfirmed(): number;
  /** Whether something said is not confirmed or being spoken, or a clip is not done with. */
  isBusy(): boolean;
  /** Whether anything was refused. */
  hasFailed(): boolean;
}

/** A chat that waits for its welcome. */
export function createChat(options: ChatOptions): Chat {
  const chat: ChatState = {
    options,
    pings: createPingTracker(),
    now: { wallMs: 0, monotonicMs: 0 },
    you: "",
    members: new Set(),
    guests: new Set(),
    isOperator: false,
    isLocked: false,
    isAnnouncing: false,
    pending: new Map(),
    outgoing: new Map(),
    heldUntilMs: undefined,
    later: [],
    waitingShown: "",
    link: "down",
    clockMs: 0,
    connectedMs: 0,
    history: undefined,
    lastId: 0,
    hasEarlier: false,
    catchingUp: undefined,
    unread: undefined,
    isGapTold: false,
    seen: undefined,
    recalls: new Map(),
    hearing: new Map(),
    loudness: createLoudness(),
    clips: createClips(),
    recording: undefined,
    recordings: 0,
    leaving: "not",
    told: new Set(),
    failed: false,
    effects: [],
  };
  return {
    handle(input, now) {
      chat.effects = [];
      chat.now = now;
      run(chat, input);
      sendWaiting(chat);
      leaveIfSaved(chat);
      showWaiting(chat);
      noteSeen(chat);
      return chat.effects;
    },
    you: () => chat.you,
    others: () => [...chat.members].sort((a, b) => a.localeCompare(b)),
    isOperator: () => chat.isOperator,
    unconfirmed: () => unconfirmed(chat),
    isBusy: () => unconfirmed(chat) > 0 || chat.recording !== undefined,
    hasFailed: () => chat.failed,
  };
}

function unconfirmed(chat: ChatState): number {
  return chat.pending.size + chat.outgoing.size + clipsUnderWay(chat);
}

/** Tells up to where everything was read, when that has changed. */
function noteSeen(chat: ChatState): void {
  const { history, lastId, hasEarlier, unread, seen } = chat;
  if (history === undefined || !hasEarlier) return;
  // Whispers come a page at a time, and none of them is to come again, whatever happens between two pages.
  const id = unread === undefined ? lastId : unread.after;
  if (seen !== undefined && seen.id >= id) return;
  chat.seen = { history, id };
  chat.effects.push({ type: "seen", ...chat.seen });
}

function run(chat: ChatState, input: ChatInput): void {
  switch (input.type) {
    case "person":
      return handleCommand(chat, input.intent);
    case "server":
      return runMessage(chat, input.message);
    case "speaker":
      return hear(chat, input.frame);
    case "link":
      return input.state === "lost" ? lost(chat) : voiceDropped(chat);
    case "store":
      chat.seen = input.seen;
      return;
    case "voice":
      return runVoice(chat, input.news);
    case "disk":
      return saved(chat, input.error);
    case "session":
      if (input.wants === "give-up") return giveUpAll(chat);
      return input.wants === "leave" ? leaveNow(chat) : endOpenEnded(chat);
    case "words":
      return spelled(chat, input.person, input.words);
    case "timer":
      checkClock(chat);
      return goOn(chat);
  }
}

function runVoice(chat: ChatState, news: AudioEvent): void {
  switch (news.type) {
    case "capture-started":
      return;
    case "captured":
    case "level":
    case "capture-ended":
      return runCapture(chat, news);
    case "notice":
      if (isNews(chat, news.message)) warn(chat, news.code, news.message);
      return;
    case "played":
      if (!replayEnded(chat, news.stream)) finishHearing(chat, news.stream, news);
      return;
    case "playback-failed":
      if (replayEnded(chat, news.stream, news.error)) return;
      if (isNews(chat, news.error.code)) fail(chat, news.error);
      finishHearing(chat, news.stream);
  }
}

function runMessage(chat: ChatState, message: ServerMessage): void {
  switch (message.type) {
    case "welcome":
      return welcome(chat, message);
    case "said":
    case "whispered":
      return received(chat, message);
    case "joined":
      return joined(chat, message);
    case "left": {
      const name = cleanName(message.name);
      dropMember(chat, name);
      return show(chat, { type: "left", name, reason: message.reason });
    }
    case "renamed":
      return renamed(chat, message);
    case "members":
      return listed(chat, message);
    case "floorGranted":
      return floorGranted(chat, message);
    case "voiceStarted":
      return voiceStarted(chat, message, "now");
    case "voiceEnded":
      return voiceEnded(chat, message);
    case "clips":
      return listClips(chat, message);
    case "clip":
      return takePage(chat, message);
    case "history":
      if (!takeHistory(chat, message)) recalled(chat, message);
      return;
    case "pong":
      return chat.pings.answered(message, chat.now);
    case "ping":
      // Answered where it comes in.
      return;
    case "person":
      return described(chat, message);
    case "moderated":
      return moderated(chat, message);
    case "error":
      if (!goesAgain(chat, message)) refused(chat, message);
      return;
    case "challenge":
    case "proven":
      // Of the time before the welcome.
      return;
    case "goodbye":
      // The connection closes, and the app says why.
      return;
  }
}

type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

/** A line, said just now; while we catch up, a page will have it. */
function received(chat: ChatState, message: Of<"said"> | Of<"whispered">): void {
  const { id, at } = message;
  const own = takeAnswered(chat, message.ref);
  if (own === undefined && (chat.link === "catching-up" || id <= chat.lastId)) return;
  chat.lastId = Math.max(chat.lastId, id);
  const ref = own?.typed.ref === undefined ? {} : { ref: own.typed.ref };
  const from = cleanName(message.from);
  const line = {
    id,
    from,
    text: cleanLine(message.text),
    at: cleanLine(at),
    ...ref,
    ...guestMark(chat, from),
  };
  if (message.type === "said") return show(chat, { type: "said", ...line });
  const away = message.away ? { away: true as const } : {};
  show(chat, { type: "whispered", ...line, to: cleanName(message.to), ...away });
}

function renamed(chat: ChatState, message: Of<"renamed">): void {
  const from = cleanName(message.from);
  const to = cleanName(message.to);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  if (from === chat.you) chat.you = to;
  else renameMember(chat, from, to);
  followRename(chat, from, to);
  renameHeard(chat, from, to);
  show(chat, { type: "renamed", from, to });
}

function refused(chat: ChatState, message: Of<"error">): void {
  const asked = message.ref === undefined ? undefined : chat.pending.get(message.ref);
  const pending = asked ?? takeAnswered(chat, message.ref)?.typed;
  if (message.ref !== undefined) {
    chat.pending.delete(message.ref);
    chat.recalls.delete(message.ref);
  }
  if (chat.recording?.type === "asking" && chat.recording.ref === message.ref) chat.recording = undefined;
  if (pending !== undefined) chat.failed = true;
  fail(chat, message, pending);
  pageRefused(chat, message.ref);
}
