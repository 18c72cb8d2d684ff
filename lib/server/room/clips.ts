/** Turns that are kept: collecting them while they are heard, and who may hear them again. */
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { voiceHeaderBytes } from "../../protocol/voice-frame.ts";
import type { ConnectionId, Now } from "../session/identity.ts";
import type { Transmission } from "./floor.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { nameOf, send } from "./state.ts";

/** A kept turn, as everybody who may hear it is told of it. */
export interface Clip {
  /** Its number, never used twice. */
  clip: number;
  from: string;
  /** Only for this person and the speaker, when given. */
  to?: string;
  /** When it began, ISO 8601. */
  at: string;
  seconds: number;
}

/** Where clips are kept; whoever runs the room's effects has one. Any of these throws when the disk fails. */
export interface ClipStore {
  /** The highest number ever kept; 0: none. */
  lastClip(): number;
  /** False: it is larger than all that may be kept. */
  keep(clip: Clip, packets: Uint8Array[]): boolean;
  forget(clips: number[]): void;
  /** The newest, at most so many, the newest last; of the private ones those that are named. */
  list(privateClips: number[], clipsMax: number): Clip[];
  /** This one, or the newest, unless it is private and not named; `frames` is how many packets it has. */
  find(clip: number | undefined, privateClips: number[]): (Clip & { frames: number }) | undefined;
  /** Packets from number `first` on: some, and none only past the end. */
  packets(clip: number, first: number): Uint8Array[];
}

/** What was heard of a turn so far. */
export interface Recording {
  /** When it began, for people. */
  wallMs: number;
  packets: Uint8Array[];
  bytes: number;
}

type VoiceEnded = Extract<ServerMessage, { type: "voiceEnded" }>;
type Fetch = Extract<ClientMessage, { type: "fetch" }>;

/** The first frame of a turn came: what follows is collected. */
export function beginRecording(room: RoomState, stream: number, now: Now): void {
  if (room.options.keepsClips) room.recordings.set(stream, { wallMs: now.wallMs, packets: [], bytes: 0 });
}

/** Collects the packet in the body of a voice frame; a turn of too many bytes is not kept at all. */
export function record(room: RoomState, stream: number, body: Uint8Array): void {
  const recording = room.recordings.get(stream);
  if (recording === undefined) return;
  // A copy, for the body is only lent; slice() of a Buffer would be a view, and hold on to all that came with it.
  const packet = new Uint8Array(body.subarray(voiceHeaderBytes));
  recording.packets.push(packet);
  recording.bytes += packet.length;
  if (recording.bytes > limits.clipBytesMax) room.recordings.delete(stream);
}

/** Tells of the end of a turn; what was collected of it is kept first, unless it was cancelled. */
export function endRecording(
  room: RoomState,
  turn: Transmission,
  to: readonly ConnectionId[],
  ended: VoiceEnded,
): void {
  const recording = room.recordings.get(turn.stream);
  room.recordings.delete(turn.stream);
  if (recording === undefined || ended.reason === "cancelled" || to.length === 0)
    return send(room, to, ended);
  room.lastClip += 1;
  const clip: Clip = {
    clip: room.lastClip,
    from: ended.from,
    ...(turn.to === undefined ? {} : { to: nameOf(room, turn.to) }),
    at: new Date(recording.wallMs).toISOString(),
    seconds: ended.seconds,
  };
  room.effects.push({ type: "clip", clip, packets: recording.packets, to, ended });
  if (turn.to === undefined) return;
  // Names do not belong to anybody for longer than a place in the room: only these two may hear it.
  for (const id of new Set([turn.holder, turn.to])) {
    const other = id === turn.holder ? turn.to : turn.holder;
    const member = room.members.get(id);
    if (member?.state !== "in" && member?.state !== "away") continue;
    member.privateClips.set(clip.clip, other);
    if (member.privateClips.size > limits.privateClipsMax) forgetOldest(room, member);
  }
}

/** Answered from where the clips are kept; the room says which of the private ones. */
export function listClips(room: RoomState, member: Member, ref: string): void {
  room.effects.push({
    type: "list-clips",
    id: member.id,
    ref,
    privateClips: [...member.privateClips.keys()],
  });
}

export function fetchClip(room: RoomState, member: Member, { clip, first, ref }: Fetch): void {
  const privateClips = [...member.privateClips.keys()];
  const which = clip === undefined ? {} : { clip };
  room.effects.push({ type: "fetch-clip", id: member.id, ref, ...which, first, privateClips });
}

/** Somebody goes on with another connection: so do those who may hear the same clips. */
export function movePrivateClips(room: RoomState, from: Member, to: Member): void {
  for (const [clip, other] of from.privateClips) {
    to.privateClips.set(clip, other === from.id ? to.id : other);
    const others = room.members.get(other)?.privateClips;
    if (other !== from.id && others?.has(clip) === true) others.set(clip, to.id);
  }
  from.privateClips.clear();
}

/** Somebody is gone: the private clips that nobody else may hear go, too. */
export function forgetPrivateClips(room: RoomState, member: Member): void {
  const kept = [...member.privateClips];
  member.privateClips.clear();
  const clips = kept.filter(([clip, other]) => !mayHear(room, other, clip)).map(([clip]) => clip);
  if (clips.length > 0) room.effects.push({ type: "clips-forgotten", clips });
}

function forgetOldest(room: RoomState, member: Member): void {
  const [oldest] = member.privateClips;
  if (oldest === undefined) return;
  const [clip, other] = oldest;
  member.privateClips.delete(clip);
  if (!mayHear(room, other, clip)) room.effects.push({ type: "clips-forgotten", clips: [clip] });
}

function mayHear(room: RoomState, id: ConnectionId, privateClip: number): boolean {
  return room.members.get(id)?.privateClips.has(privateClip) === true;
}
