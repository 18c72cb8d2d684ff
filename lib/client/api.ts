/**
 * What a person or a script can ask of the client (intents) and what the client tells them (events).
 * The same two lists serve the terminal, piped text and `--json`, so no front end knows more than another.
 */
import * as v from "valibot";
import { type ModerationAction, moderationActions } from "../protocol/messages.ts";

const ref = v.optional(v.string());
const name = v.string();

/** Everything a front end can ask for: exactly the commands of `--json`, keyed by `do`. */
export const Command = v.variant("type", [
  v.object({ type: v.literal("say"), text: v.string(), ref }),
  v.object({ type: v.literal("whisper"), to: name, text: v.string(), ref }),
  v.object({ type: v.literal("record"), seconds: v.optional(v.number()), to: v.optional(name), ref }),
  /** The microphone stays open until `stop`. */
  v.object({ type: v.literal("talk"), to: v.optional(name), ref }),
  /** Ends a recording, or the replay of a clip; `cancel` wants the recording forgotten. */
  v.object({ type: v.literal("stop") }),
  v.object({ type: v.literal("cancel") }),
  v.object({ type: v.literal("who") }),
  v.object({ type: v.literal("rename"), name, ref }),
  /** What one hears of a person, or of all: for oneself alone. */
  v.object({ type: v.literal("mute"), name, ref }),
  v.object({ type: v.literal("unmute"), name, ref }),
  v.object({ type: v.literal("volume"), percent: v.number(), name: v.optional(name), ref }),
  v.object({ type: v.literal("clips"), ref }),
  /** Without `clip`: the newest. */
  v.object({ type: v.literal("play"), clip: v.optional(v.number()), ref }),
  v.object({ type: v.literal("save"), clip: v.number(), file: v.string(), ref }),
  /** Kept lines: the newest, or the newest before that id. */
  v.object({
    type: v.literal("history"),
    before: v.optional(v.number()),
    limit: v.optional(v.number()),
    ref,
  }),
  /** The newest kept lines with all these words. */
  v.object({
    type: v.literal("search"),
    words: v.string(),
    before: v.optional(v.number()),
    limit: v.optional(v.number()),
    ref,
  }),
  /** Who is behind a name. */
  v.object({ type: v.literal("whois"), name, ref }),
  /** What operators do; docs/protocol.md, section 11, says what each action needs. */
  v.object({
    type: v.literal("moderate"),
    action: v.picklist(moderationActions),
    name: v.optional(name),
    reason: v.optional(v.string()),
    minutes: v.optional(v.number()),
    on: v.optional(v.boolean()),
    ref,
  }),
  v.object({ type: v.literal("quit") }),
]);
export type Command = v.InferOutput<typeof Command>;

export type LeaveReason = "quit" | "lost" | "kicked" | "banned" | "replaced";

/** Why a turn at the microphone ended. */
export type VoiceEndReason = "done" | "stopped" | "cancelled" | "lost" | "device";

/** What one may know without anything having failed. */
export type WarningCode = "history-gap" | "silent" | "clipped" | "uplink-late" | "default-device";

/** A turn that the server keeps; `to` when it was for one person, `at` is when it began. */
export interface ClipInfo {
  clip: number;
  from: string;
  to?: string;
  at: string;
  seconds: number;
}

/**
 * What became of a turn. Its figures are there as far as they are known: `delayMs` is from the sound at the speaker's
 * microphone to the sound here, `partsMs` says where that time goes (medians, ms), and `concealed` is the share of the
 * sound that was not heard as it was spoken, 0 to 1: it had to be invented, or was left out.
 */
export interface VoiceFigures {
  /** Its number, when it is kept. */
  clip?: number;
  delayMs?: { median: number; p95: number };
  partsMs?: { capture?: number; encode?: number; network?: number; buffer?: number; output?: number };
  concealed?: number;
}

/** A kept line; `to` when it was for one person. */
export interface HistoryEntry {
  id: number;
  from: string;
  to?: string;
  text: string;
  at: string;
}

/** A line of our own that is not confirmed. */
export interface PendingLine {
  text: string;
  to?: string;
}

/** Everything a front end is told. All names and texts in it are already cleaned of terminal controls. */
export type ClientEvent =
  /** `guests`: those of the members whose names belong to nobody. `operator`: we are one; the rest holds for all. */
  | {
      type: "welcome";
      you: string;
      room: string;
      members: string[];
      lastId: number;
      motd?: string;
      guests?: string[];
      operator?: true;
      locked?: true;
      announce?: true;
    }
  /** `late`: it was said while we were away. `guest`: by one; that is not known of what was said before. */
  | {
      type: "said";
      id: number;
      from: string;
      text: string;
      at: string;
      ref?: string;
      late?: true;
      guest?: true;
    }
  /** `away`: its receiver is not here and gets it on coming back; only to its author. */
  | {
      type: "whispered";
      id: number;
      from: string;
      to: string;
      text: string;
      at: string;
      ref?: string;
      late?: true;
      away?: true;
      guest?: true;
    }
  /**
   * Kept lines, oldest first; `more`: there are earlier ones. `cause`: we came in, or asked for them, or searched.
   * `leftOff`: the last id that was read when we were here before; some of these may be newer.
   */
  | {
      type: "history";
      cause: "joining" | "history" | "search";
      entries: HistoryEntry[];
      more: boolean;
      leftOff?: number;
      ref?: string;
    }
  /** Our lines that have waited for their confirmation for a while, oldest first; all of them, each time it changes. */
  | { type: "pending"; lines: PendingLine[] }
  | { type: "joined"; name: string; guest?: true }
  | { type: "left"; name: string; reason: LeaveReason }
  | { type: "renamed"; from: string; to: string }
  | { type: "members"; names: string[]; guests?: string[] }
  /** `words`: their key, so that two people can compare it aloud; none: somebody without a key. */
  | {
      type: "whois";
      name: string;
      words?: string;
      key?: string;
      guest?: true;
      operator?: true;
      here: boolean;
      ref?: string;
    }
  /** What an operator did, perhaps we ourselves; without `by`: whoever runs the server. `names`: those who are banned. */
  | {
      type: "moderated";
      action: ModerationAction;
      by?: string;
      name?: string;
      reason?: string;
      minutes?: number;
      on?: boolean;
      names?: string[];
      ref?: string;
    }
  /** The floor is ours and the microphone opens; `seconds` is what may be spoken at most. */
  | { type: "recording"; stream: number; seconds: number; to?: string }
  /** Ten times a second while recording: loudness and its held peak in dBFS (0 is the loudest), and seconds left. */
  | { type: "level"; stream: number; dbfs: number; peak: number; left: number }
  | { type: "voice-started"; stream: number; from: string; to?: string }
  | ({
      type: "voice-ended";
      stream: number;
      from: string;
      seconds: number;
      reason: VoiceEndReason;
    } & VoiceFigures)
  | { type: "warning"; code: WarningCode; message: string }
  /** How loud one hears everybody, or the one who is named, in percent. */
  | { type: "volume"; percent: number; name?: string }
  | { type: "muted"; name: string; muted: boolean }
  /** Newest last. */
  | { type: "clips"; clips: ClipInfo[] }
  /** A kept clip is heard again; `played` follows, unless the connection is lost. */
  | { type: "playing"; clip: number; from: string; seconds: number }
  | { type: "played"; clip: number }
  | { type: "saved"; clip: number; file: string; seconds: number }
  | { type: "connection"; state: "lost" | "restored" }
  /** Something was refused or went wrong; `text` is what was typed, to be put back into the editor. */
  | { type: "error"; code: string; message: string; ref?: string; text?: string };

/** A front end: the terminal, piped text, or `--json`. */
export interface FrontEnd {
  show(event: ClientEvent): void;
  /** Restores the terminal and flushes what is pending; nothing is shown afterwards. */
  close(): Promise<void>;
}
