/** Hearing the turns of others: several at once, each on its own, and what became of each when it is over. */

import type { PlaybackReport } from "../../audio/events.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import { nameKey } from "../../protocol/text.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import type { VoiceFigures } from "../api.ts";
import type { ChatState } from "./state.ts";
import { addressed, cleanName, show } from "./state.ts";
import { isMuted, volumeOf } from "./volume.ts";

type VoiceEnded = Extract<ServerMessage, { type: "voiceEnded" }>;

/** A turn of somebody else, until everything of it is told. */
export interface Heard {
  from: string;
  /** Heard from the first frame on, not from the middle. */
  isWhole: boolean;
  /** The numbers of the first and the last frame that came; the server sends them in order. */
  span?: { first: number; last: number };
  /** `muted`: no speaker was opened for it; `failed`: what was opened is gone. */
  sound: "playing" | "muted" | "failed";
  /** It is over, and its last words are still being played. */
  ended?: VoiceEnded;
}

/** Those that are over count, too: no server makes us keep more. */
const keptMax = 2 * limits.streamsHeardMax;
/** So long ago that no delay is told of it. */
const unknownTime = 0;

/** Somebody else talks, from now on or, unless `isWhole`, since before we came; one turn too many is taken no notice of. */
export function beginHearing(
  chat: ChatState,
  turn: { stream: number; from: string; to?: string | undefined },
  isWhole: boolean,
): void {
  const { stream } = turn;
  const running = [...chat.hearing.values()].filter(({ ended }) => ended === undefined);
  if (running.length >= limits.streamsHeardMax || chat.hearing.size >= keptMax) return;
  const from = cleanName(turn.from);
  show(chat, { type: "voice-started", stream, from, ...addressed(turn) });
  if (!chat.options.voice || chat.hearing.has(stream)) return;
  const sound = isMuted(chat, from) ? "muted" : "playing";
  chat.hearing.set(stream, { from, isWhole, sound });
  if (sound === "playing") chat.effects.push({ type: "play", stream, gain: volumeOf(chat, from) });
}

/** A frame of somebody else: to be played, with its time on our own clock. */
export function hear(chat: ChatState, frame: VoiceFrame): void {
  const heard = chat.hearing.get(frame.stream);
  if (heard?.sound !== "playing" || heard.ended !== undefined) return;
  heard.span = { first: heard.span?.first ?? frame.sequence, last: frame.sequence };
  const capturedAt = chat.pings.clock.toLocal(frame.capturedAt) ?? unknownTime;
  chat.effects.push({ type: "play-frame", frame: { ...frame, capturedAt } });
}

/** A turn of somebody else is over: what became of it is told when its last words are played. */
export function endHearing(chat: ChatState, message: VoiceEnded): void {
  const { stream, reason } = message;
  const heard = chat.hearing.get(stream);
  if (heard?.ended !== undefined) return;
  if (heard?.sound === "playing") {
    heard.ended = message;
    return void chat.effects.push({
      type: "play-end",
      stream,
      how: reason === "cancelled" ? "cut" : "drain",
    });
  }
  chat.hearing.delete(stream);
  showEnded(chat, message, {});
}

/** The speaker is done with a stream; without a report it failed. */
export function finishHearing(chat: ChatState, stream: number, report?: PlaybackReport): void {
  const heard = chat.hearing.get(stream);
  if (heard === undefined) return;
  heard.sound = "failed";
  if (heard.ended === undefined) return;
  chat.hearing.delete(stream);
  showEnded(chat, heard.ended, report === undefined ? {} : figuresOf(heard, heard.ended, report));
}

/** The connection is lost: every turn ends where it was. */
export function loseHearing(chat: ChatState): void {
  for (const [stream, { from, span, ended }] of chat.hearing) {
    if (ended !== undefined) continue;
    const frames = span === undefined ? 0 : span.last - span.first + 1;
    const seconds = frames / limits.voiceFramesPerSecond;
    endHearing(chat, { type: "voiceEnded", stream, from, seconds, reason: "lost" });
  }
}

/** We leave: whatever is over is told without waiting for the speaker. */
export function hurryHearing(chat: ChatState): void {
  for (const [stream, { ended }] of chat.hearing) if (ended !== undefined) finishHearing(chat, stream);
}

/** Follows a change of volume or of who is muted, in turns that are being heard. */
export function adjustHearing(chat: ChatState): void {
  for (const [stream, heard] of chat.hearing) {
    const muted = isMuted(chat, heard.from);
    const volume = volumeOf(chat, heard.from);
    if (heard.sound === "playing") chat.effects.push({ type: "gain", stream, gain: muted ? 0 : volume });
    if (heard.sound !== "muted" || muted) continue;
    heard.sound = "playing";
    heard.isWhole = false;
    chat.effects.push({ type: "play", stream, gain: volume });
  }
}

/** The same speaker under a new name. */
export function renameHeard(chat: ChatState, from: string, to: string): void {
  for (const heard of chat.hearing.values()) if (nameKey(heard.from) === nameKey(from)) heard.from = to;
}

export function showEnded(chat: ChatState, message: VoiceEnded, figures: VoiceFigures): void {
  const { stream, seconds, reason, clip } = message;
  const from = cleanName(message.from);
  const kept = clip === undefined ? {} : { clip };
  show(chat, { type: "voice-ended", stream, from, seconds, reason, ...kept, ...figures });
}

function figuresOf(heard: Heard, ended: VoiceEnded, report: PlaybackReport): VoiceFigures {
  const { captureMs, encodeMs } = ended;
  const { frames, concealed, missing, delayMs, partsMs } = report;
  const lost = concealed + missing + missingAround(heard, ended);
  const figures: VoiceFigures = {};
  if (frames + lost > 0) figures.concealed = Math.round((lost / (frames + lost)) * 10_000) / 10_000;
  if (delayMs === undefined || partsMs === undefined) return figures;
  figures.delayMs = { median: tenths(delayMs.median), p95: tenths(delayMs.p95) };
  figures.partsMs = { buffer: tenths(partsMs.buffer), output: tenths(partsMs.output) };
  if (captureMs === undefined || encodeMs === undefined) return figures;
  const network = Math.max(0, partsMs.arrival - captureMs - encodeMs);
  figures.partsMs = {
    capture: tenths(captureMs),
    encode: tenths(encodeMs),
    network: tenths(network),
    ...figures.partsMs,
  };
  return figures;
}

/** Frames that the server counted before the first that came here and after the last: the speaker knows of neither. */
function missingAround({ isWhole, span }: Heard, { seconds }: VoiceEnded): number {
  if (!isWhole) return 0;
  const came = span === undefined ? 0 : span.last - span.first + 1;
  const counted = Math.round(Math.min(seconds, limits.transmissionSecondsMax) * limits.voiceFramesPerSecond);
  return Math.max(0, counted - came);
}

/** To one decimal: finer than any of it is known. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
