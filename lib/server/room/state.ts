/** What a room consists of, and the few ways its parts speak: to everyone, to one, and to the log. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { cleanLine, nameKey } from "../../protocol/text.ts";
import type { LeftRates } from "../session/carried-debt.ts";
import type { ConnectionId, PublicKey } from "../session/identity.ts";
import type { Registry, RegistryChange } from "../session/registry.ts";
import type { Clip, Recording } from "./clips.ts";
import type { Floor } from "./floor.ts";
import type { History, HistoryQuery, Line } from "./history.ts";
import type { Member } from "./member.ts";

type UnlockMessage = Extract<ClientMessage, { type: "unlock" | "prove" }>;
type VoiceEnded = Extract<ServerMessage, { type: "voiceEnded" }>;

export type CoreEffect =
  | Send
  /**
   * Keep this line, then send; if it cannot be kept, send `not-saved` to its author instead, with this ref. Without
   * `line`: it is kept in this same turn already, and would be lost with it.
   */
  | { type: "line"; line?: Line; sends: Send[]; author: ConnectionId; ref: string }
  /** Remember who has this name and whether they are here; when not: up to which id they have read. */
  | { type: "presence"; publicKey: PublicKey; name: string; isPresent: boolean; lastId: number }
  /** Write this down at once: the next input must see it. */
  | { type: "registry-change"; change: RegistryChange }
  /** A step towards the passphrase: `unlocked` is to be fed once it was proven, `broken` when it was not. */
  | { type: "unlock"; id: ConnectionId; message: UnlockMessage }
  /** Send the lines that are asked for. */
  | { type: "history-query"; id: ConnectionId; ref: string; query: HistoryQuery }
  /** Pass the body of a voice frame on as it is: to all of these, but one. */
  | { type: "relay"; to: readonly ConnectionId[]; except: ConnectionId; body: Uint8Array }
  /** This one has read everything up to the ping that was `sent` then. */
  | { type: "answered"; id: ConnectionId; sent: number }
  /** Keep a turn, and send its end, with the clip's number if it could be kept. */
  | { type: "clip"; clip: Clip; packets: Uint8Array[]; to: readonly ConnectionId[]; ended: VoiceEnded }
  | { type: "clips-forgotten"; clips: number[] }
  /** Send the list of kept turns, of the private ones only these. */
  | { type: "list-clips"; id: ConnectionId; ref: string; privateClips: number[] }
  /** Send packets of a kept turn, or of the newest, or refuse it: of the private ones only these may be heard. */
  | {
      type: "fetch-clip";
      id: ConnectionId;
      ref: string;
      clip?: number;
      first: number;
      privateClips: number[];
    }
  /** Say goodbye with this refusal, then close. Without one: the client wished to leave. */
  | { type: "close"; id: ConnectionId; why?: Refusal }
  /** For the server's log. */
  | {
      type: "log";
      id: ConnectionId;
      what: "joined" | "left" | "renamed" | "refused" | "away" | "returned" | "moderated";
      name: string;
      detail?: string;
      /** Which operator did it; none: nobody, or whoever runs the server. */
      by?: string;
    };

/** One message and whom it goes to: all of these, but one. */
export interface Send {
  type: "send";
  to: readonly ConnectionId[];
  except?: ConnectionId;
  message: ServerMessage;
}

export interface CoreOptions {
  name: string;
  motd?: string;
  clientsMax: number;
  /** How many may talk at once. */
  speakersMax: number;
  /** What was said before, and by whom. */
  history: History;
  /** Whose names are whose, who is an operator, and who is banned. */
  registry: Registry;
  /** Whether a passphrase must be proven before a hello. */
  passphrase: boolean;
  /** Whether there are limits on how much one may send. */
  limitsSenders: boolean;
  /** Whether who comes in may read what was said before. */
  showsHistory: boolean;
  /** Whether turns are kept, and the number of the last one ever kept. */
  keepsClips: boolean;
  lastClip: number;
  /** Name and version of the server program. */
  server: string;
}

export interface RoomState {
  readonly options: CoreOptions;
  readonly members: Map<ConnectionId, Member>;
  /** Those who are in or away, by the key of their name. */
  readonly byName: Map<string, Member>;
  /** Those of them whose program would be known again, by `sessionKey`. */
  readonly bySession: Map<string, Member>;
  /** Those of them who have a key, by it. */
  readonly byPerson: Map<PublicKey, Set<Member>>;
  /** Those who are away, the longest first. */
  readonly away: Set<Member>;
  /** Those who have not said hello, the longest waiting first. */
  readonly newcomers: Set<Member>;
  /** Everyone who is in: made when asked for, and forgotten when somebody comes or goes. */
  everyone: readonly ConnectionId[] | undefined;
  /** Of those whom voice went to last, those who hear it. */
  listeners: { of: readonly ConnectionId[]; ids: readonly ConnectionId[] } | undefined;
  readonly floor: Floor;
  /** Nobody new comes in. */
  isLocked: boolean;
  /** Only operators speak. */
  isAnnouncing: boolean;
  /** Who is silenced, as `voicesOf` names them, until when on the monotonic clock. */
  readonly silencedUntilMs: Map<string, number>;
  /** How much those had sent who have left, the longest ago first. */
  readonly leftRates: Set<LeftRates>;
  lastId: number;
  lastClip: number;
  /** Turns that are being heard and will be kept, by their stream. */
  readonly recordings: Map<number, Recording>;
  /** What the input at hand has led to so far. */
  effects: CoreEffect[];
}

export function send(room: RoomState, to: readonly ConnectionId[], message: ServerMessage): void {
  if (to.length > 0) room.effects.push({ type: "send", to, message });
}

/** To everyone who is in, but this one. */
export function sendOthers(room: RoomState, except: ConnectionId, message: ServerMessage): void {
  room.effects.push({ type: "send", to: everyone(room), except, message });
}

/** Remembers a member under this name; guests are not remembered. All that was said by now counts as read. */
export function know(room: RoomState, member: Member, name: string, isPresent: boolean): void {
  const { publicKey } = member;
  if (publicKey !== undefined)
    room.effects.push({ type: "presence", publicKey, name, isPresent, lastId: room.lastId });
}

/** Refuses one thing; the connection goes on. */
export function refuse(room: RoomState, id: ConnectionId, why: Refusal, ref?: string): void {
  send(room, [id], { type: "error", ...why, ...(ref === undefined ? {} : { ref }) });
}

/** Everyone who is in. As long as nobody comes or goes it is the same list, by which the host knows it again. */
export function everyone(room: RoomState): readonly ConnectionId[] {
  if (room.everyone !== undefined) return room.everyone;
  const ids: ConnectionId[] = [];
  for (const { id, state } of room.byName.values()) if (state === "in") ids.push(id);
  room.everyone = ids;
  return ids;
}

/** Those of them who hear voice: of the same list it is the same one. */
export function listeners(room: RoomState, of: readonly ConnectionId[]): readonly ConnectionId[] {
  if (room.listeners?.of !== of) {
    const ids = of.filter((id) => room.members.get(id)?.hears === true);
    room.listeners = { of, ids };
  }
  return room.listeners.ids;
}

export function nameOf(room: RoomState, id: ConnectionId): string {
  return room.members.get(id)?.name ?? "";
}

/** The member of this name who is in, or undefined after the asker was told that there is none. */
export function findNamed(
  room: RoomState,
  asker: ConnectionId,
  name: string,
  ref: string,
): Member | undefined {
  const found = room.byName.get(nameKey(name));
  if (found?.state === "in") return found;
  refuseName(room, asker, name, ref);
  return undefined;
}

/** Says that nobody is called so. */
export function refuseName(room: RoomState, asker: ConnectionId, name: string, ref: string): void {
  refuse(room, asker, refusal("no-such-name", { name: shownName(name) }), ref);
}

/** A name that somebody asked for, which may be anything. */
export function shownName(name: string): string {
  return [...cleanLine(name)].slice(0, limits.nameCharsMax).join("");
}
