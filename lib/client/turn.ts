/** One's own turn at the microphone, and hearing those of others. */
import { limits } from "../protocol/limits.ts";
import type { ServerMessage } from "../protocol/messages.ts";
import type { ChatState, VoiceNews } from "./chat-state.ts";
import { cleanName, fail, given, refuse, send, show, track } from "./chat-state.ts";

type Of<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

/** How long one wishes to talk, and to whom: both are judged already. */
interface FloorWish {
  seconds: number;
  to?: string;
  ref?: string;
}

/** More kinds of trouble with the speaker than there are, each of them told once. */
const playbackErrorsMax = 16;

export function askForFloor(chat: ChatState, wish: FloorWish): void {
  const { seconds } = wish;
  if (!chat.options.voice)
    return refuse(chat, { code: "no-voice", message: "Voice is off (--no-voice)." }, given(wish));
  if (chat.recording !== undefined)
    return refuse(chat, { code: "recording", message: "You are talking already." }, given(wish));
  const ref = track(chat, given(wish));
  const to = wish.to === undefined ? {} : { to: wish.to };
  chat.recording = { state: "asking", ref, seconds, ...to, isUnwanted: false };
  send(chat, { type: "talk", seconds, ...to, ref });
}

export function endRecording(chat: ChatState, wish: "stop" | "cancel"): void {
  if (chat.recording?.state === "asking") chat.recording.isUnwanted = true;
  if (chat.recording?.state === "recording") {
    chat.effects.push({ do: wish === "stop" ? "stop-recording" : "cancel-recording" });
  }
}

/** Gives the floor back before we leave, so that the server still tells us of our end. */
export function giveUpFloor(chat: ChatState): void {
  if (chat.recording?.state !== "recording") return;
  send(chat, { type: "hush", stream: chat.recording.stream, reason: "stopped" });
  chat.effects.push({ do: "cancel-recording" });
}

export function floorGranted(chat: ChatState, message: Of<"floor">): void {
  chat.pending.delete(message.ref);
  const asked = chat.recording;
  if (asked?.state !== "asking" || asked.ref !== message.ref) return;
  const { stream } = message;
  if (asked.isUnwanted) {
    chat.recording = undefined;
    return send(chat, { type: "hush", stream, reason: "cancelled" });
  }
  // The microphone is never open for longer than was wished, whatever the server grants.
  const seconds = Math.min(asked.seconds, message.seconds);
  chat.recording = { state: "recording", stream, seconds, frames: 0 };
  show(chat, { event: "recording", stream, seconds, ...(asked.to === undefined ? {} : { to: asked.to }) });
  chat.effects.push({ do: "record", seconds });
}

export function voiceStarted(
  chat: ChatState,
  turn: { stream: number; from: string; to?: string | undefined },
): void {
  const { stream } = turn;
  if (!isOwn(chat, stream) && chat.hearing.size >= limits.streamsHeardMax) return;
  const from = cleanName(turn.from);
  show(chat, {
    event: "voice-started",
    stream,
    from,
    ...(turn.to === undefined ? {} : { to: cleanName(turn.to) }),
  });
  if (isOwn(chat, stream) || !chat.options.voice) return;
  chat.hearing.add(stream);
  chat.effects.push({ do: "play", stream });
}

function isOwn(chat: ChatState, stream: number): boolean {
  return chat.recording?.state === "recording" && chat.recording.stream === stream;
}

export function voiceEnded(chat: ChatState, message: Of<"voiceEnded">): void {
  const { stream, seconds, reason } = message;
  if (isOwn(chat, stream)) {
    // The server ended it, or answers our own end: either way the microphone is closed.
    chat.recording = undefined;
    chat.effects.push({ do: "cancel-recording" });
  }
  if (chat.hearing.delete(stream)) {
    chat.effects.push({ do: "play-end", stream, how: reason === "cancelled" ? "cut" : "drain" });
  }
  show(chat, { event: "voice-ended", stream, from: cleanName(message.from), seconds, reason });
}

export function runVoice(chat: ChatState, news: VoiceNews): void {
  if (news.type === "playback-failed") return playbackFailed(chat, news.error);
  const { recording } = chat;
  if (recording?.state !== "recording") return;
  const { stream, seconds } = recording;
  switch (news.type) {
    case "captured": {
      recording.frames += 1;
      const { sequence, capturedAt, payload } = news;
      return void chat.effects.push({ do: "send-voice", frame: { stream, sequence, capturedAt, payload } });
    }
    case "level": {
      const left = Math.max(0, seconds - recording.frames / limits.voiceFramesPerSecond);
      return show(chat, { event: "level", stream, dbfs: news.dbfs, left });
    }
    case "capture-ended":
      if (news.error !== undefined) {
        chat.failed = true;
        fail(chat, news.error);
      }
      return send(chat, { type: "hush", stream, reason: news.reason });
  }
}

/** Said once: a machine without a speaker does not need to hear it again with every clip. */
function playbackFailed(chat: ChatState, error: { code: string; message: string }): void {
  if (chat.playbackErrors.has(error.code) || chat.playbackErrors.size >= playbackErrorsMax) return;
  chat.playbackErrors.add(error.code);
  fail(chat, error);
}
