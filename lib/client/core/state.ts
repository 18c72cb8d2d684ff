/** The state of one chat with the parts of all features, in one file so that features can read each other's part. */
import type { Now } from "../../base/now.ts";
import type { ClientMessage, ClientMessageOf, ServerMessageOf } from "../../protocol/messages.ts";
import type { ChatEffect, CommandOf, ReadMarker } from "./chat-io.ts";
import type { PingTracker } from "./ping-tracker.ts";
import { createPingTracker } from "./ping-tracker.ts";
import type { RoomRules } from "./room-rules.ts";
import { noRules } from "./room-rules.ts";

export interface ChatOptions {
  /** Makes a new client message id. Later ones sort later, because the server indexes lines by them. */
  newRef(): string;
  /** False: `--no-voice`. */
  voice: boolean;
  /** How many earlier lines to show on joining; 0: no line from before this chat is ever shown. */
  earlierLines: number;
}

/** The fields of a command that its answer repeats. */
export interface CommandOrigin {
  /** The reference that a script gave. */
  ref?: string;
  /** The typed text, to be put back into the editor. */
  text?: string;
}

/** A line of ours that the server has not answered. */
export interface Outgoing {
  line: Omit<ClientMessageOf<"say">, "ref"> | Omit<ClientMessageOf<"whisper">, "ref">;
  origin: CommandOrigin;
  /** When it was typed, on the monotonic clock. */
  sinceMs: number;
  /** It was sent on this or an earlier connection, so the server may have it. */
  isSent: boolean;
  /** It is under way on the present connection. */
  isInFlight: boolean;
}

/** The page of history that is under way: the first one, one of unread whispers, or one of missed lines. */
export interface CatchUp {
  kind: "joining" | "whispers" | "missed";
  ref: string;
  request: ClientMessage;
}

export type HistoryEntryMessage = ServerMessageOf<"history">["entries"][number];

/** Whispers to us that we have not read, from before the lines that are shown on joining. */
export interface UnreadWhispers {
  /** Whispers up to this id were read. */
  after: number;
  /** Whispers from this id on are in `lines`. */
  before: number;
  lines: HistoryEntryMessage[];
}

/** A request that the server refused as `too-fast`, and when it is sent again, on the monotonic clock. */
export interface Retry {
  atMs: number;
  message: ClientMessage;
}

/** A transmission of another person, until its end is told. */
export interface RemoteStream {
  from: string;
  /** We have received it from its first frame on. */
  isWhole: boolean;
  /** The sequence numbers of the first and the last received frame; the server sends them in order. */
  span?: { first: number; last: number };
  /** `muted`: no speaker was opened for it; `failed`: the speaker is gone. */
  sound: "playing" | "muted" | "failed";
  /** It is over, and its last frames are still being played. */
  ended?: ServerMessageOf<"voiceEnded">;
}

export interface PersonalVolume {
  percent: number;
  isMuted: boolean;
}

export interface Volumes {
  /** The volume of all. */
  percent: number;
  /** By name key. An entry stays when its person leaves, who may return. */
  readonly people: Map<string, PersonalVolume>;
}

export type ClipJob = CommandOf<"play"> | CommandOf<"save">;

/** The clip that is being fetched. */
export interface ClipFetch {
  job: ClipJob;
  /** The client message id of the last page request. */
  ref: string;
  /** Known from the first page on. */
  clip?: number;
  packets: Uint8Array[];
  bytes: number;
  /** The replay was stopped before all pages had come. */
  isCancelled: boolean;
}

export interface Clips {
  waiting: ClipJob[];
  fetching: ClipFetch | undefined;
  saving: { clip: number; seconds: number; job: CommandOf<"save"> } | undefined;
  /** The clip that is played; its stream is a number that no server gives. */
  replay: { stream: number; clip: number; from: string } | undefined;
  lastStream: number;
}

/** Our own transmission: requested, or granted with the microphone open. */
export type Transmission =
  | {
      type: "requested";
      ref: string;
      seconds: number;
      to?: string;
      isOpenEnded: boolean;
      isCancelled: boolean;
    }
  | {
      type: "open";
      stream: number;
      seconds: number;
      /** It lasts until the person ends it. */
      isOpenEnded: boolean;
      frames: number;
      /** How long each frame took from its last sample to the socket, ms: by the wall clock, which both processes share. */
      encodeMs: number[];
      /** The person was told that the connection is too slow. */
      isLateWarned: boolean;
    };

export interface ChatState {
  readonly options: ChatOptions;
  effects: ChatEffect[];
  /** The time of the current input. */
  now: Now;
  /** A command was refused, or failed. */
  hasFailed: boolean;
  /** Warnings that were shown and are not repeated. */
  readonly warned: Set<string>;
  /** `soon`: clips that are being saved are waited for. */
  leaving: "not" | "soon" | "now";

  /** Requests that the server has not answered, by their client message ids. */
  readonly pending: Map<string, CommandOrigin>;
  /** Our own lines that the server has not answered, by their client message ids, in their order. */
  readonly outgoing: Map<string, Outgoing>;
  /** No line is sent before this time on the monotonic clock, because the server refused one as `too-fast`. */
  heldUntilMs: number | undefined;
  retries: Retry[];
  /** The client message ids of the lines that are shown as waiting. */
  shownWaiting: string;

  /** Our own name; empty before the welcome. */
  you: string;
  /** The others in the room, and the guests among them. */
  readonly members: Set<string>;
  readonly guests: Set<string>;
  rules: RoomRules;

  /** Lines are sent when it is `live`: the client has caught up. */
  connectionState: "down" | "catching-up" | "live";
  /** The code of the reason that was shown last for being without a connection. */
  lostFor: string | undefined;
  pings: PingTracker;
  /** When the server's clock was asked for last, and when the last welcome came. */
  clockMs: number;
  connectedMs: number;

  /** The history that the ids below count in. */
  history: string | undefined;
  /** The highest id of it that was received. */
  lastId: number;
  /** The earlier lines that are shown on joining were received. */
  hasEarlier: boolean;
  catchingUp: CatchUp | undefined;
  unread: UnreadWhispers | undefined;
  isGapWarned: boolean;
  readMarker: ReadMarker | undefined;
  /** Unanswered queries for lines of the history, by their client message ids. */
  readonly historyQueries: Map<string, "history" | "search">;

  transmission: Transmission | undefined;
  /** Recordings that have not reported their end. */
  openCaptures: number;
  /** By stream number. */
  readonly remoteStreams: Map<number, RemoteStream>;
  readonly volumes: Volumes;
  clips: Clips;
}

/** The state of a chat that waits for its welcome. */
export function createState(options: ChatOptions): ChatState {
  return {
    options,
    effects: [],
    now: { wallMs: 0, monotonicMs: 0 },
    hasFailed: false,
    warned: new Set(),
    leaving: "not",
    pending: new Map(),
    outgoing: new Map(),
    heldUntilMs: undefined,
    retries: [],
    shownWaiting: "",
    you: "",
    members: new Set(),
    guests: new Set(),
    rules: noRules,
    connectionState: "down",
    lostFor: undefined,
    pings: createPingTracker(),
    clockMs: 0,
    connectedMs: 0,
    history: undefined,
    lastId: 0,
    hasEarlier: false,
    catchingUp: undefined,
    unread: undefined,
    isGapWarned: false,
    readMarker: undefined,
    historyQueries: new Map(),
    transmission: undefined,
    openCaptures: 0,
    remoteStreams: new Map(),
    volumes: { percent: 100, people: new Map() },
    clips: { waiting: [], fetching: undefined, saving: undefined, replay: undefined, lastStream: 0 },
  };
}
