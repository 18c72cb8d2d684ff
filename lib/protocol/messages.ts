/**
 * Every control message of the protocol: its kind on the wire, its fields, and who may send it.
 * Kinds are append-only. Unknown fields are dropped and unknown kinds ignored, so old and new programs can meet.
 */
import * as v from "valibot";
import { encodeFrame } from "./frame.ts";
import { limits } from "./limits.ts";

export const protocolVersion = 1;

/** Bounded before anything else looks at it; cleaned and judged by the room. */
const line = v.pipe(v.string(), v.maxLength(limits.clientBodyBytesMax));
const name = v.pipe(v.string(), v.maxLength(limits.textCharsMax));
const ref = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.refCharsMax));
/** A version, a time, the name of a field: something short that is no name. */
const label = v.pipe(v.string(), v.maxLength(limits.labelCharsMax));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Bytes in base64url without padding (RFC 4648 section 5): exactly, or at most, so many. */
const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/));
const bytes = (count: number) => v.pipe(base64url, v.length(Math.ceil((count * 4) / 3)));
const opaque = v.pipe(base64url, v.maxLength(limits.opaqueCharsMax));
/** An Ed25519 public key (RFC 8032), by which somebody is known again; each has one spelling only. */
const key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/));
const pageLimit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.historyPageMax));
const stream = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400));
/** Of a part of the way that sound takes. */
const partMs = v.pipe(v.number(), v.minValue(0), v.maxValue(limits.partMsMax));
const refusalCode = v.pipe(v.string(), v.maxLength(64));
const sentence = v.pipe(v.string(), v.maxLength(limits.messageCharsMax));

export const floorReleaseReasons = ["done", "stopped", "cancelled", "device"] as const;
export const voiceEndReasons = [...floorReleaseReasons, "lost"] as const;
export const leaveReasons = ["quit", "lost", "kicked", "banned", "replaced"] as const;

/** What an operator can do; `release` is also for whoever the name belongs to. */
export const moderationActions = [
  "kick",
  "ban",
  "unban",
  "bans",
  "silence",
  "unsilence",
  "lock",
  "announce",
  "floor",
  "op",
  "deop",
  "release",
] as const;
export type ModerationAction = (typeof moderationActions)[number];

/** What is done to whom, for how long and why; `on` of what is switched on and off. */
const moderation = {
  name: v.optional(name),
  reason: v.optional(line),
  minutes: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(limits.silenceMinutesMax))),
  on: v.optional(v.boolean()),
};

/** A turn at the microphone as others are told of it; `to` only when it is for one person. */
const turn = { stream, from: name, to: v.optional(name) };

/** Why something was refused, and what the sentence is made of. */
const refused = {
  code: refusalCode,
  message: sentence,
  name: v.optional(name),
  seconds: v.optional(seconds),
  max: v.optional(count),
  at: v.optional(label),
  clip: v.optional(count),
  reason: v.optional(line),
};

/** How long the speaker's own machine took, as its hush says it: sound to full frame, and frame to socket; medians. */
const speakerParts = { captureMs: v.optional(partMs), encodeMs: v.optional(partMs) };

/** A turn that was kept; `to` only when it is for one person, `at` is when it began. */
const clip = { clip: count, from: name, to: v.optional(name), at: label, seconds };

/** A kept line; `to` only when it is for one person, `ref` only to its author. */
const entry = v.object({
  id: count,
  from: name,
  to: v.optional(name),
  text: line,
  at: label,
  ref: v.optional(ref),
});

/** An Opus packet in base64 (RFC 4648). */
const packet = v.pipe(v.string(), v.maxLength(4 * Math.ceil(limits.packetBytesMax / 3)), v.base64());

/** What a client may send. */
export const clientMessages = {
  /**
   * Who we are; answered by `welcome`. `voice`: wants to hear voice. `signature` shows that the `key` is ours (see
   * proof.ts): who has the same key is the same person, and with the same `session` the same running program, which
   * comes back. `guest`: the name is to belong to nobody afterwards.
   */
  hello: {
    kind: 1,
    fields: v.object({
      protocol: count,
      name,
      voice: v.boolean(),
      client: v.optional(label),
      key: v.optional(key),
      signature: v.optional(bytes(64)),
      guest: v.optional(v.boolean()),
      session: v.optional(ref),
    }),
  },
  say: { kind: 2, fields: v.object({ text: line, ref }) },
  whisper: { kind: 3, fields: v.object({ to: name, text: line, ref }) },
  who: { kind: 4, fields: v.object({}) },
  rename: { kind: 5, fields: v.object({ name, ref: v.optional(ref) }) },
  /** Asks for the floor for up to `seconds`; answered by `floor` or an error with this `ref`. */
  requestFloor: { kind: 6, fields: v.object({ seconds, to: v.optional(name), ref }) },
  /** Gives the floor back. */
  releaseFloor: {
    kind: 7,
    fields: v.object({ stream, reason: v.picklist(floorReleaseReasons), ...speakerParts }),
  },
  quit: { kind: 8, fields: v.object({}) },
  /** Asks what time it is at the server, and whether it is there; answered by `pong`. */
  ping: { kind: 9, fields: v.object({ sent: count }) },
  /** The answer to the server's `ping`. */
  pong: { kind: 10, fields: v.object({ sent: count }) },
  /** Asks which turns are kept; answered by `clips`. */
  clips: { kind: 11, fields: v.object({ ref }) },
  /** Asks for packets of a kept turn, from number `first` on; without `clip`: of the newest. */
  fetch: { kind: 12, fields: v.object({ clip: v.optional(count), first: count, ref }) },
  /**
   * Asks for kept lines; answered by `history`. The newest; with `before`: the newest of those below that id; with
   * `after`: the oldest of those above that id. `private`: only those between two people.
   */
  history: {
    kind: 13,
    fields: v.object({
      before: v.optional(count),
      after: v.optional(count),
      limit: pageLimit,
      private: v.optional(v.boolean()),
      ref,
    }),
  },
  /** Asks for the newest kept lines that have all these words; answered by `history`. */
  search: { kind: 14, fields: v.object({ words: line, before: v.optional(count), limit: pageLimit, ref }) },
  /** Before the hello, where a passphrase is needed: the first message of OPAQUE (RFC 9807); answered by `challenge`. */
  unlock: { kind: 15, fields: v.object({ request: opaque }) },
  /** The third message of OPAQUE, and that its session key is known on this very connection; answered by `proven`. */
  prove: { kind: 17, fields: v.object({ finish: opaque, proof: bytes(32) }) },
  /** Asks who is behind a name; answered by `person`. */
  whois: { kind: 18, fields: v.object({ name, ref }) },
  /** What operators do; answered by `moderated`. */
  moderate: { kind: 19, fields: v.object({ action: v.picklist(moderationActions), ...moderation, ref }) },
} as const;

/** What the server may send. */
export const serverMessages = {
  /** The answer to a good hello. `members` are the others. */
  welcome: {
    kind: 32,
    fields: v.object({
      protocol: count,
      you: name,
      room: name,
      members: v.array(name),
      lastId: count,
      talking: v.array(v.object(turn)),
      motd: v.optional(sentence),
      server: v.optional(label),
      /** Names the memory that `lastId` counts in: ids of another one mean nothing here. */
      history: v.optional(label),
      /** Those of the members whose names belong to nobody. */
      guests: v.optional(v.array(name)),
      /** What holds for this member, and for everybody, when it is so. */
      operator: v.optional(v.boolean()),
      locked: v.optional(v.boolean()),
      announce: v.optional(v.boolean()),
    }),
  },
  /** Something was refused and nothing changed; `ref` is that of what was refused. */
  error: { kind: 33, fields: v.object({ ...refused, ref: v.optional(ref) }) },
  /** The last message before the server closes the connection. */
  goodbye: { kind: 34, fields: v.object(refused) },
  /** `ref` goes to the author only, and confirms. */
  said: {
    kind: 35,
    fields: v.object({ id: count, from: name, text: line, at: label, ref: v.optional(ref) }),
  },
  whispered: {
    kind: 36,
    fields: v.object({
      id: count,
      from: name,
      to: name,
      text: line,
      at: label,
      ref: v.optional(ref),
      /** Only to the author: the receiver is not here, and gets it on coming back. */
      away: v.optional(v.boolean()),
    }),
  },
  joined: { kind: 37, fields: v.object({ name, guest: v.optional(v.boolean()) }) },
  left: { kind: 38, fields: v.object({ name, reason: v.fallback(v.picklist(leaveReasons), "lost") }) },
  renamed: { kind: 39, fields: v.object({ from: name, to: name, ref: v.optional(ref) }) },
  members: { kind: 40, fields: v.object({ names: v.array(name), guests: v.optional(v.array(name)) }) },
  /** The floor is granted: voice frames of this stream will be relayed. */
  floorGranted: { kind: 41, fields: v.object({ ref, stream, seconds }) },
  voiceStarted: { kind: 42, fields: v.object(turn) },
  /** `seconds` is how much was heard; `clip` numbers the turn if it is kept. */
  voiceEnded: {
    kind: 43,
    fields: v.object({
      stream,
      from: name,
      seconds,
      reason: v.fallback(v.picklist(voiceEndReasons), "stopped"),
      clip: v.optional(count),
      ...speakerParts,
    }),
  },
  /** `at`: microseconds on the server's own clock, whose zero means nothing. */
  pong: { kind: 44, fields: v.object({ sent: count, at: count }) },
  /** Follows voice, to see whether its listener keeps up. */
  ping: { kind: 45, fields: v.object({ sent: count }) },
  /** The newest kept turns that this member may hear, newest last. */
  clips: {
    kind: 46,
    fields: v.object({ ref, clips: v.pipe(v.array(v.object(clip)), v.maxLength(limits.clipsListedMax)) }),
  },
  /** Packets of a kept turn of `frames` packets in all, those from number `first` on. */
  clip: {
    kind: 47,
    fields: v.object({
      ref,
      ...clip,
      frames: count,
      first: count,
      packets: v.pipe(v.array(packet), v.maxLength(limits.clipPacketsMax)),
    }),
  },
  /**
   * Kept lines that this member may read, in the order of their ids. `more`: there are further ones in the direction
   * that was asked for. Every line from id `since` on is kept still.
   */
  history: {
    kind: 48,
    fields: v.object({
      ref,
      entries: v.pipe(v.array(entry), v.maxLength(limits.historyPageMax)),
      more: v.boolean(),
      since: count,
    }),
  },
  /** The second message of OPAQUE. */
  challenge: { kind: 49, fields: v.object({ response: opaque }) },
  /** The passphrase was right, and this is the server that knows it, on this very connection. */
  proven: { kind: 50, fields: v.object({ proof: bytes(32) }) },
  /** Who is behind a name: without `key`, somebody who has none. */
  person: {
    kind: 51,
    fields: v.object({
      ref,
      name,
      key: v.optional(key),
      guest: v.optional(v.boolean()),
      operator: v.optional(v.boolean()),
      here: v.boolean(),
    }),
  },
  /** What an operator did, to those whom it concerns; without `by`: whoever runs the server. `names`: of `bans`. */
  moderated: {
    kind: 52,
    fields: v.object({
      action: v.picklist(moderationActions),
      by: v.optional(name),
      ...moderation,
      names: v.optional(v.array(name)),
      ref: v.optional(ref),
    }),
  },
} as const;

type Table = Record<string, { kind: number; fields: v.GenericSchema }>;
type MessageOf<T extends Table> = {
  [Type in keyof T & string]: { type: Type } & v.InferOutput<T[Type]["fields"]>;
}[keyof T & string];

export type ClientMessage = MessageOf<typeof clientMessages>;
export type ServerMessage = MessageOf<typeof serverMessages>;

export type DecodedMessage<Message> =
  | { type: "message"; message: Message }
  /** A kind from a newer peer: to be ignored. */
  | { type: "unknown" }
  /** `at`: the message and field that are wrong, such as `say.ref`. */
  | { type: "error"; code: "bad-message"; at: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

function encodeWith(table: Table, message: { type: string }): Uint8Array {
  const entry = table[message.type];
  if (entry === undefined) throw new Error(`no message is called ${message.type}`);
  // JSON knows no undefined; to take the field out by its name takes longer.
  const fields = { ...message, type: undefined };
  return encodeFrame(entry.kind, encoder.encode(JSON.stringify(fields)));
}

function decoderFor<Message>(table: Table): (kind: number, body: Uint8Array) => DecodedMessage<Message> {
  const byKind = new Map(
    Object.entries(table).map(([type, entry]) => [entry.kind, { type, fields: entry.fields }]),
  );
  return (kind, body) => {
    const entry = byKind.get(kind);
    if (entry === undefined) return { type: "unknown" };
    try {
      const json: unknown = JSON.parse(decoder.decode(body));
      // The schemas take a list for an object without fields.
      if (Array.isArray(json)) return { type: "error", code: "bad-message", at: entry.type };
      const parsed = v.safeParse(entry.fields, json);
      if (!parsed.success)
        return { type: "error", code: "bad-message", at: pathOf(entry.type, parsed.issues[0]) };
      return { type: "message", message: { ...(parsed.output as object), type: entry.type } as Message };
    } catch {
      return { type: "error", code: "bad-message", at: entry.type };
    }
  };
}

/** `say.ref`; the names are the schema's own, never the peer's. */
function pathOf(type: string, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? type : `${type}.${path}`;
}

/** A whole frame, ready for the socket. */
export function encodeClientMessage(message: ClientMessage): Uint8Array {
  return encodeWith(clientMessages, message);
}

/** A whole frame, ready for every socket it goes to. */
export function encodeServerMessage(message: ServerMessage): Uint8Array {
  return encodeWith(serverMessages, message);
}

/** The checked message in a frame that a client sent. */
export const decodeClientMessage = decoderFor<ClientMessage>(clientMessages);

/** The checked message in a frame that a server sent. */
export const decodeServerMessage = decoderFor<ServerMessage>(serverMessages);
