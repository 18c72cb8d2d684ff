/** The transmissions of others: several may be heard at once, and each is reported when it is over. */
import type { PlaybackReport } from "../../../audio/events.ts";
import { limits } from "../../../protocol/limits.ts";
import type { ServerMessageOf } from "../../../protocol/messages.ts";
import { nameKey } from "../../../protocol/text.ts";
import type { VoiceFrame } from "../../../protocol/voice-frame.ts";
import type { VoiceFigures } from "../../api.ts";
import { show } from "../emit.ts";
import { addressed, cleanName } from "../names.ts";
import type { ChatState, RemoteStream } from "../state.ts";
import { isMuted, volumeOf } from "./volume.ts";

type VoiceEnded = ServerMessageOf<"voiceEnded">;

/** The bound with streams that are over and still played, so that no server makes us keep more. */
const keptMax = 2 * limits.streamsHeardMax;
/** Stands for an unknown capture time: so long ago that no delay is computed from it. */
const unknownTime = 0;

/** Another person talks: from now on or, unless `isWhole`, since before we came. A stream too many is ignored. */
export function startStream(
  chat: ChatState,
  started: { stream: number; from: string; to?: string | undefined },
  isWhole: boolean,
): void {
  const { stream } = started;
  const running = [...chat.remoteStreams.values()].filter(({ ended }) => ended === undefined);
  if (running.length >= limits.streamsHeardMax || chat.remoteStreams.size >= keptMax) return;
  const from = cleanName(started.from);
  show(chat, { type: "voice-started", stream, from, ...addressed(started) });
  if (!chat.options.voice || chat.remoteStreams.has(stream)) return;
  const sound = isMuted(chat, from) ? "muted" : "playing";
  chat.remoteStreams.set(stream, { from, isWhole, sound });
  if (sound === "playing") chat.effects.push({ type: "play", stream, gain: volumeOf(chat, from) });
}

/** Plays a frame of another person, with its capture time on our own clock. */
export function playFrame(chat: ChatState, frame: VoiceFrame): void {
  const remote = chat.remoteStreams.get(frame.stream);
  if (remote?.sound !== "playing" || remote.ended !== undefined) return;
  remote.span = { first: remote.span?.first ?? frame.sequence, last: frame.sequence };
  const capturedAt = chat.pings.clock.toLocal(frame.capturedAt) ?? unknownTime;
  chat.effects.push({ type: "play-frame", frame: { ...frame, capturedAt } });
}

/** A transmission of another person is over. This is shown when its last frames are played. */
export function endStream(chat: ChatState, message: VoiceEnded): void {
  const { stream, reason } = message;
  const remote = chat.remoteStreams.get(stream);
  if (remote?.ended !== undefined) return;
  if (remote?.sound === "playing") {
    remote.ended = message;
    const how = reason === "cancelled" ? "cut" : "drain";
    return void chat.effects.push({ type: "play-end", stream, how });
  }
  chat.remoteStreams.delete(stream);
  showEnded(chat, message, {});
}

/** The output has finished a stream; without a report it failed. */
export function finishStream(chat: ChatState, stream: number, report?: PlaybackReport): void {
  const remote = chat.remoteStreams.get(stream);
  if (remote === undefined) return;
  remote.sound = "failed";
  if (remote.ended === undefined) return;
  chat.remoteStreams.delete(stream);
  showEnded(chat, remote.ended, report === undefined ? {} : figuresOf(remote, remote.ended, report));
}

/** The connection is lost: every stream ends where it was. */
export function loseStreams(chat: ChatState): void {
  for (const [stream, { from, span, ended }] of chat.remoteStreams) {
    if (ended !== undefined) continue;
    const frames = span === undefined ? 0 : span.last - span.first + 1;
    const seconds = frames / limits.voiceFramesPerSecond;
    endStream(chat, { type: "voiceEnded", stream, from, seconds, reason: "lost" });
  }
}

/** We leave: shows the end of streams that are over, without waiting for the output. */
export function finishEndedStreams(chat: ChatState): void {
  for (const [stream, { ended }] of chat.remoteStreams) if (ended !== undefined) finishStream(chat, stream);
}

/** Applies a change of volume, or of who is muted, to the streams that are heard. */
export function applyVolumes(chat: ChatState): void {
  for (const [stream, remote] of chat.remoteStreams) {
    const muted = isMuted(chat, remote.from);
    const gain = volumeOf(chat, remote.from);
    if (remote.sound === "playing") chat.effects.push({ type: "gain", stream, gain: muted ? 0 : gain });
    if (remote.sound !== "muted" || muted) continue;
    remote.sound = "playing";
    remote.isWhole = false;
    chat.effects.push({ type: "play", stream, gain });
  }
}

/** A person who talks has a new name. */
export function renameStreams(chat: ChatState, from: string, to: string): void {
  for (const remote of chat.remoteStreams.values())
    if (nameKey(remote.from) === nameKey(from)) remote.from = to;
}

/** Shows the end of a transmission, our own or that of another person. */
export function showEnded(chat: ChatState, message: VoiceEnded, figures: VoiceFigures): void {
  const { stream, seconds, reason, clip } = message;
  const from = cleanName(message.from);
  const kept = clip === undefined ? {} : { clip };
  show(chat, { type: "voice-ended", stream, from, seconds, reason, ...kept, ...figures });
}

function figuresOf(remote: RemoteStream, ended: VoiceEnded, report: PlaybackReport): VoiceFigures {
  const { captureMs, encodeMs } = ended;
  const { frames, concealed, missing, delayMs, partsMs } = report;
  const lost = concealed + missing + missingAround(remote, ended);
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

/** The frames before the first and after the last received one: the server counted them, and the playback did not. */
function missingAround({ isWhole, span }: RemoteStream, { seconds }: VoiceEnded): number {
  if (!isWhole) return 0;
  const came = span === undefined ? 0 : span.last - span.first + 1;
  const counted = Math.round(Math.min(seconds, limits.transmissionSecondsMax) * limits.voiceFramesPerSecond);
  return Math.max(0, counted - came);
}

/** Rounds to one decimal; the figures are not more exact. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}
