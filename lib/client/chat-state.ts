/** What a chat consists of, and the few ways its parts speak: to the server, to the person, to the voice. */
import { limits } from "../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../protocol/messages.ts";
import { cleanLine } from "../protocol/text.ts";
import type { VoiceFrame } from "../protocol/voice-frame.ts";
import type { ClientEvent, Intent } from "../terminal/events.ts";

/** What the chat needs to hear from the microphone and the speaker. */
export type VoiceNews =
  | { type: "captured"; sequence: number; capturedAt: number; payload: Uint8Array }
  | { type: "level"; dbfs: number }
  | {
      type: "capture-ended";
      reason: "done" | "stopped" | "cancelled" | "device";
      error?: { code: string; message: string };
    }
  | { type: "playback-failed"; error: { code: string; message: string } };

export type ChatInput =
  | { from: "person"; intent: Intent }
  | { from: "server"; message: ServerMessage }
  | { from: "speaker"; frame: VoiceFrame }
  | { from: "voice"; news: VoiceNews };

export type ChatEffect =
  | { do: "send"; message: ClientMessage }
  | { do: "send-voice"; frame: VoiceFrame }
  | { do: "show"; event: ClientEvent }
  /** Open the microphone. */
  | { do: "record"; seconds: number }
  | { do: "stop-recording" }
  | { do: "cancel-recording" }
  | { do: "play"; stream: number }
  | { do: "play-frame"; frame: VoiceFrame }
  /** No more frames of this stream: play what is there, or be silent at once. */
  | { do: "play-end"; stream: number; how: "drain" | "cut" }
  | { do: "leave" };

export interface ChatOptions {
  /** Makes the references of this session different from those of any other. */
  refPrefix: string;
  /** False: `--no-voice`. */
  voice: boolean;
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
  | { state: "asking"; ref: string; seconds: number; to?: string; isUnwanted: boolean }
  | { state: "recording"; stream: number; seconds: number; frames: number };

export interface ChatState {
  readonly options: ChatOptions;
  you: string;
  readonly members: Set<string>;
  readonly pending: Map<string, Pending>;
  /** Streams of others that are being heard. */
  readonly hearing: Set<number>;
  recording: Recording | undefined;
  /** What was said about the speaker already. */
  readonly playbackErrors: Set<string>;
  lastRef: number;
  failed: boolean;
  effects: ChatEffect[];
}

export function show(chat: ChatState, event: ClientEvent): void {
  chat.effects.push({ do: "show", event });
}

export function send(chat: ChatState, message: ClientMessage): void {
  chat.effects.push({ do: "send", message });
}

export function fail(chat: ChatState, error: { code: string; message: string }, given: Pending = {}): void {
  const { code, message } = error;
  show(chat, { event: "error", code: cleanLine(code), message: cleanLine(message), ...given });
}

/** Refuses what the person wished, as the server would: what was typed is given back. */
export function refuse(chat: ChatState, error: { code: string; message: string }, typed: Pending): void {
  chat.failed = true;
  fail(chat, error, typed);
}

/** A name that a server sent, harmless and no longer than names are. */
export function cleanName(name: string): string {
  return [...cleanLine(name)].slice(0, limits.nameCharsMax).join("");
}

/** Keeps a name; those that no room has space for are not kept. */
export function addMember(chat: ChatState, name: string): void {
  if (chat.members.size < limits.clientsMax) chat.members.add(name);
}

/** Remembers what a reference stands for until the server answers it. */
export function track(chat: ChatState, pending: Pending): string {
  chat.lastRef += 1;
  const ref = `${chat.options.refPrefix}-${chat.lastRef}`;
  chat.pending.set(ref, pending);
  return ref;
}

/** The reference a script gave, as a property, when it gave one. */
export function given(intent: { ref?: string | undefined }): { ref?: string } {
  return intent.ref === undefined ? {} : { ref: intent.ref };
}
