/** One's own turn at the microphone. */

import type { AudioEvent } from "../../audio/events.ts";
import { medianOf } from "../../base/median.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import type { VoiceFigures } from "../api.ts";
import { stopReplay } from "./clips.ts";
import { beginHearing, endHearing, showEnded, tenths } from "./remote-streams.ts";
import type { ChatState, Recording } from "./state.ts";
import { addressed, cleanName, fail, given, refuse, send, show, track, warn } from "./state.ts";

type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;
type HushReason = Extract<ClientMessage, { type: "releaseFloor" }>["reason"];
type News<Type extends AudioEvent["type"]> = Extract<AudioEvent, { type: Type }>;
type Speaking = Extract<Recording, { type: "recording" }>;

/** How long one wishes to talk, and to whom: both are judged already. */
interface FloorWish {
  seconds: number;
  /** It ends when the person says so; `seconds` is but the most that may be. */
  isOpenEnded: boolean;
  to?: string;
  ref?: string;
}

/** A time that no listener believes, for a server whose clock we do not know yet: the delay is left out. */
const unknownTime = Number.MAX_SAFE_INTEGER;
/** Sound waits that long for its frame to become full: known, not measured. */
const frameMs = 1_000 / limits.voiceFramesPerSecond;

export function askForFloor(chat: ChatState, wish: FloorWish): void {
  const { seconds, isOpenEnded } = wish;
  if (!hasVoice(chat, wish)) return;
  if (chat.recording !== undefined)
    return refuse(chat, { code: "recording", message: "You are talking already." }, given(wish));
  // The microphone would hear it.
  stopReplay(chat);
  const ref = track(chat, given(wish));
  const to = wish.to === undefined ? {} : { to: wish.to };
  chat.recording = { type: "asking", ref, seconds, ...to, isOpenEnded, isUnwanted: false };
  send(chat, { type: "requestFloor", seconds, ...to, ref });
}

/** False: there is no voice, and the person was told. */
export function hasVoice(chat: ChatState, wish: { ref?: string | undefined }): boolean {
  if (chat.options.voice) return true;
  refuse(chat, { code: "no-voice", message: "Voice is off (--no-voice)." }, given(wish));
  return false;
}

/** Ends one's own turn, or else the replay of a clip. */
export function endRecording(chat: ChatState, wish: "stop" | "cancel"): void {
  if (chat.recording === undefined) stopReplay(chat);
  if (chat.recording?.type === "asking") chat.recording.isUnwanted = true;
  if (chat.recording?.type === "recording") {
    chat.effects.push({ type: wish === "stop" ? "stop-recording" : "cancel-recording" });
  }
}

/** Nobody is left to end a turn that has no end of its own: a closed input must not leave the microphone open. */
export function endOpenEnded(chat: ChatState): void {
  if (chat.recording?.isOpenEnded) endRecording(chat, "stop");
}

/** Gives the floor back before we leave, so that the server still tells us of our end. */
export function giveUpFloor(chat: ChatState): void {
  if (chat.recording?.type === "asking") chat.recording.isUnwanted = true;
  if (chat.recording?.type !== "recording") return;
  hush(chat, chat.recording, "stopped");
  chat.effects.push({ type: "cancel-recording" });
}

/** The connection is lost, and the floor with it: the microphone closes. */
export function loseFloor(chat: ChatState): void {
  const { recording } = chat;
  chat.recording = undefined;
  if (recording?.type !== "recording") return;
  chat.effects.push({ type: "cancel-recording" });
  const seconds = recording.frames / limits.voiceFramesPerSecond;
  showEnded(
    chat,
    { type: "voiceEnded", stream: recording.stream, from: chat.you, seconds, reason: "lost" },
    {},
  );
}

export function floorGranted(chat: ChatState, message: Of<"floorGranted">): void {
  chat.pending.delete(message.ref);
  const asked = chat.recording;
  if (asked?.type !== "asking" || asked.ref !== message.ref) return;
  const { stream } = message;
  if (asked.isUnwanted) {
    chat.recording = undefined;
    return send(chat, { type: "releaseFloor", stream, reason: "cancelled" });
  }
  // The microphone is never open for longer than was wished, whatever the server grants.
  const seconds = Math.min(asked.seconds, message.seconds);
  const { isOpenEnded } = asked;
  chat.recording = {
    type: "recording",
    stream,
    seconds,
    isOpenEnded,
    frames: 0,
    encodeMs: [],
    isLateTold: false,
  };
  show(chat, { type: "recording", stream, seconds, ...(asked.to === undefined ? {} : { to: asked.to }) });
  chat.recordings += 1;
  chat.effects.push({ type: "record", seconds });
}

/** Somebody talks: since this moment, or since before we came in. */
export function voiceStarted(
  chat: ChatState,
  turn: Omit<Of<"voiceStarted">, "type">,
  since: "now" | "before",
): void {
  if (!isOwn(chat, turn.stream)) return beginHearing(chat, turn, since === "now");
  const { stream } = turn;
  show(chat, { type: "voice-started", stream, from: cleanName(turn.from), ...addressed(turn) });
}

function isOwn(chat: ChatState, stream: number): boolean {
  return chat.recording?.type === "recording" && chat.recording.stream === stream;
}

export function voiceEnded(chat: ChatState, message: Of<"voiceEnded">): void {
  if (!isOwn(chat, message.stream)) return endHearing(chat, message);
  // The server ended it, or answers our own end: either way the microphone is closed.
  chat.recording = undefined;
  chat.effects.push({ type: "cancel-recording" });
  showEnded(chat, message, ownFigures(chat, message));
}

/** How long our sound took to the server; what follows is known to each listener alone. */
function ownFigures(chat: ChatState, { captureMs, encodeMs }: Of<"voiceEnded">): VoiceFigures {
  const { roundTripMs } = chat.pings.clock;
  if (captureMs === undefined || encodeMs === undefined || roundTripMs === undefined) return {};
  const network = roundTripMs / 2;
  return {
    partsMs: { capture: tenths(captureMs), encode: tenths(encodeMs), network: tenths(network) },
  };
}

/** What the microphone does; outside one's own turn that means nothing. */
export function runCapture(chat: ChatState, news: News<"captured" | "level" | "capture-ended">): void {
  const { recording } = chat;
  if (news.type === "capture-ended") {
    chat.recordings -= 1;
    // That of an earlier turn, which the server had ended.
    if (chat.recordings > 0) return;
  }
  // Who leaves has given the floor back.
  if (recording?.type !== "recording" || chat.leaving !== "not") return;
  switch (news.type) {
    case "captured":
      return captured(chat, recording, news);
    case "level": {
      const { stream, seconds, frames } = recording;
      const left = Math.max(0, seconds - frames / limits.voiceFramesPerSecond);
      return show(chat, { type: "level", stream, dbfs: news.dbfs, peak: news.peakDbfs, left });
    }
    case "capture-ended":
      return captureEnded(chat, recording, news);
  }
}

/** A frame goes to the server; the connection drops it if it would only come late. */
function captured(chat: ChatState, recording: Speaking, news: News<"captured">): void {
  const { pings, now } = chat;
  const { sequence, capturedAt, payload } = news;
  recording.frames += 1;
  recording.encodeMs.push(now.wallMs - capturedAt / 1_000 - frameMs);
  const at = pings.clock.toServer(capturedAt) ?? unknownTime;
  chat.effects.push({
    type: "send-voice",
    frame: { stream: recording.stream, sequence, capturedAt: at, payload },
  });
}

/** The connection dropped a frame of ours: the person is told once for each transmission. */
export function voiceDropped(chat: ChatState): void {
  const { recording } = chat;
  if (recording?.type !== "recording" || recording.isLateTold) return;
  recording.isLateTold = true;
  warn(chat, "uplink-late", "Your connection is stalling: the others miss some of what you say.");
}

function captureEnded(chat: ChatState, recording: Speaking, news: News<"capture-ended">): void {
  if (news.error !== undefined) {
    chat.failed = true;
    fail(chat, news.error);
  }
  // Of what is to be forgotten, and of a device that failed, there is nothing more to say.
  const sound = news.reason === "done" || news.reason === "stopped" ? news.sound : undefined;
  if (sound?.silent) warn(chat, "silent", "Nothing was heard: is the microphone muted?");
  if (sound?.clipped)
    warn(chat, "clipped", "It was too loud: turn the microphone down, or move away from it.");
  hush(chat, recording, news.reason);
}

/** Gives the floor back and says how long the sound took on this machine. */
function hush(chat: ChatState, { stream, encodeMs }: Speaking, reason: HushReason): void {
  const median = medianOf(encodeMs);
  const parts =
    median === undefined
      ? {}
      : { captureMs: frameMs, encodeMs: tenths(Math.min(Math.max(0, median), limits.partMsMax)) };
  send(chat, { type: "releaseFloor", stream, reason, ...parts });
}
