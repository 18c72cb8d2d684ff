/** The interface between a front end and the client, in codes and fields: each front end makes its own sentences. */
import * as v from "valibot";
import { type ModerationAction, moderationActions } from "../protocol/messages.ts";

const ref = v.optional(v.string());
const name = v.string();

/** All commands of a front end; `--json` spells `type` as `do`. */
export const Command = v.variant("type", [
  v.object({ type: v.literal("say"), text: v.string(), ref }),
  v.object({ type: v.literal("whisper"), to: name, text: v.string(), ref }),
  v.object({ type: v.literal("record"), seconds: v.optional(v.number()), to: v.optional(name), ref }),
  /** The microphone stays open until `stop`. */
  v.object({ type: v.literal("talk"), to: v.optional(name), ref }),
  /** Ends a recording, or the replay of a clip; `cancel` discards the recording. */
  v.object({ type: v.literal("stop") }),
  v.object({ type: v.literal("cancel") }),
  v.object({ type: v.literal("who") }),
  v.object({ type: v.literal("rename"), name, ref }),
  /** These three change only what is played here: for one person, or without a name for all. */
  v.object({ type: v.literal("mute"), name, ref }),
  v.object({ type: v.literal("unmute"), name, ref }),
  v.object({ type: v.literal("volume"), percent: v.number(), name: v.optional(name), ref }),
  v.object({ type: v.literal("clips"), ref }),
  /** Without `clip`: the newest. */
  v.object({ type: v.literal("play"), clip: v.optional(v.number()), ref }),
  v.object({ type: v.literal("save"), clip: v.number(), file: v.string(), ref }),
  /** Asks for kept lines: the newest ones, or the newest ones before that id. */
  v.object({
    type: v.literal("history"),
    before: v.optional(v.number()),
    limit: v.optional(v.number()),
    ref,
  }),
  /** Asks for the newest kept lines that have all these words. */
  v.object({
    type: v.literal("search"),
    words: v.string(),
    before: v.optional(v.number()),
    limit: v.optional(v.number()),
    ref,
  }),
  /** Asks for the key behind a name. */
  v.object({ type: v.literal("whois"), name, ref }),
  /** A moderation action of an operator; docs/protocol.md, section 11, says which fields each action needs. */
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

/** Why a transmission ended. */
export type VoiceEndReason = "done" | "stopped" | "cancelled" | "lost" | "device";

/** A problem that makes nothing fail. */
export type Warning =
  /** Some lines from the time without a connection are no longer stored. */
  | { code: "history-gap" }
  /** The microphone heard nothing, or was too loud. */
  | { code: "silent" | "clipped" }
  /** The connection stalls while we speak, so the others miss some of it. */
  | { code: "uplink-late" }
  /** A remembered device is missing; `message` comes from the sound system. */
  | { code: "default-device"; message: string };

/** A refusal or failure that came with its sentence: from the server, or from the sound system. */
export interface ToldError {
  code: string;
  message: string;
}

/** A file that could not be written. `detail`: the words of the system, where no cause is known. */
export interface SaveError {
  code: "file-exists" | "save-failed";
  file: string;
  cause?: "no-folder" | "is-folder" | "not-allowed" | "no-space";
  detail?: string;
}

/** A refusal or failure of the client itself. A code that the server also has means the same. */
export type ClientError =
  /** A line was given up: it was never sent, it may have arrived, or the server was set up anew since. */
  | { code: "not-confirmed"; fate: "unsent" | "unknown" | "forgotten" }
  /** Too many lines wait for their confirmation, or too many clips wait to be fetched. */
  | { code: "busy"; with: "lines" | "clips" }
  | { code: "not-connected" }
  /** The connection was lost before the server answered. */
  | { code: "connection-lost" }
  /** Our own transmission runs: a second one, or a replay, cannot begin. */
  | { code: "recording"; refused: "record" | "play" }
  | { code: "no-voice" | "own-voice" }
  | { code: "text-empty" | "search-empty" | "bad-file" | "bad-clip" }
  | { code: "text-too-long" | "name-invalid" | "bad-seconds" | "bad-minutes" | "bad-volume"; max: number }
  /** More lines than one request may ask for, or an invalid id. */
  | { code: "bad-limit"; max?: number }
  | { code: "no-such-name"; name: string }
  | { code: "no-such-clip"; clip: number }
  /** A clip was given up before it was heard or saved; without `clip`: the newest. */
  | { code: "cancelled"; clip?: number; before: "heard" | "saved" }
  | SaveError;

/** A transmission that the server keeps; `to` when it was for one person, `at` is when it began. */
export interface ClipInfo {
  clip: number;
  from: string;
  to?: string;
  at: string;
  seconds: number;
}

/**
 * How a transmission was heard. Each figure is there when it is known: `delayMs` is from the sound at the speaker's
 * microphone to the sound here, `partsMs` says where that time goes (medians, ms), and `concealed` is the share of the
 * sound that was not heard as it was spoken, 0 to 1: it was invented, or left out.
 */
export interface VoiceFigures {
  /** The number of the clip, when it is kept. */
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

/** A line of ours that is not confirmed. */
export interface PendingLine {
  text: string;
  to?: string;
}

/** The rules that hold in the room: `operator`, we are one; `locked` and `announce` (only operators speak) hold for all. */
export interface RuleMarks {
  operator?: true;
  locked?: true;
  announce?: true;
}

/** All events for a front end. Names and texts are already cleaned of terminal controls. */
export type ClientEvent =
  /** `guests`: the members whose names belong to no key. */
  | ({
      type: "welcome";
      you: string;
      room: string;
      members: string[];
      lastId: number;
      motd?: string;
      guests?: string[];
    } & RuleMarks)
  /** `late`: it was said while we were away. `guest`: its author is one; not known for lines of the history. */
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
  /** `away`: its receiver is not here and gets it later; only its author is told. */
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
  /** Lines of the history, oldest first; `more`: there are earlier ones. `leftOff`: the last id that we read before. */
  | {
      type: "history";
      cause: "joining" | "history" | "search";
      entries: HistoryEntry[];
      more: boolean;
      leftOff?: number;
      ref?: string;
    }
  /** Our lines that have waited for their confirmation for a while, oldest first: the whole list, each time it changes. */
  | { type: "pending"; lines: PendingLine[] }
  | { type: "joined"; name: string; guest?: true }
  | { type: "left"; name: string; reason: LeaveReason }
  | { type: "renamed"; from: string; to: string }
  | { type: "members"; names: string[]; guests?: string[] }
  /** `words`: the fingerprint of the key, which two people can compare aloud; absent for a guest without a key. */
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
  /** A moderation action, perhaps our own; without `by` it came from the server's console. `names`: the banned ones. */
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
  /** The floor is granted and the microphone opens, for `seconds` at most. */
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
  | ({ type: "warning" } & Warning)
  /** The volume of all, or of one person, in percent. */
  | { type: "volume"; percent: number; name?: string }
  | { type: "muted"; name: string; muted: boolean }
  /** Newest last. */
  | { type: "clips"; clips: ClipInfo[] }
  /** A kept clip is replayed; `played` follows, unless the connection is lost. */
  | { type: "playing"; clip: number; from: string; seconds: number }
  | { type: "played"; clip: number }
  | { type: "saved"; clip: number; file: string; seconds: number }
  /** `reason`: the code of the server's goodbye, with its sentence. `lost` comes again when there is another reason. */
  | { type: "connection"; state: "lost"; reason?: string; message?: string }
  | { type: "connection"; state: "restored" }
  /** A refusal or failure; `text`: the typed text, to be put back into the editor. */
  | ({ type: "error"; ref?: string; text?: string } & (ToldError | ClientError));

/** A front end: the terminal, piped text, or `--json`. */
export interface FrontEnd {
  show(event: ClientEvent): void;
  /** Restores the terminal and flushes what is pending; nothing is shown afterwards. */
  close(): Promise<void>;
}

/** A room of this network, for a person to choose. */
export interface RoomChoice {
  room: string;
  host: string;
  port: number;
  needsPassphrase: boolean;
  /** We were there before. */
  isKnown: boolean;
}

/** A question of the client before the chat begins. */
export type Question =
  | { type: "name"; fallback: string }
  | { type: "passphrase" }
  /** One of the rooms of the last notice `rooms`: its number, counted from 1, or its name. */
  | { type: "room" };

/** A notice of the client before the chat begins. */
export type Notice =
  /** The server refused the name or the passphrase. */
  | { type: "refused"; error: ToldError }
  /** The answer is no name, no passphrase, or none of the rooms; `max`: the most characters, or the last number. */
  | { type: "bad-answer"; to: Question["type"]; max: number }
  /** No room answers yet. */
  | { type: "looking"; room?: string }
  | { type: "rooms"; rooms: RoomChoice[] }
  /** First visit, or the server has proven that it knows the passphrase; `identity` as people compare it. */
  | { type: "first-time"; identity: string }
  | { type: "verified"; identity: string };

/** The person in front of a front end, who can be asked before the chat begins. */
export interface Prompter {
  /** The answer; undefined when the person leaves instead, or when `signal` takes the question back. */
  ask(question: Question, signal?: AbortSignal): Promise<string | undefined>;
  tell(notice: Notice): void;
}
