/** Voice: asking for the floor, being heard, and the end of a turn. */
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import type { ConnectionId, Now } from "../session/identity.ts";
import { countVoice } from "../session/rate-limit.ts";
import { beginRecording, endRecording, record } from "./clips.ts";
import type { Transmission } from "./floor.ts";
import { heardSeconds } from "./floor.ts";
import type { Member } from "./member.ts";
import { isSilent } from "./speech.ts";
import type { RoomState } from "./state.ts";
import { everyone, findNamed, listeners, nameOf, refuse, send } from "./state.ts";

type Talk = Extract<ClientMessage, { type: "requestFloor" }>;
type Hush = Extract<ClientMessage, { type: "releaseFloor" }>;
type VoiceEnded = Extract<ServerMessage, { type: "voiceEnded" }>;

/** Grants the floor, or says who has it and for how long, or that this one was too fast before. */
export function talk(room: RoomState, member: Member, message: Talk, now: Now): void {
  if (message.seconds < 1 || message.seconds > limits.transmissionSecondsMax) {
    return refuse(
      room,
      member.id,
      refusal("bad-seconds", { max: limits.transmissionSecondsMax }),
      message.ref,
    );
  }
  const hasFloor = room.floor.isGivenTo(member.id, now.monotonicMs);
  if (isSilent(room, member, message.ref, now, hasFloor)) return;
  const receiver = message.to === undefined ? undefined : findNamed(room, member.id, message.to, message.ref);
  if (message.to !== undefined && receiver === undefined) return;
  const asked = room.floor.ask(member.id, message.seconds, receiver?.id, now.monotonicMs);
  if (asked.type === "too-fast") return refuse(room, member.id, refusal("voice-too-fast"), message.ref);
  if (asked.type === "taken") {
    const taken = refusal("floor-taken", { name: nameOf(room, asked.by), seconds: asked.secondsLeft });
    return refuse(room, member.id, taken, message.ref);
  }
  const { stream, seconds } = asked.turn;
  send(room, [member.id], { type: "floorGranted", ref: message.ref, stream, seconds });
}

/** A voice frame: relayed as it is to those whom the turn is for, if its sender has the floor. */
export function voice(
  room: RoomState,
  member: Member,
  frame: { stream: number; body: Uint8Array },
  now: Now,
): void {
  const heard = room.floor.frame(member.id, frame.stream, now.monotonicMs);
  if (heard.type === "stale") return;
  if (heard.type === "no-floor") return refuse(room, member.id, refusal("no-floor"));
  const { turn } = heard;
  if (heard.type === "too-fast") {
    refuse(room, member.id, refusal("voice-too-fast"));
    return endTurns(room, [turn], "stopped");
  }
  countVoice(member.rates, now.monotonicMs);
  const all = audience(room, turn);
  if (heard.type === "first") {
    beginRecording(room, turn.stream, now);
    const to = turn.to === undefined ? {} : { to: nameOf(room, turn.to) };
    send(room, all, {
      type: "voiceStarted",
      stream: turn.stream,
      from: member.name,
      ...to,
    });
  }
  room.effects.push({ type: "relay", to: listeners(room, all), except: member.id, body: frame.body });
  record(room, turn.stream, frame.body);
}

/** The speaker gives the floor back. A turn that is over already needs no answer. */
export function hush(room: RoomState, member: Member, message: Hush): void {
  const turn = room.floor.release(member.id, message.stream);
  const { captureMs, encodeMs } = message;
  const parts = {
    ...(captureMs === undefined ? {} : { captureMs }),
    ...(encodeMs === undefined ? {} : { encodeMs }),
  };
  if (turn !== undefined) endTurns(room, [turn], message.reason, parts);
}

/** Ends the turns whose time is over: those never heard had no working microphone. */
export function expireTurns(room: RoomState, now: Now): void {
  for (const turn of room.floor.expire(now.monotonicMs)) {
    endTurns(room, [turn], turn.state === "talking" ? "done" : "device");
  }
}

/** Tells those who heard these turns begin that they are over, and keeps them; the floor is already free. */
export function endTurns(
  room: RoomState,
  turns: Transmission[],
  reason: VoiceEnded["reason"],
  parts: Pick<VoiceEnded, "captureMs" | "encodeMs"> = {},
): void {
  for (const turn of turns) {
    const to = turn.state === "talking" ? audience(room, turn) : present(room, [turn.holder]);
    const from = nameOf(room, turn.holder);
    const ended = { stream: turn.stream, from, seconds: heardSeconds(turn), reason, ...parts };
    endRecording(room, turn, to, { type: "voiceEnded", ...ended });
  }
}

/** Who is told of a turn: everybody, or the two it is between. */
function audience(room: RoomState, turn: Transmission): readonly ConnectionId[] {
  if (turn.to === undefined) return everyone(room);
  return present(room, [...new Set([turn.holder, turn.to])]);
}

/** Those of them who are in. */
function present(room: RoomState, ids: ConnectionId[]): ConnectionId[] {
  return ids.filter((id) => room.members.get(id)?.state === "in");
}
