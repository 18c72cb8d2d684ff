/** The state of the room, and the helpers that all its parts share: sending, refusing, presence records, audiences. */
import type { Refusal } from "../../protocol/errors.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import type { ConnectionId, Identity, PublicKey } from "../session/identity.ts";
import type { Ban, Registry, RegistryChange } from "../session/registry.ts";
import type { Recording } from "./clip.ts";
import type { RoomEffect } from "./effects.ts";
import type { Floor } from "./floor.ts";
import type { History } from "./history.ts";
import type { Member } from "./member.ts";

export interface RoomOptions {
  name: string;
  motd?: string;
  /** How many may speak at once. */
  speakersMax: number;
  history: History;
  registry: Registry;
  /** New members may read lines from before they joined. */
  showsHistory: boolean;
  /** Transmissions are recorded. */
  keepsClips: boolean;
  /** The number of the last clip ever kept. */
  lastClip: number;
  /** Name and version of the server program. */
  server: string;
}

/** Sessions as the room needs them: names in use, and moderation that ends or refuses connections. */
export interface SessionPort {
  /** The user of this name. */
  named(name: string): Identity | undefined;
  /** Gives a user another valid name, or says why not. */
  rename(identity: Identity, to: string): Refusal | undefined;
  /** Ends a session. Calls `leave` of the room. */
  remove(identity: Identity, reason: "kicked", why: Refusal): void;
  /** Records the ban, and ends the sessions that it applies to. `identity`: the user, where the ban has no public key. */
  ban(ban: Ban, identity: Identity | undefined): void;
  /** The name belongs to no key from now on. */
  release(name: string): void;
  /** Changes the registry. */
  register(change: RegistryChange): void;
  isLocked(): boolean;
  lock(isOn: boolean): void;
}

/** The receivers of one message. The arrays are reused until they change, so that the broadcast looks them up once. */
export interface Audience {
  readonly ids: readonly ConnectionId[];
  /** The part of `ids` that wants to hear voice. */
  readonly voiceSubscribers: readonly ConnectionId[];
}

export interface RoomState {
  readonly options: RoomOptions;
  readonly sessions: SessionPort;
  readonly emit: (effect: RoomEffect) => void;
  /** All members, in the order in which they took their names. */
  readonly members: Map<Identity, Member>;
  /** All members with a connection; a cache that is dropped when they change. */
  everyone: Audience | undefined;
  readonly floor: Floor;
  /** Only operators speak. */
  isModerated: boolean;
  /** Silenced keys and addresses (see speech.ts), until when on the monotonic clock. */
  readonly silencedUntilMs: Map<string, number>;
  /** The id of the last line. */
  lastId: number;
  /** The number of the last clip. */
  lastClip: number;
  /** Transmissions that are being heard and will be kept, by their stream. */
  readonly recordings: Map<number, Recording>;
}

/** Sends a message to these connections, if there are any. */
export function send(room: RoomState, to: readonly ConnectionId[], message: ServerMessage): void {
  if (to.length > 0) room.emit({ type: "send", to, message });
}

/** Refuses one request; the connection goes on. */
export function refuse(room: RoomState, id: ConnectionId, why: Refusal, ref?: string): void {
  send(room, [id], { type: "error", ...why, ...(ref === undefined ? {} : { ref }) });
}

/** Records whether the user of this name is a member, if it has a key. All lines up to now count as read. */
export function recordPresence(
  room: RoomState,
  publicKey: PublicKey | undefined,
  name: string,
  isPresent: boolean,
): void {
  if (publicKey !== undefined)
    room.emit({ type: "presence", publicKey, name, isPresent, lastId: room.lastId });
}

/** All members with a connection. */
export function everyone(room: RoomState): Audience {
  room.everyone ??= audienceOf(room.members.values());
  return room.everyone;
}

/** The members of this list that have a connection. One pass, because a join of a full room makes this list anew. */
export function audienceOf(members: Iterable<Member>): Audience {
  const ids: ConnectionId[] = [];
  const voiceSubscribers: ConnectionId[] = [];
  for (const { id, isDetached, hearsVoice } of members) {
    if (isDetached) continue;
    ids.push(id);
    if (hearsVoice) voiceSubscribers.push(id);
  }
  return { ids, voiceSubscribers };
}
