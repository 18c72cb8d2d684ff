/**
 * The client's half of the conversation, pure: what a person wishes, what the server says and what the
 * microphone does go in; messages to send, events to show and orders for the voice come out.
 */
import { limits } from "../protocol/limits.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import { cleanLine } from "../protocol/text.ts";
import type { VoiceEvent } from "../voice/events.ts";
import type { ChatEffect, ChatInput, ChatOptions, ChatState } from "./chat-state.ts";
import { addMember, cleanName, fail, isNews, sendPing, show, warn } from "./chat-state.ts";
import { clipsUnderWay, createClips, listClips, pageRefused, replayEnded, saved, takePage } from "./clips.ts";
import { finishHearing, hear, renameHeard } from "./hearing.ts";
import { leaveIfSaved, leaveNow } from "./leaving.ts";
import { createLoudness, followRename } from "./loudness.ts";
import type { Now } from "./pulse.ts";
import { createPulse } from "./pulse.ts";
import { endOpenEnded, floorGranted, runCapture, voiceEnded, voiceStarted } from "./turn.ts";
import { runIntent } from "./wishes.ts";

export interface Chat {
  handle(input: ChatInput, now: Now): ChatEffect[];
  /** Who can be addressed: everybody but oneself. */
  others(): string[];
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
    pulse: createPulse(),
    now: { wallMs: 0, monotonicMs: 0 },
    you: "",
    members: new Set(),
    pending: new Map(),
    hearing: new Map(),
    loudness: createLoudness(),
    clips: createClips(),
    recording: undefined,
    recordings: 0,
    leaving: "not",
    told: new Set(),
    lastRef: 0,
    failed: false,
    effects: [],
  };
  return {
    handle(input, now) {
      chat.effects = [];
      chat.now = now;
      run(chat, input);
      leaveIfSaved(chat);
      return chat.effects;
    },
    others: () => [...chat.members].sort((a, b) => a.localeCompare(b)),
    unconfirmed: () => unconfirmed(chat),
    isBusy: () => unconfirmed(chat) > 0 || chat.recording !== undefined,
    hasFailed: () => chat.failed,
  };
}

function unconfirmed(chat: ChatState): number {
  return chat.pending.size + clipsUnderWay(chat);
}

function run(chat: ChatState, input: ChatInput): void {
  switch (input.from) {
    case "person":
      return runIntent(chat, input.intent);
    case "server":
      return runMessage(chat, input.message);
    case "speaker":
      return hear(chat, input.frame);
    case "voice":
      return runVoice(chat, input.news);
    case "disk":
      return saved(chat, input.error);
    case "session":
      return input.wants === "leave" ? leaveNow(chat) : endOpenEnded(chat);
    case "timer":
      if (chat.options.voice) sendPing(chat);
      return;
  }
}

function runVoice(chat: ChatState, news: VoiceEvent): void {
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
    case "joined": {
      const name = cleanName(message.name);
      addMember(chat, name);
      return show(chat, { event: "joined", name });
    }
    case "left": {
      const name = cleanName(message.name);
      chat.members.delete(name);
      return show(chat, { event: "left", name, reason: message.reason });
    }
    case "renamed":
      return renamed(chat, message);
    case "members":
      return show(chat, { event: "members", names: cleanNames(message.names) });
    case "floor":
      return floorGranted(chat, message);
    case "voiceStarted":
      return voiceStarted(chat, message, "now");
    case "voiceEnded":
      return voiceEnded(chat, message);
    case "clips":
      return listClips(chat, message);
    case "clip":
      return takePage(chat, message);
    case "pong":
      return chat.pulse.answered(message, chat.now);
    case "ping":
      // Answered where it comes in.
      return;
    case "error":
      return refused(chat, message);
    case "goodbye":
      // The connection closes, and the app says why.
      return;
  }
}

type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

function welcome(chat: ChatState, message: Of<"welcome">): void {
  chat.you = cleanName(message.you);
  const members = cleanNames(message.members);
  for (const name of members) addMember(chat, name);
  const { lastId, motd } = message;
  const room = cleanLine(message.room);
  show(chat, {
    event: "welcome",
    you: chat.you,
    room,
    members,
    lastId,
    ...(motd ? { motd: cleanLine(motd) } : {}),
  });
  for (const turn of message.talking) voiceStarted(chat, turn, "before");
  if (chat.options.voice) sendPing(chat);
}

/** The names of a room, no more of them than a room may have. */
function cleanNames(names: string[]): string[] {
  return names.slice(0, limits.clientsMax).map(cleanName);
}

function received(chat: ChatState, message: Of<"said"> | Of<"whispered">): void {
  const { id, at } = message;
  const own = message.ref === undefined ? undefined : chat.pending.get(message.ref);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  const ref = own?.ref === undefined ? {} : { ref: own.ref };
  const line = {
    id,
    from: cleanName(message.from),
    text: cleanLine(message.text),
    at: cleanLine(at),
    ...ref,
  };
  if (message.type === "said") show(chat, { event: "said", ...line });
  else show(chat, { event: "whispered", ...line, to: cleanName(message.to) });
}

function renamed(chat: ChatState, message: Of<"renamed">): void {
  const from = cleanName(message.from);
  const to = cleanName(message.to);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  if (from === chat.you) chat.you = to;
  else if (chat.members.delete(from)) addMember(chat, to);
  followRename(chat, from, to);
  renameHeard(chat, from, to);
  show(chat, { event: "renamed", from, to });
}

function refused(chat: ChatState, message: Of<"error">): void {
  const pending = message.ref === undefined ? undefined : chat.pending.get(message.ref);
  if (message.ref !== undefined) chat.pending.delete(message.ref);
  if (chat.recording?.state === "asking" && chat.recording.ref === message.ref) chat.recording = undefined;
  if (pending !== undefined) chat.failed = true;
  fail(chat, message, pending);
  pageRefused(chat, message.ref);
}
