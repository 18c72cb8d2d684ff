/** The connection of a chat, which may be lost and restored: what is lost with it, and what is new with it. */
import type { ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import { catchUp } from "./catch-up.ts";
import { loseClips } from "./clips.ts";
import { recallSent } from "./outgoing.ts";
import { createPingTracker } from "./ping-tracker.ts";
import { loseHearing } from "./remote-streams.ts";
import { guestsOf, takeRules } from "./roster.ts";
import type { ChatState } from "./state.ts";
import { addMember, cleanName, cleanNames, fail, guestMark, sendPing, show } from "./state.ts";
import { loseFloor, voiceStarted } from "./transmission.ts";

type Welcome = Extract<ServerMessage, { type: "welcome" }>;

/** The server's clock is asked for often in the beginning, then now and then: clocks drift. */
const settlingMs = 1_000;
const clockEveryMs = 10_000;

/** We are in, for the first time or again. */
export function welcome(chat: ChatState, message: Welcome): void {
  const isBack = chat.you !== "";
  chat.connectedMs = chat.now.monotonicMs;
  if (isBack) comeBack(chat, message);
  else comeIn(chat, message);
  for (const turn of message.talking) voiceStarted(chat, turn, "before");
  if (chat.options.voice) sendPing(chat);
  catchUp(chat, message);
}

function comeIn(chat: ChatState, message: Welcome): void {
  const { lastId, motd } = message;
  chat.you = cleanName(message.you);
  const { members, guests } = takeMembers(chat, message);
  const { operator, locked, announce } = message;
  chat.isOperator = operator === true;
  chat.isLocked = locked === true;
  chat.isAnnouncing = announce === true;
  show(chat, {
    type: "welcome",
    you: chat.you,
    room: cleanLine(message.room),
    members,
    lastId,
    ...(motd ? { motd: cleanLine(motd) } : {}),
    ...(guests.length === 0 ? {} : { guests }),
    ...(operator ? { operator: true } : {}),
    ...(locked ? { locked: true } : {}),
    ...(announce ? { announce: true } : {}),
  });
}

function takeMembers(chat: ChatState, message: Welcome): { members: string[]; guests: string[] } {
  const members = cleanNames(message.members);
  const guests = guestsOf(message);
  const marked = new Set(guests);
  chat.members.clear();
  chat.guests.clear();
  for (const name of members) addMember(chat, name, marked.has(name));
  return { members, guests };
}

/** What changed while we were away is told as if it happened now. */
function comeBack(chat: ChatState, message: Welcome): void {
  show(chat, { type: "connection", state: "restored" });
  const you = cleanName(message.you);
  if (you !== chat.you) show(chat, { type: "renamed", from: chat.you, to: you });
  chat.you = you;
  const before = [...chat.members];
  takeMembers(chat, message);
  for (const name of before) {
    if (!chat.members.has(name)) show(chat, { type: "left", name, reason: "lost" });
  }
  for (const name of chat.members)
    if (!before.includes(name)) show(chat, { type: "joined", name, ...guestMark(chat, name) });
  takeRules(chat, message);
}

/** The connection is gone, and will be tried again; what was asked of the server gets no answer. */
export function lost(chat: ChatState): void {
  if (chat.link === "down") return;
  chat.link = "down";
  chat.catchingUp = undefined;
  chat.pings = createPingTracker();
  recallSent(chat);
  show(chat, { type: "connection", state: "lost" });
  loseFloor(chat);
  loseHearing(chat);
  loseClips(chat);
  for (const given of chat.pending.values()) {
    chat.failed = true;
    fail(
      chat,
      { code: "connection-lost", message: "The connection was lost before this was answered." },
      given,
    );
  }
  chat.pending.clear();
  chat.recalls.clear();
  chat.later = [];
}

/** A second has passed: asks what time it is at the server, if that is due. Voice alone needs to know. */
export function checkClock(chat: ChatState): void {
  const { monotonicMs } = chat.now;
  if (chat.link === "down" || !chat.options.voice) return;
  const isSettling = monotonicMs - chat.connectedMs <= settlingMs;
  if (!isSettling && monotonicMs - chat.clockMs < clockEveryMs) return;
  chat.clockMs = monotonicMs;
  sendPing(chat);
}
