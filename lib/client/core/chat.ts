/**
 * The chat of the client (sans-IO): commands, messages of the server and events of the sound system go in; messages to
 * send, events to show and orders for the sound system come out. Each feature has its own file.
 */
import type { AudioEvent } from "../../audio/events.ts";
import type { Now } from "../../base/now.ts";
import type { ServerMessage, ServerMessageOf } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import { takeHistory } from "./catch-up.ts";
import type { ChatEffect, ChatInput } from "./chat-io.ts";
import { handleCommand } from "./commands.ts";
import { checkClock, keptOut, lost, welcome } from "./connection.ts";
import { fail, refOf, show, showError, warn, warnOnce } from "./emit.ts";
import { takeQueryResult } from "./history-query.ts";
import { leaveIfSaved, leaveNow } from "./leaving.ts";
import { cleanName } from "./names.ts";
import { giveUpAll, sendWaiting, showWaiting, takeAnswered } from "./outgoing.ts";
import { retryDue, scheduleRetry } from "./retry-after.ts";
import {
  guestMark,
  joined,
  left,
  listed,
  moderated,
  renameMember,
  showWhois,
  takeWhoisAnswer,
} from "./roster.ts";
import type { ChatOptions, ChatState } from "./state.ts";
import { createState } from "./state.ts";
import {
  clipSaved,
  clipsUnderWay,
  listClips,
  pageRefused,
  replayEnded,
  takeClipPage,
} from "./voice/clips.ts";
import { finishStream, playFrame, renameStreams } from "./voice/remote-streams.ts";
import {
  endOpenEnded,
  floorGranted,
  runCapture,
  voiceDropped,
  voiceEnded,
  voiceStarted,
} from "./voice/transmission.ts";
import { renameVolume } from "./voice/volume.ts";

export interface Chat {
  handle(input: ChatInput, now: Now): ChatEffect[];
  /** Our own name, as the server has it; empty before the welcome. */
  you(): string;
  /** The names that can be addressed: all but our own. */
  others(): string[];
  /** Whether we are an operator. */
  isOperator(): boolean;
  /** How many of our commands wait for an answer, or for a clip. */
  unconfirmed(): number;
  /** Whether a command is unconfirmed or our own transmission runs. */
  isBusy(): boolean;
  /** Whether any command was refused. */
  hasFailed(): boolean;
}

/** A chat that waits for its welcome. */
export function createChat(options: ChatOptions): Chat {
  const chat = createState(options);
  return {
    handle(input, now) {
      chat.effects = [];
      chat.now = now;
      handleInput(chat, input);
      sendWaiting(chat);
      leaveIfSaved(chat);
      showWaiting(chat);
      noteRead(chat);
      return chat.effects;
    },
    you: () => chat.you,
    others: () => [...chat.members].sort((a, b) => a.localeCompare(b)),
    isOperator: () => chat.rules.isOperator,
    unconfirmed: () => unconfirmed(chat),
    isBusy: () => unconfirmed(chat) > 0 || chat.transmission !== undefined,
    hasFailed: () => chat.hasFailed,
  };
}

function unconfirmed(chat: ChatState): number {
  return chat.pending.size + chat.outgoing.size + clipsUnderWay(chat);
}

/** Moves the read marker to the last id up to which everything was shown. */
function noteRead(chat: ChatState): void {
  const { history, lastId, hasEarlier, unread, readMarker } = chat;
  if (history === undefined || !hasEarlier) return;
  // Unread whispers come page by page; whispers that were shown must not be shown again after a crash.
  const id = unread === undefined ? lastId : unread.after;
  if (readMarker !== undefined && readMarker.id >= id) return;
  chat.readMarker = { history, id };
  chat.effects.push({ type: "read", ...chat.readMarker });
}

function handleInput(chat: ChatState, input: ChatInput): void {
  switch (input.type) {
    case "command":
      return handleCommand(chat, input.command);
    case "server-message":
      return handleMessage(chat, input.message);
    case "voice-frame":
      return playFrame(chat, input.frame);
    case "audio-event":
      return handleAudioEvent(chat, input.event);
    case "clip-saved":
      return clipSaved(chat, input.error);
    case "voice-dropped":
      return voiceDropped(chat);
    case "connection-lost":
      return lost(chat, input.why);
    case "kept-out":
      return keptOut(chat, input.why);
    case "read-marker":
      chat.readMarker = input.marker;
      return;
    case "fingerprint-words":
      return showWhois(chat, input.answer, input.words);
    case "finish":
      return endOpenEnded(chat);
    case "leave":
      return leaveNow(chat);
    case "give-up":
      return giveUpAll(chat);
    case "tick":
      checkClock(chat);
      return retryDue(chat);
    default:
      input satisfies never;
  }
}

function handleAudioEvent(chat: ChatState, event: AudioEvent): void {
  switch (event.type) {
    case "capture-started":
      return;
    case "captured":
    case "level":
    case "capture-ended":
      return runCapture(chat, event);
    case "notice":
      if (warnOnce(chat, event.message)) warn(chat, { code: event.code, message: cleanLine(event.message) });
      return;
    case "played":
      if (!replayEnded(chat, event.stream)) finishStream(chat, event.stream, event);
      return;
    case "playback-failed":
      if (replayEnded(chat, event.stream, event.error)) return;
      if (warnOnce(chat, event.error.code)) showError(chat, event.error);
      finishStream(chat, event.stream);
      return;
    default:
      event satisfies never;
  }
}

function handleMessage(chat: ChatState, message: ServerMessage): void {
  switch (message.type) {
    case "welcome":
      return welcome(chat, message);
    case "said":
    case "whispered":
      return received(chat, message);
    case "joined":
      return joined(chat, message);
    case "left":
      return left(chat, message);
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
      return takeClipPage(chat, message);
    case "history":
      if (!takeHistory(chat, message)) takeQueryResult(chat, message);
      return;
    case "pong":
      return chat.pings.answered(message, chat.now);
    case "ping":
      // The connection answers it.
      return;
    case "person":
      return takeWhoisAnswer(chat, message);
    case "moderated":
      return moderated(chat, message);
    case "error":
      if (!scheduleRetry(chat, message)) refused(chat, message);
      return;
    case "challenge":
    case "proven":
      // Part of the handshake, which is over.
      return;
    case "goodbye":
      // The connection closes, and the session says why.
      return;
    default:
      message satisfies never;
  }
}

/** A live line. While we catch up, a page has it, unless it is our own. */
function received(chat: ChatState, message: ServerMessageOf<"said"> | ServerMessageOf<"whispered">): void {
  const { id, at } = message;
  const own = takeAnswered(chat, message.ref);
  if (own === undefined && (chat.connectionState === "catching-up" || id <= chat.lastId)) return;
  chat.lastId = Math.max(chat.lastId, id);
  const from = cleanName(message.from);
  const line = {
    id,
    from,
    text: cleanLine(message.text),
    at: cleanLine(at),
    ...refOf(own?.origin ?? {}),
    ...guestMark(chat, from),
  };
  if (message.type === "said") return show(chat, { type: "said", ...line });
  const away = message.away ? { away: true as const } : {};
  show(chat, { type: "whispered", ...line, to: cleanName(message.to), ...away });
}

function renamed(chat: ChatState, message: ServerMessageOf<"renamed">): void {
  const from = cleanName(message.from);
  const to = cleanName(message.to);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  if (from === chat.you) chat.you = to;
  else renameMember(chat, from, to);
  renameVolume(chat, from, to);
  renameStreams(chat, from, to);
  show(chat, { type: "renamed", from, to });
}

/** The server refuses a request of ours, or says that something else went wrong. */
function refused(chat: ChatState, message: ServerMessageOf<"error">): void {
  const { ref } = message;
  const requested = ref === undefined ? undefined : chat.pending.get(ref);
  const origin = requested ?? takeAnswered(chat, ref)?.origin;
  if (ref !== undefined) {
    chat.pending.delete(ref);
    chat.historyQueries.delete(ref);
  }
  if (chat.transmission?.type === "requested" && chat.transmission.ref === ref) chat.transmission = undefined;
  if (origin === undefined) showError(chat, message);
  else fail(chat, message, origin);
  pageRefused(chat, ref);
}
