/**
 * What a person or script wishes, judged by the rules of the server before it is sent: a slip is refused
 * here in the server's own words, so nothing that we send can pass for a broken program.
 */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { charCount, cleanLine, parseName } from "../../protocol/text.ts";
import type { Command } from "../api.ts";
import { adjustReplay, askForClips, wantClip } from "./clips.ts";
import { askForLines } from "./history-query.ts";
import { leaveSoon } from "./leaving.ts";
import { isOffline, post } from "./outgoing.ts";
import { adjustHearing } from "./remote-streams.ts";
import type { ChatState, Pending } from "./state.ts";
import { cleanName, given, refuse, send, track } from "./state.ts";
import { askForFloor, endRecording, hasVoice } from "./transmission.ts";
import { mute, setVolume } from "./volume.ts";

type Wish<Kind extends Command["type"]> = Extract<Command, { type: Kind }>;
type Length = Pick<Parameters<typeof askForFloor>[1], "seconds" | "isOpenEnded">;

/** What makes no sense without a connection. Lines wait for it. */
const needsServer: ReadonlySet<Command["type"]> = new Set<Command["type"]>([
  "record",
  "talk",
  "who",
  "rename",
  "clips",
  "play",
  "save",
  "history",
  "search",
  "whois",
  "moderate",
]);

export function handleCommand(chat: ChatState, intent: Command): void {
  // Behind a farewell nothing is wished any more.
  if (chat.leaving !== "not" && intent.type !== "quit") return;
  if (needsServer.has(intent.type) && isOffline(chat, "ref" in intent ? given(intent) : {})) return;
  switch (intent.type) {
    case "say":
      return say(chat, intent);
    case "whisper":
      return whisper(chat, intent);
    case "rename":
      return rename(chat, intent);
    case "record":
      return record(chat, intent);
    case "talk":
      return takeFloor(chat, intent, { seconds: limits.transmissionSecondsMax, isOpenEnded: true });
    case "mute":
    case "unmute":
      if (mute(chat, intent)) adjustHearing(chat);
      return;
    case "volume":
      if (!setVolume(chat, intent)) return;
      adjustHearing(chat);
      return adjustReplay(chat);
    case "clips":
      return askForClips(chat, intent);
    case "play":
      if (hasVoice(chat, intent)) wantClip(chat, intent);
      return;
    case "save":
      return wantClip(chat, intent);
    case "stop":
    case "cancel":
      return endRecording(chat, intent.type);
    case "who":
      return send(chat, { type: "who" });
    case "history":
    case "search":
      return askForLines(chat, intent);
    case "whois":
      return whois(chat, intent);
    case "moderate":
      return moderate(chat, intent);
    case "quit":
      return leaveSoon(chat);
  }
}

function say(chat: ChatState, intent: Wish<"say">): void {
  const typed = { ...given(intent), text: intent.text };
  const text = acceptText(chat, intent.text, typed);
  if (text !== undefined) post(chat, { type: "say", text }, typed);
}

function whisper(chat: ChatState, intent: Wish<"whisper">): void {
  const typed = { ...given(intent), text: `@${intent.to} ${intent.text}` };
  const to = acceptReceiver(chat, intent.to, typed);
  const text = to && acceptText(chat, intent.text, typed);
  if (to === undefined || text === undefined) return;
  post(chat, { type: "whisper", to, text }, typed);
}

function rename(chat: ChatState, intent: Wish<"rename">): void {
  const name = parseName(intent.name);
  if (name === undefined)
    return refuse(chat, refusal("name-invalid", { max: limits.nameCharsMax }), given(intent));
  send(chat, { type: "rename", name, ref: track(chat, given(intent)) });
}

function record(chat: ChatState, intent: Wish<"record">): void {
  const seconds = intent.seconds ?? limits.transmissionSecondsDefault;
  if (!(seconds >= 1 && seconds <= limits.recordingSecondsMax))
    return refuse(chat, refusal("bad-seconds", { max: limits.recordingSecondsMax }), given(intent));
  takeFloor(chat, intent, { seconds, isOpenEnded: false });
}

function whois(chat: ChatState, intent: Wish<"whois">): void {
  const name = acceptReceiver(chat, intent.name, given(intent));
  if (name !== undefined) send(chat, { type: "whois", name, ref: track(chat, given(intent)) });
}

/** Whether we may is for the server to say. */
function moderate(chat: ChatState, intent: Wish<"moderate">): void {
  const { type: _, ref: __, name, reason, minutes, ...deed } = intent;
  if (minutes !== undefined && !(minutes >= 0 && minutes <= limits.silenceMinutesMax)) {
    const message = `It takes 1 to ${limits.silenceMinutesMax} minutes.`;
    return refuse(chat, { code: "bad-minutes", message }, given(intent));
  }
  const whom = name === undefined ? undefined : acceptReceiver(chat, name, given(intent));
  if (name !== undefined && whom === undefined) return;
  send(chat, {
    type: "moderate",
    ...deed,
    ...(whom === undefined ? {} : { name: whom }),
    ...(reason === undefined ? {} : { reason: cleanLine(reason) }),
    ...(minutes === undefined ? {} : { minutes }),
    ref: track(chat, given(intent)),
  });
}

/** Asks for the floor, for everyone or for one person. */
function takeFloor(chat: ChatState, intent: Wish<"record"> | Wish<"talk">, length: Length): void {
  if (intent.to === undefined) return askForFloor(chat, { ...given(intent), ...length });
  const to = acceptReceiver(chat, intent.to, given(intent));
  if (to !== undefined) askForFloor(chat, { ...given(intent), ...length, to });
}

/** The text as everybody will read it, or undefined after its author was told why not. */
function acceptText(chat: ChatState, text: string, typed: Pending): string | undefined {
  const clean = cleanLine(text);
  if (clean !== "" && charCount(clean) <= limits.textCharsMax) return clean;
  refuse(chat, refusal(clean === "" ? "text-empty" : "text-too-long", { max: limits.textCharsMax }), typed);
  return undefined;
}

/** The name of somebody who may be here; what is no name is nobody's. */
function acceptReceiver(chat: ChatState, to: string, typed: Pending): string | undefined {
  const name = parseName(to);
  if (name === undefined) refuse(chat, refusal("no-such-name", { name: cleanName(to) }), typed);
  return name;
}
