/** What a chat consists of, and the few ways its parts speak: to the server, to the person, to the voice. */

import type { AudioEvent } from "../../audio/events.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import type { ClientEvent, Command, WarningCode } from "../api.ts";
import type { CatchUp, Unread } from "./catch-up.ts";
import type { Clips } from "./clips.ts";
import type { Outgoing } from "./outgoing.ts";
import type { Now, PingTracker } from "./ping-tracker.ts";
import type { Heard } from "./remote-streams.ts";
import type { Later } from "./retry-after.ts";
import type { Loudness } from "./volume.ts";

export type ChatInput =
  | { type: "person"; intent: Command }
  | { type: "server"; message: ServerMessage }
  | { type: "speaker"; frame: VoiceFrame }
  | { type: "voice"; news: AudioEvent }
  /** The file of a clip is written, or is not, and why. */
  | { type: "disk"; error?: Sentence | undefined }
  /**
   * The connection is gone, and will be tried again: another welcome follows. Or it drops voice of ours, because the
   * server does not keep up.
   */
  | { type: "link"; state: "lost" | "congested" }
  /** Before the first welcome: what was read last, of the history that it names, when we were here before. */
  | { type: "store"; seen: Seen | undefined }
  /** No wish follows; or we leave now, whatever is under way; or there is no connection any more to wait for. */
  | { type: "session"; wants: "finish" | "leave" | "give-up" }
  /** The words that the key of this person stands for. */
  | { type: "words"; person: Person; words: string }
  /** Every second: time to see how the connection is. */
  | { type: "timer" };

/** Who is behind a name, as the server knows it. */
export type Person = Extract<ServerMessage, { type: "person" }>;

/** Up to where a history was read. */
export interface Seen {
  history: string;
  id: number;
}

export type ChatEffect =
  | { type: "send"; message: ClientMessage }
  | { type: "send-voice"; frame: VoiceFrame }
  | { type: "show"; event: ClientEvent }
  /** Open the microphone. */
  | { type: "record"; seconds: number }
  | { type: "stop-recording" }
  | { type: "cancel-recording" }
  /** `gain`: 0 to 2, 1 as it is. */
  | { type: "play"; stream: number; gain: number }
  | { type: "replay"; stream: number; packets: Uint8Array[]; gain: number }
  | { type: "gain"; stream: number; gain: number }
  /** `capturedAt` on our own clock; 0 when that is not known. */
  | { type: "play-frame"; frame: VoiceFrame }
  /** No more frames of this stream: play what is there, or be silent at once. */
  | { type: "play-end"; stream: number; how: "drain" | "cut" }
  /** Write a clip; the outcome comes from the disk. */
  | { type: "save"; file: string; packets: Uint8Array[] }
  /** Put this key into words; they come back with the person. */
  | { type: "spell"; key: string; person: Person }
  /** Everything up to this id was shown. */
  | ({ type: "seen" } & Seen)
  | { type: "leave" };

/** What happened, for programs and for people. */
export interface Sentence {
  code: string;
  message: string;
}

export interface ChatOptions {
  /** A reference that was never used. Those that are made later sort later: the server keeps them in that order. */
  newRef(): string;
  /** False: `--no-voice`. */
  voice: boolean;
  /** How many earlier lines to show on coming in; 0: nothing that was said without us is shown, ever. */
  earlierLines: number;
}

/** What was sent and is not answered. */
export interface Pending {
  /** The reference a script gave, handed back to it. */
  ref?: string;
  /** As typed, to be put back into the editor. */
  text?: string;
}

/** One's own turn: asked for, or with the microphone open. */
export type Recording =
  | { type: "asking"; ref: string; seconds: number; to?: string; isOpenEnded: boolean; isUnwanted: boolean }
  | {
      type: "recording";
      stream: number;
      seconds: number;
      /** Until the person ends it. */
      isOpenEnded: boolean;
      frames: number;
      /** How long each frame took from its last sample to the socket, ms: on the wall clock, which the helper shares. */
      encodeMs: number[];
      /** The person knows that the connection is too slow. */
      isLateTold: boolean;
    };

export interface ChatState {
  readonly options: ChatOptions;
  pings: PingTracker;
  /** The moment of the input at hand. */
  now: Now;
  you: string;
  readonly members: Set<string>;
  /** Those of them whose names belong to nobody. */
  readonly guests: Set<string>;
  isOperator: boolean;
  /** What holds for everybody: nobody new comes in, only operators speak. */
  isLocked: boolean;
  isAnnouncing: boolean;
  readonly pending: Map<string, Pending>;
  /** Lines of ours that the server has not answered, by their references, in their order. */
  readonly outgoing: Map<string, Outgoing>;
  /** Lines are held back, at least until then, because the server had too many of them. */
  heldUntilMs: number | undefined;
  /** What else was too much, and goes again when its time has come. */
  later: Later[];
  /** The references of those that are shown as waiting. */
  waitingShown: string;
  /** Whether lines can be sent: only when everything before them was read. */
  link: "down" | "catching-up" | "live";
  /** When the server's clock was asked for last, and when we came in. */
  clockMs: number;
  connectedMs: number;
  /** Which history ids count in. */
  history: string | undefined;
  /** The highest id that was received of it. */
  lastId: number;
  /** What was read on coming in has come. */
  hasEarlier: boolean;
  catchingUp: CatchUp | undefined;
  unread: Unread | undefined;
  isGapTold: boolean;
  seen: Seen | undefined;
  /** Pages that the person asked for. */
  readonly recalls: Map<string, "history" | "search">;
  /** Turns of others, by stream. */
  readonly hearing: Map<number, Heard>;
  readonly loudness: Loudness;
  clips: Clips;
  recording: Recording | undefined;
  /** Recordings that were begun and have not told their end. */
  recordings: number;
  /** `soon`: clips that are being saved are waited for. */
  leaving: "not" | "soon" | "now";
  /** What need not be said twice. */
  readonly told: Set<string>;
  failed: boolean;
  effects: ChatEffect[];
}

/** More kinds of trouble with devices than there are, each of them told once. */
const toldMax = 16;

export function show(chat: ChatState, event: ClientEvent): void {
  chat.effects.push({ type: "show", event });
}

export function send(chat: ChatState, message: ClientMessage): void {
  chat.effects.push({ type: "send", message });
}

/** Asks for the server's clock, unless an answer is under way. */
export function sendPing(chat: ChatState): void {
  const sent = chat.pings.ping(chat.now);
  if (sent !== undefined) send(chat, { type: "ping", sent });
}

export function fail(chat: ChatState, error: Sentence, given: Pending = {}): void {
  const { code, message } = error;
  show(chat, { type: "error", code: cleanLine(code), message: cleanLine(message), ...given });
}

/** Refuses what the person wished, as the server would: what was typed is given back. */
export function refuse(chat: ChatState, error: Sentence, typed: Pending): void {
  chat.failed = true;
  fail(chat, error, typed);
}

export function warn(chat: ChatState, code: WarningCode, message: string): void {
  show(chat, { type: "warning", code, message: cleanLine(message) });
}

/** Whether this is to be said: a machine without a speaker does not need to hear it again with every clip. */
export function isNews(chat: ChatState, what: string): boolean {
  if (chat.told.has(what) || chat.told.size >= toldMax) return false;
  chat.told.add(what);
  return true;
}

/** A name that a server sent, harmless and no longer than names are. */
export function cleanName(name: string): string {
  return [...cleanLine(name)].slice(0, limits.nameCharsMax).join("");
}

/** Keeps a name; those that no room has space for are not kept. */
export function addMember(chat: ChatState, name: string, isGuest = false): void {
  if (chat.members.size >= limits.clientsMax) return;
  chat.members.add(name);
  if (isGuest) chat.guests.add(name);
}

export function dropMember(chat: ChatState, name: string): void {
  chat.members.delete(name);
  chat.guests.delete(name);
}

/** That somebody is a guest, as a property, when it is so. */
export function guestMark(chat: ChatState, name: string): { guest?: true } {
  return chat.guests.has(name) ? { guest: true } : {};
}

/** The names of a room, no more of them than a room may have. */
export function cleanNames(names: string[]): string[] {
  return names.slice(0, limits.clientsMax).map(cleanName);
}

/** Remembers what a reference stands for until the server answers it. */
export function track(chat: ChatState, pending: Pending): string {
  const ref = chat.options.newRef();
  chat.pending.set(ref, pending);
  return ref;
}

/** The reference a script gave, as a property, when it gave one. */
export function given(intent: { ref?: string | undefined }): { ref?: string } {
  return intent.ref === undefined ? {} : { ref: intent.ref };
}

/** Whom a turn or clip is for, as a property, when it is for one person. */
export function addressed({ to }: { to?: string | undefined }): { to?: string } {
  return to === undefined ? {} : { to: cleanName(to) };
}
