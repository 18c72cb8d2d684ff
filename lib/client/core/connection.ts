/** The welcome, and the loss of the connection. */
import type { ServerMessageOf } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ToldError } from "../api.ts";
import { catchUp } from "./catch-up.ts";
import { refuse, sendPing, show } from "./emit.ts";
import { cleanName, cleanNames } from "./names.ts";
import { markUnsent } from "./outgoing.ts";
import { createPingTracker } from "./ping-tracker.ts";
import { ruleChanges, ruleMarks, rulesOf } from "./room-rules.ts";
import { addMember, guestMark, guestsOf } from "./roster.ts";
import type { ChatState } from "./state.ts";
import { loseClips } from "./voice/clips.ts";
import { loseStreams } from "./voice/remote-streams.ts";
import { loseFloor, voiceStarted } from "./voice/transmission.ts";

type Welcome = ServerMessageOf<"welcome">;

/** The server's clock is asked for with every tick in the beginning, and then at this interval, because clocks drift. */
const settlingMs = 1_000;
const clockEveryMs = 10_000;

/** We have joined, or are back after a lost connection. */
export function welcome(chat: ChatState, message: Welcome): void {
  const isBack = chat.you !== "";
  chat.connectedMs = chat.now.monotonicMs;
  if (isBack) welcomeBack(chat, message);
  else welcomeFirst(chat, message);
  for (const transmission of message.talking) voiceStarted(chat, transmission, "before");
  if (chat.options.voice) sendPing(chat);
  catchUp(chat, message);
}

function welcomeFirst(chat: ChatState, message: Welcome): void {
  const { lastId, motd } = message;
  chat.you = cleanName(message.you);
  const { members, guests } = takeMembers(chat, message);
  chat.rules = rulesOf(message);
  show(chat, {
    type: "welcome",
    you: chat.you,
    room: cleanLine(message.room),
    members,
    lastId,
    ...(motd ? { motd: cleanLine(motd) } : {}),
    ...(guests.length === 0 ? {} : { guests }),
    ...ruleMarks(chat.rules),
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

/** Shows everything that changed while we were away, as if it happened now. */
function welcomeBack(chat: ChatState, message: Welcome): void {
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
  const rules = rulesOf(message);
  const changes = ruleChanges(chat.rules, rules, you);
  chat.rules = rules;
  for (const change of changes) show(chat, change);
}

/** The connection is lost, and the session reconnects. Requests under way get no answer. */
export function lost(chat: ChatState, why: ToldError | undefined): void {
  if (chat.connectionState === "down") return;
  chat.connectionState = "down";
  chat.catchingUp = undefined;
  chat.pings = createPingTracker();
  markUnsent(chat);
  showLost(chat, why);
  loseFloor(chat);
  loseStreams(chat);
  loseClips(chat);
  for (const origin of chat.pending.values()) refuse(chat, { code: "connection-lost" }, origin);
  chat.pending.clear();
  chat.historyQueries.clear();
  chat.retries = [];
}

/** The server is there again, and does not let us in now. The reason is shown once. */
export function keptOut(chat: ChatState, why: ToldError | undefined): void {
  if (chat.connectionState === "down" && why?.code !== chat.lostFor) showLost(chat, why);
}

function showLost(chat: ChatState, why: ToldError | undefined): void {
  chat.lostFor = why?.code;
  const reason = why && { reason: cleanLine(why.code), message: cleanLine(why.message) };
  show(chat, { type: "connection", state: "lost", ...reason });
}

/** A second has passed: asks for the server's clock, if that is due. Only voice needs it. */
export function checkClock(chat: ChatState): void {
  const { monotonicMs } = chat.now;
  if (chat.connectionState === "down" || !chat.options.voice) return;
  const isSettling = monotonicMs - chat.connectedMs <= settlingMs;
  if (!isSettling && monotonicMs - chat.clockMs < clockEveryMs) return;
  chat.clockMs = monotonicMs;
  sendPing(chat);
}
