/** Voice: requests for the floor, voice frames, and the end of a transmission. */
import type { Now } from "../../base/now.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessageOf, ServerMessageOf } from "../../protocol/messages.ts";
import type { RelayedFrame } from "../session/room-port.ts";
import { beginRecording, endRecording, record } from "./clips.ts";
import type { Transmission } from "./floor.ts";
import { heardSeconds } from "./floor.ts";
import type { Member } from "./member.ts";
import { refuseIfForbidden } from "./speech.ts";
import type { Audience, RoomState } from "./state.ts";
import { audienceOf, everyone, refuse, send } from "./state.ts";
import { findConnected } from "./users.ts";

type RequestFloor = ClientMessageOf<"requestFloor">;
type ReleaseFloor = ClientMessageOf<"releaseFloor">;
type VoiceEnded = ServerMessageOf<"voiceEnded">;

/** Grants the floor, or refuses it: another member has it, or this member spoke too much before. */
export function requestFloor(room: RoomState, member: Member, message: RequestFloor, now: Now): void {
  const { seconds, ref } = message;
  if (seconds < 1 || seconds > limits.transmissionSecondsMax)
    return refuse(room, member.id, refusal("bad-seconds", { max: limits.transmissionSecondsMax }), ref);
  const hasFloor = room.floor.isGivenTo(member, now.monotonicMs);
  if (refuseIfForbidden(room, member, ref, now, hasFloor)) return;
  const receiver = message.to === undefined ? undefined : findConnected(room, member.id, message.to, ref);
  if (message.to !== undefined && receiver === undefined) return;
  const answer = room.floor.request(member, seconds, receiver, now.monotonicMs);
  if (answer.type === "too-fast") return refuse(room, member.id, refusal("voice-too-fast"), ref);
  if (answer.type === "taken") {
    const by = { name: answer.by.identity.name, seconds: answer.secondsLeft };
    return refuse(room, member.id, refusal("floor-taken", by), ref);
  }
  const { stream } = answer.transmission;
  send(room, [member.id], { type: "floorGranted", ref, stream, seconds });
}

/** Passes a voice frame on as it is, if its sender has the floor. False: it was not passed on. */
export function voice(room: RoomState, member: Member, { stream, body }: RelayedFrame, now: Now): boolean {
  const verdict = room.floor.frame(member, stream, now.monotonicMs);
  if (verdict.type === "stale") return false;
  if (verdict.type === "no-floor" || verdict.type === "too-fast") {
    refuse(room, member.id, refusal(verdict.type === "no-floor" ? "no-floor" : "voice-too-fast"));
    if (verdict.type === "too-fast") endTransmissions(room, [verdict.transmission], "stopped");
    return false;
  }
  const { transmission } = verdict;
  const { ids, voiceSubscribers } = listenersOf(room, transmission);
  if (verdict.type === "first") {
    beginRecording(room, stream, now);
    const to = transmission.to === undefined ? {} : { to: transmission.to.identity.name };
    send(room, ids, { type: "voiceStarted", stream, from: member.identity.name, ...to });
  }
  room.emit({ type: "relay", to: voiceSubscribers, except: member.id, body });
  record(room, stream, body);
  return true;
}

/** The speaker gives the floor back. A transmission that is over already needs no answer. */
export function releaseFloor(room: RoomState, member: Member, message: ReleaseFloor): void {
  const transmission = room.floor.release(member, message.stream);
  const { captureMs, encodeMs } = message;
  const parts = {
    ...(captureMs === undefined ? {} : { captureMs }),
    ...(encodeMs === undefined ? {} : { encodeMs }),
  };
  if (transmission !== undefined) endTransmissions(room, [transmission], message.reason, parts);
}

/** Ends the transmissions whose time is over. The sender of one without a frame has no working microphone. */
export function expireTransmissions(room: RoomState, now: Now): void {
  for (const transmission of room.floor.expire(now.monotonicMs))
    endTransmissions(room, [transmission], transmission.state === "talking" ? "done" : "device");
}

/** Tells the listeners of these transmissions that they are over, and stores their clips. The floor is free already. */
export function endTransmissions(
  room: RoomState,
  transmissions: Transmission[],
  reason: VoiceEnded["reason"],
  parts: Pick<VoiceEnded, "captureMs" | "encodeMs"> = {},
): void {
  for (const transmission of transmissions) {
    const { stream, holder, state } = transmission;
    const { ids } = state === "talking" ? listenersOf(room, transmission) : audienceOf([holder]);
    const seconds = heardSeconds(transmission);
    const ended = { stream, from: holder.identity.name, seconds, reason, ...parts };
    endRecording(room, transmission, ids, { type: "voiceEnded", ...ended });
  }
}

/** Everyone, or the two members that the transmission is between; the holder included. */
function listenersOf(room: RoomState, { holder, to }: Transmission): Audience {
  return to === undefined ? everyone(room) : audienceOf([...new Set([holder, to])]);
}
