/** Our own transmission: floor control (RFC 4582), the microphone, and the frames that go to the server. */
import type { AudioEvent } from "../../../audio/events.ts";
import { medianOf } from "../../../base/median.ts";
import { limits } from "../../../protocol/limits.ts";
import type { ClientMessageOf, ServerMessageOf } from "../../../protocol/messages.ts";
import type { VoiceFigures } from "../../api.ts";
import { fail, refOf, refuse, send, show, track, warn } from "../emit.ts";
import { addressed, cleanName } from "../names.ts";
import type { ChatState, Transmission } from "../state.ts";
import { stopReplay } from "./clips.ts";
import { endStream, showEnded, startStream, tenths } from "./remote-streams.ts";

type ReleaseReason = ClientMessageOf<"releaseFloor">["reason"];
type AudioEventOf<Type extends AudioEvent["type"]> = Extract<AudioEvent, { type: Type }>;
type OpenTransmission = Extract<Transmission, { type: "open" }>;

/** A valid request for the floor: for how long, and to whom. */
export interface FloorRequest {
  seconds: number;
  /** It lasts until the person ends it; `seconds` is only the limit. */
  isOpenEnded: boolean;
  to?: string;
  ref?: string;
}

/** Stands for a capture time while the server's clock is not known; no listener computes a delay from it. */
const unknownTime = Number.MAX_SAFE_INTEGER;
/** The longest time that a sample waits until its frame is full: known, not measured. */
const frameMs = 1_000 / limits.voiceFramesPerSecond;

/** Asks for the floor, unless our own transmission runs already. */
export function requestFloor(chat: ChatState, request: FloorRequest): void {
  const { seconds, isOpenEnded } = request;
  if (refuseIfNoVoice(chat, request)) return;
  if (chat.transmission !== undefined)
    return refuse(chat, { code: "recording", refused: "record" }, refOf(request));
  // The microphone would pick the replay up.
  stopReplay(chat);
  const ref = track(chat, refOf(request));
  const to = request.to === undefined ? {} : { to: request.to };
  chat.transmission = { type: "requested", ref, seconds, ...to, isOpenEnded, isCancelled: false };
  send(chat, { type: "requestFloor", seconds, ...to, ref });
}

/** Refuses a command that needs voice, if voice is off; true: it was refused. */
export function refuseIfNoVoice(chat: ChatState, command: { ref?: string | undefined }): boolean {
  if (chat.options.voice) return false;
  refuse(chat, { code: "no-voice" }, refOf(command));
  return true;
}

/** Ends our transmission, or else the replay of a clip. */
export function endTransmission(chat: ChatState, how: "stop" | "cancel"): void {
  const { transmission } = chat;
  if (transmission === undefined) stopReplay(chat);
  if (transmission?.type === "requested") transmission.isCancelled = true;
  if (transmission?.type === "open")
    chat.effects.push({ type: how === "stop" ? "stop-recording" : "cancel-recording" });
}

/** The input has ended, and with it every way to end an open-ended transmission: it ends now. */
export function endOpenEnded(chat: ChatState): void {
  if (chat.transmission?.isOpenEnded) endTransmission(chat, "stop");
}

/** Releases the floor before we leave, so that the server still confirms the end. */
export function giveUpFloor(chat: ChatState): void {
  if (chat.transmission?.type === "requested") chat.transmission.isCancelled = true;
  if (chat.transmission?.type !== "open") return;
  releaseFloor(chat, chat.transmission, "stopped");
  chat.effects.push({ type: "cancel-recording" });
}

/** The connection is lost, and the floor with it: the microphone closes. */
export function loseFloor(chat: ChatState): void {
  const { transmission } = chat;
  chat.transmission = undefined;
  if (transmission?.type !== "open") return;
  chat.effects.push({ type: "cancel-recording" });
  const { stream, frames } = transmission;
  const seconds = frames / limits.voiceFramesPerSecond;
  showEnded(chat, { type: "voiceEnded", stream, from: chat.you, seconds, reason: "lost" }, {});
}

/** The floor is ours: opens the microphone, or gives the floor back if the request was cancelled meanwhile. */
export function floorGranted(chat: ChatState, message: ServerMessageOf<"floorGranted">): void {
  chat.pending.delete(message.ref);
  const requested = chat.transmission;
  if (requested?.type !== "requested" || requested.ref !== message.ref) return;
  const { stream } = message;
  if (requested.isCancelled) {
    chat.transmission = undefined;
    return send(chat, { type: "releaseFloor", stream, reason: "cancelled" });
  }
  // The microphone is never open for longer than the person asked, whatever the server grants.
  const seconds = Math.min(requested.seconds, message.seconds);
  const { isOpenEnded, to } = requested;
  const begun = { frames: 0, encodeMs: [], isLateWarned: false };
  chat.transmission = { type: "open", stream, seconds, isOpenEnded, ...begun };
  show(chat, { type: "recording", stream, seconds, ...(to === undefined ? {} : { to }) });
  chat.openCaptures += 1;
  chat.effects.push({ type: "record", seconds });
}

/** A transmission of any person begins, or has begun before we joined. */
export function voiceStarted(
  chat: ChatState,
  started: Omit<ServerMessageOf<"voiceStarted">, "type">,
  since: "now" | "before",
): void {
  if (!isOwn(chat, started.stream)) return startStream(chat, started, since === "now");
  const { stream } = started;
  show(chat, { type: "voice-started", stream, from: cleanName(started.from), ...addressed(started) });
}

function isOwn(chat: ChatState, stream: number): boolean {
  return chat.transmission?.type === "open" && chat.transmission.stream === stream;
}

/** A transmission of any person is over. */
export function voiceEnded(chat: ChatState, message: ServerMessageOf<"voiceEnded">): void {
  if (!isOwn(chat, message.stream)) return endStream(chat, message);
  // The server ended it, or answers our own end: either way the microphone is closed.
  chat.transmission = undefined;
  chat.effects.push({ type: "cancel-recording" });
  showEnded(chat, message, ownFigures(chat, message));
}

/** The delay of our sound up to the server; each listener knows only the rest of it. */
function ownFigures(chat: ChatState, { captureMs, encodeMs }: ServerMessageOf<"voiceEnded">): VoiceFigures {
  const { roundTripMs } = chat.pings.clock;
  if (captureMs === undefined || encodeMs === undefined || roundTripMs === undefined) return {};
  const network = roundTripMs / 2;
  return {
    partsMs: { capture: tenths(captureMs), encode: tenths(encodeMs), network: tenths(network) },
  };
}

/** Takes an event of the microphone; without a transmission of ours it is ignored. */
export function runCapture(
  chat: ChatState,
  event: AudioEventOf<"captured" | "level" | "capture-ended">,
): void {
  const { transmission } = chat;
  if (event.type === "capture-ended") {
    chat.openCaptures -= 1;
    // It belongs to an earlier transmission, which the server had ended.
    if (chat.openCaptures > 0) return;
  }
  // On leaving, the floor was released already.
  if (transmission?.type !== "open" || chat.leaving !== "not") return;
  switch (event.type) {
    case "captured":
      return captured(chat, transmission, event);
    case "level": {
      const { stream, seconds, frames } = transmission;
      const left = Math.max(0, seconds - frames / limits.voiceFramesPerSecond);
      return show(chat, { type: "level", stream, dbfs: event.dbfs, peak: event.peakDbfs, left });
    }
    case "capture-ended":
      return captureEnded(chat, transmission, event);
    default:
      event satisfies never;
  }
}

/** Sends a frame; the connection drops it if it would only come late. */
function captured(chat: ChatState, transmission: OpenTransmission, event: AudioEventOf<"captured">): void {
  const { pings, now } = chat;
  const { sequence, capturedAt, payload } = event;
  transmission.frames += 1;
  transmission.encodeMs.push(now.wallMs - capturedAt / 1_000 - frameMs);
  const at = pings.clock.toServer(capturedAt) ?? unknownTime;
  chat.effects.push({
    type: "send-voice",
    frame: { stream: transmission.stream, sequence, capturedAt: at, payload },
  });
}

/** The connection dropped a frame of ours: the person is warned once for each transmission. */
export function voiceDropped(chat: ChatState): void {
  const { transmission } = chat;
  if (transmission?.type !== "open" || transmission.isLateWarned) return;
  transmission.isLateWarned = true;
  warn(chat, { code: "uplink-late" });
}

function captureEnded(
  chat: ChatState,
  transmission: OpenTransmission,
  event: AudioEventOf<"capture-ended">,
): void {
  if (event.error !== undefined) fail(chat, event.error);
  // A recording that is cancelled, or whose device failed, needs no advice.
  const sound = event.reason === "done" || event.reason === "stopped" ? event.sound : undefined;
  if (sound?.silent) warn(chat, { code: "silent" });
  if (sound?.clipped) warn(chat, { code: "clipped" });
  releaseFloor(chat, transmission, event.reason);
}

/** Releases the floor and tells how long the sound took on this machine. */
function releaseFloor(chat: ChatState, { stream, encodeMs }: OpenTransmission, reason: ReleaseReason): void {
  const median = medianOf(encodeMs);
  const parts =
    median === undefined
      ? {}
      : { captureMs: frameMs, encodeMs: tenths(Math.min(Math.max(0, median), limits.partMsMax)) };
  send(chat, { type: "releaseFloor", stream, reason, ...parts });
}
