/** Every message that a client may send, one row each: its bytes, when it may come, its price, and its handler. */
import * as v from "valibot";
import { voiceKind } from "../frame.ts";
import { limits } from "../limits.ts";
import {
  bytes,
  count,
  floorReleaseReasons,
  key,
  label,
  line,
  moderation,
  moderationActions,
  name,
  opaque,
  pageLimit,
  ref,
  seconds,
  speakerParts,
  stream,
} from "./fields.ts";
import type { ClientRow } from "./row.ts";

const noRate = { class: "none", takes: {} } as const;
const lineRate = { class: "line", takes: { lines: 1, lineBytes: { bytesOf: "text" } } } as const;
const questionRate = { class: "question", takes: { questions: 1 } } as const;

export const clientMessages = {
  hello: {
    kind: 1,
    meaning: "Asks to join, or to resume a session; answered by `welcome`.",
    fields: v.object({
      protocol: count,
      name,
      /** Wants to hear voice. */
      voice: v.boolean(),
      client: v.optional(label),
      key: v.optional(key),
      /** Proves the `key` on this connection (see channel-binding.ts). */
      signature: v.optional(bytes(64)),
      /** The name is to belong to no key afterwards. */
      guest: v.optional(v.boolean()),
      /** Names the running program: with the same key and session, the hello resumes its session. */
      session: v.optional(ref),
    }),
    states: ["pending"],
    rate: noRate,
    lane: "text",
    handledBy: "session",
  },
  say: {
    kind: 2,
    meaning: "A line to everyone; answered by `said` with this `ref`.",
    fields: v.object({ text: line, ref }),
    states: ["joined"],
    rate: lineRate,
    lane: "text",
    handledBy: "room",
  },
  whisper: {
    kind: 3,
    meaning: "A line to one person; answered by `whispered` with this `ref`.",
    fields: v.object({ to: name, text: line, ref }),
    states: ["joined"],
    rate: lineRate,
    lane: "text",
    handledBy: "room",
  },
  who: {
    kind: 4,
    meaning: "Asks for the names of all members; answered by `members`.",
    fields: v.object({}),
    states: ["joined"],
    rate: questionRate,
    lane: "text",
    handledBy: "room",
  },
  rename: {
    kind: 5,
    meaning: "Changes the sender's name; answered by `renamed`.",
    fields: v.object({ name, ref: v.optional(ref) }),
    states: ["joined"],
    rate: { class: "rename", takes: { renames: 1 } },
    lane: "text",
    handledBy: "room",
  },
  requestFloor: {
    kind: 6,
    meaning:
      "Asks for the floor for up to `seconds`; answered by `floorGranted` or an error with this `ref`.",
    fields: v.object({ seconds, to: v.optional(name), ref }),
    states: ["joined"],
    // Voice frames take the seconds, when they are passed on.
    rate: {
      class: "floorRequest",
      takes: {},
      needs: { voiceSeconds: { field: "seconds", max: limits.transmissionSecondsMax } },
    },
    lane: "text",
    handledBy: "room",
  },
  releaseFloor: {
    kind: 7,
    meaning: "Gives the floor back.",
    fields: v.object({ stream, reason: v.picklist(floorReleaseReasons), ...speakerParts }),
    states: ["joined"],
    rate: noRate,
    lane: "text",
    handledBy: "room",
  },
  quit: {
    kind: 8,
    meaning: "Leaves for good: the session is not kept, and the server closes the connection.",
    fields: v.object({}),
    states: ["pending", "joined"],
    rate: noRate,
    lane: "text",
    handledBy: "session",
  },
  ping: {
    kind: 9,
    meaning: "Asks for the server's clock, or serves as a heartbeat; answered by `pong`.",
    fields: v.object({ sent: count }),
    states: ["pending", "joined"],
    rate: noRate,
    lane: "text",
    handledBy: "transport",
  },
  pong: {
    kind: 10,
    meaning: "Answers the server's `ping`.",
    fields: v.object({ sent: count }),
    states: ["pending", "joined"],
    rate: noRate,
    lane: "text",
    handledBy: "transport",
  },
  clips: {
    kind: 11,
    meaning: "Asks for the list of recorded transmissions; answered by `clips`.",
    fields: v.object({ ref }),
    states: ["joined"],
    rate: questionRate,
    lane: "text",
    handledBy: "room",
  },
  fetch: {
    kind: 12,
    meaning:
      "Asks for packets of a clip from number `first` on; without `clip`: of the newest; answered by `clip`.",
    fields: v.object({ clip: v.optional(count), first: count, ref }),
    states: ["joined"],
    rate: questionRate,
    lane: "text",
    handledBy: "room",
  },
  history: {
    kind: 13,
    meaning:
      "Asks for lines of the history; answered by `history`. Without bounds: the newest. `before`: the newest below " +
      "that id. `after`: the oldest above that id. `private`: only lines between two people.",
    fields: v.object({
      before: v.optional(count),
      after: v.optional(count),
      limit: pageLimit,
      private: v.optional(v.boolean()),
      ref,
    }),
    states: ["joined"],
    rate: questionRate,
    lane: "text",
    handledBy: "room",
  },
  search: {
    kind: 14,
    meaning: "Asks for the newest lines of the history that have all these words; answered by `history`.",
    fields: v.object({ words: line, before: v.optional(count), limit: pageLimit, ref }),
    states: ["joined"],
    rate: questionRate,
    lane: "text",
    handledBy: "room",
  },
  unlock: {
    kind: 15,
    meaning: "Where a passphrase is needed: the first message of OPAQUE (RFC 9807); answered by `challenge`.",
    fields: v.object({ request: opaque }),
    states: ["pending"],
    rate: noRate,
    lane: "text",
    handledBy: "session",
  },
  prove: {
    kind: 17,
    meaning:
      "The third message of OPAQUE, with a proof of its session key on this connection; answered by `proven`.",
    fields: v.object({ finish: opaque, proof: bytes(32) }),
    states: ["pending"],
    rate: noRate,
    lane: "text",
    handledBy: "session",
  },
  whois: {
    kind: 18,
    meaning: "Asks for the key behind a name; answered by `person`.",
    fields: v.object({ name, ref }),
    states: ["joined"],
    rate: questionRate,
    lane: "text",
    handledBy: "room",
  },
  moderate: {
    kind: 19,
    meaning: "An operator's action; answered by `moderated`.",
    fields: v.object({ action: v.picklist(moderationActions), ...moderation, ref }),
    states: ["joined"],
    // Operators have no limits, and the room refuses it from other members.
    rate: noRate,
    lane: "text",
    handledBy: "room",
  },
} as const satisfies Record<string, ClientRow>;

/** The row of a voice frame, whose body is not JSON (see voice-frame.ts). */
export const voiceFrames = {
  kind: voiceKind,
  meaning: "20 ms of voice. The server passes the same bytes on to every subscriber.",
  states: ["joined"],
  /** Taken when the frame is passed on; the floor refuses it otherwise. */
  rate: { class: "none", takes: { voiceSeconds: 1 / limits.voiceFramesPerSecond } },
  lane: "voice",
  handledBy: "room",
} as const satisfies Omit<ClientRow, "fields">;
