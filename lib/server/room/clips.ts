/** Recording of transmissions, and who may hear a clip. */
import type { Now } from "../../base/now.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessageOf, ServerMessageOf } from "../../protocol/messages.ts";
import { voiceHeaderBytes } from "../../protocol/voice-frame.ts";
import type { ConnectionId } from "../session/identity.ts";
import type { Clip } from "./clip.ts";
import type { Transmission } from "./floor.ts";
import type { Member } from "./member.ts";
import type { RoomState } from "./state.ts";
import { send } from "./state.ts";

type VoiceEnded = ServerMessageOf<"voiceEnded">;
type Fetch = ClientMessageOf<"fetch">;

/** The first frame of a transmission came: the following packets are collected. */
export function beginRecording(room: RoomState, stream: number, now: Now): void {
  if (room.options.keepsClips) room.recordings.set(stream, { wallMs: now.wallMs, packets: [], bytes: 0 });
}

/** Collects the packet in the body of a voice frame. A transmission of too many bytes is not kept at all. */
export function record(room: RoomState, stream: number, body: Uint8Array): void {
  const recording = room.recordings.get(stream);
  if (recording === undefined) return;
  // A copy, because the body is valid only during the call. slice() of a Buffer would be a view on the whole chunk.
  const packet = new Uint8Array(body.subarray(voiceHeaderBytes));
  recording.packets.push(packet);
  recording.bytes += packet.length;
  if (recording.bytes > limits.clipBytesMax) room.recordings.delete(stream);
}

/** Announces the end of a transmission. Unless it was cancelled, its recording is kept first. */
export function endRecording(
  room: RoomState,
  { stream, holder, to: receiver }: Transmission,
  to: readonly ConnectionId[],
  ended: VoiceEnded,
): void {
  const recording = room.recordings.get(stream);
  room.recordings.delete(stream);
  if (recording === undefined || ended.reason === "cancelled" || to.length === 0)
    return send(room, to, ended);
  room.lastClip += 1;
  const clip: Clip = {
    clip: room.lastClip,
    from: ended.from,
    ...(receiver === undefined ? {} : { to: receiver.identity.name }),
    at: new Date(recording.wallMs).toISOString(),
    seconds: ended.seconds,
  };
  room.emit({ type: "clip", clip, packets: recording.packets, to, ended });
  if (receiver === undefined) return;
  // Both may hear it as long as they are members; a name alone does not identify a person.
  for (const member of new Set([holder, receiver])) {
    if (!room.members.has(member.identity)) continue;
    member.privateClips.set(clip.clip, member === holder ? receiver : holder);
    if (member.privateClips.size > limits.privateClipsMax) forgetOldest(room, member);
  }
}

/** The runtime answers from the store; the room says which private clips may be listed. */
export function listClips(room: RoomState, member: Member, ref: string): void {
  room.emit({ type: "list-clips", id: member.id, ref, privateClips: [...member.privateClips.keys()] });
}

/** The runtime answers from the store; the room says which private clips may be heard. */
export function fetchClip(room: RoomState, member: Member, { clip, first, ref }: Fetch): void {
  const privateClips = [...member.privateClips.keys()];
  const which = clip === undefined ? {} : { clip };
  room.emit({ type: "fetch-clip", id: member.id, ref, ...which, first, privateClips });
}

/** The member is gone: private clips that no other member may hear are forgotten. */
export function forgetPrivateClips(room: RoomState, member: Member): void {
  const own = [...member.privateClips];
  member.privateClips.clear();
  const clips = own.filter(([clip, other]) => !other.privateClips.has(clip)).map(([clip]) => clip);
  if (clips.length > 0) room.emit({ type: "clips-forgotten", clips });
}

function forgetOldest(room: RoomState, member: Member): void {
  const [oldest] = member.privateClips;
  if (oldest === undefined) return;
  const [clip, other] = oldest;
  member.privateClips.delete(clip);
  if (!other.privateClips.has(clip)) room.emit({ type: "clips-forgotten", clips: [clip] });
}
