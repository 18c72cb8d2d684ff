/** The inputs and effects of a chat. */
import type { AudioEvent } from "../../audio/events.ts";
import type { ClientMessage, ServerMessage, ServerMessageOf } from "../../protocol/messages.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import type { ClientEvent, Command, SaveError, ToldError } from "../api.ts";

/** One command, by its type. */
export type CommandOf<Type extends Command["type"]> = Extract<Command, { type: Type }>;

/** The answer to `whois`: the key behind a name, and whether it is a guest or an operator. */
export type WhoisAnswer = ServerMessageOf<"person">;

/** The last line of a history that was read. */
export interface ReadMarker {
  history: string;
  id: number;
}

export type ChatInput =
  | { type: "command"; command: Command }
  | { type: "server-message"; message: ServerMessage }
  | { type: "voice-frame"; frame: VoiceFrame }
  | { type: "audio-event"; event: AudioEvent }
  /** The file of a clip is written, or could not be. */
  | { type: "clip-saved"; error?: SaveError | undefined }
  /** The connection dropped a frame of ours, because the server does not keep up. */
  | { type: "voice-dropped" }
  /** The session tries to connect again; another welcome follows, or `give-up`. `why`: the server's goodbye. */
  | { type: "connection-lost"; why?: ToldError }
  /** The server is there again, and does not let us in now. */
  | { type: "kept-out"; why?: ToldError }
  /** Before the first welcome: the stored read marker. */
  | { type: "read-marker"; marker: ReadMarker | undefined }
  | { type: "fingerprint-words"; answer: WhoisAnswer; words: string }
  /** No command follows. */
  | { type: "finish" }
  /** Leave now, without waiting for anything. */
  | { type: "leave" }
  /** No other connection follows. */
  | { type: "give-up" }
  /** Once a second. */
  | { type: "tick" };

/** The effects, to be run in their order. */
export type ChatEffect =
  | { type: "send"; message: ClientMessage }
  | { type: "send-voice"; frame: VoiceFrame }
  | { type: "show"; event: ClientEvent }
  /** Open the microphone. */
  | { type: "record"; seconds: number }
  | { type: "stop-recording" }
  | { type: "cancel-recording" }
  /** Open the speaker for a stream. `gain`: 0 to 2, 1 is unchanged. */
  | { type: "play"; stream: number; gain: number }
  | { type: "replay"; stream: number; packets: Uint8Array[]; gain: number }
  | { type: "gain"; stream: number; gain: number }
  /** `capturedAt` is on our own clock, in µs; 0 when it is not known. */
  | { type: "play-frame"; frame: VoiceFrame }
  /** No more frames of this stream follow: play the rest, or be silent at once. */
  | { type: "play-end"; stream: number; how: "drain" | "cut" }
  /** Write a clip; `clip-saved` follows. */
  | { type: "save-clip"; file: string; packets: Uint8Array[] }
  /** Put the key of this answer into words; `fingerprint-words` follows. */
  | { type: "get-fingerprint-words"; key: string; answer: WhoisAnswer }
  /** Everything up to this id was shown. */
  | ({ type: "read" } & ReadMarker)
  | { type: "leave" };
