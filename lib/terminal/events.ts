/**
 * What a person or a script can ask of the client (intents) and what the client tells them (events).
 * The same two lists serve the terminal, piped text and `--json`, so no front end knows more than another.
 */
import * as v from "valibot";

const ref = v.optional(v.string());
const name = v.string();

/** Everything a front end can ask for: exactly the commands of `--json`, keyed by `do`. */
export const Intent = v.variant("do", [
  v.object({ do: v.literal("say"), text: v.string(), ref }),
  v.object({ do: v.literal("whisper"), to: name, text: v.string(), ref }),
  v.object({ do: v.literal("record"), seconds: v.optional(v.number()), to: v.optional(name), ref }),
  v.object({ do: v.literal("stop") }),
  v.object({ do: v.literal("cancel") }),
  v.object({ do: v.literal("who") }),
  v.object({ do: v.literal("rename"), name, ref }),
  v.object({ do: v.literal("quit") }),
]);
export type Intent = v.InferOutput<typeof Intent>;

export type LeaveReason = "quit" | "lost" | "kicked" | "banned" | "replaced";

/** Why a turn at the microphone ended. */
export type VoiceEndReason = "done" | "stopped" | "cancelled" | "lost" | "device";

/** Everything a front end is told. All names and texts in it are already cleaned of terminal controls. */
export type ClientEvent =
  | { event: "welcome"; you: string; room: string; members: string[]; lastId: number; motd?: string }
  | { event: "said"; id: number; from: string; text: string; at: string; ref?: string }
  | { event: "whispered"; id: number; from: string; to: string; text: string; at: string; ref?: string }
  | { event: "joined"; name: string }
  | { event: "left"; name: string; reason: LeaveReason }
  | { event: "renamed"; from: string; to: string }
  | { event: "members"; names: string[] }
  /** The floor is ours and the microphone opens; `seconds` is what may be spoken at most. */
  | { event: "recording"; stream: number; seconds: number; to?: string }
  /** Ten times a second while recording: loudness in dBFS (0 is the loudest there is) and seconds left. */
  | { event: "level"; stream: number; dbfs: number; left: number }
  | { event: "voice-started"; stream: number; from: string; to?: string }
  | { event: "voice-ended"; stream: number; from: string; seconds: number; reason: VoiceEndReason }
  | { event: "connection"; state: "lost" | "restored" }
  /** Something was refused or went wrong; `text` is what was typed, to be put back into the editor. */
  | { event: "error"; code: string; message: string; ref?: string; text?: string };

/** A front end: the terminal, piped text, or `--json`. */
export interface Front {
  show(event: ClientEvent): void;
  /** Restores the terminal and flushes what is pending; nothing is shown afterwards. */
  close(): Promise<void>;
}
