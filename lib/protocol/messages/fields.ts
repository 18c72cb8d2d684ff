/** The schemas of fields that several messages share. Each bounds its value before any other code looks at it. */
import * as v from "valibot";
import { limits } from "../limits.ts";

/** Text of any content; the room cleans it and refuses what is too long. */
export const line = v.pipe(v.string(), v.maxLength(limits.clientBodyBytesMax));
/** A name as the peer writes it; the server decides whether it is valid. */
export const name = v.pipe(v.string(), v.maxLength(limits.textCharsMax));
/** The client message id (idempotency key) of a request, which its answer repeats. */
export const ref = v.pipe(v.string(), v.minLength(1), v.maxLength(limits.refCharsMax));
/** A version, a time or the name of a field: short, and not the name of a person. */
export const label = v.pipe(v.string(), v.maxLength(limits.labelCharsMax));
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const stream = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
export const seconds = v.pipe(v.number(), v.minValue(0), v.maxValue(86_400));
/** The seconds that a refusal tells to wait: at most the longest silence. */
const waitSeconds = v.pipe(v.number(), v.minValue(0), v.maxValue(limits.silenceMinutesMax * 60));
/** A number of entries in one answer. */
export const pageLimit = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(limits.historyPageMax));
export const sentence = v.pipe(v.string(), v.maxLength(limits.messageCharsMax));

/** Base64url without padding (RFC 4648 section 5). */
const base64url = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]+$/));
/** Exactly `byteCount` bytes in base64url. */
export const bytes = (byteCount: number) => v.pipe(base64url, v.length(Math.ceil((byteCount * 4) / 3)));
/** A message of OPAQUE (RFC 9807) in base64url. */
export const opaque = v.pipe(base64url, v.maxLength(limits.opaqueCharsMax));
/** An Ed25519 public key (RFC 8032) in base64url; the last letter has one spelling only. */
export const key = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/));
/** An Opus packet in base64 (RFC 4648). */
export const packet = v.pipe(v.string(), v.maxLength(4 * Math.ceil(limits.packetBytesMax / 3)), v.base64());

export const floorReleaseReasons = ["done", "stopped", "cancelled", "device"] as const;
export const voiceEndReasons = [...floorReleaseReasons, "lost"] as const;
export const leaveReasons = ["quit", "lost", "kicked", "banned", "replaced"] as const;

/** The actions of operators; the owner of a name may `release` it, too. */
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

/** The target of a moderation action, its reason, its length in minutes, and the position of a switch. */
export const moderation = {
  name: v.optional(name),
  reason: v.optional(line),
  minutes: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(limits.silenceMinutesMax))),
  on: v.optional(v.boolean()),
};

/** A transmission; `to` only when one person alone hears it. */
export const transmission = { stream, from: name, to: v.optional(name) };

/** A refusal: its code, its sentence, and the details in that sentence. */
export const refused = {
  code: v.pipe(v.string(), v.maxLength(64)),
  message: sentence,
  name: v.optional(name),
  like: v.optional(name),
  seconds: v.optional(waitSeconds),
  max: v.optional(count),
  at: v.optional(label),
  clip: v.optional(count),
  reason: v.optional(line),
};

/** The length of one part of the path of sound. */
const partMs = v.pipe(v.number(), v.minValue(0), v.maxValue(limits.partMsMax));
/** Medians on the speaker's machine: from sound to a full frame, and from the frame to the socket. */
export const speakerParts = { captureMs: v.optional(partMs), encodeMs: v.optional(partMs) };

/** A recorded transmission; `to` only when one person alone may hear it, `at` is its beginning. */
export const clip = { clip: count, from: name, to: v.optional(name), at: label, seconds };

/** A line of the history; `to` only when it is for one person, `ref` only to its author. */
export const entry = v.object({
  id: count,
  from: name,
  to: v.optional(name),
  text: line,
  at: label,
  ref: v.optional(ref),
});
