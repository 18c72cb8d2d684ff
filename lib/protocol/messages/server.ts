/** Every message that the server may send, one row each. */
import * as v from "valibot";
import { limits } from "../limits.ts";
import {
  bytes,
  clip,
  count,
  entry,
  key,
  label,
  leaveReasons,
  line,
  moderation,
  moderationActions,
  name,
  opaque,
  packet,
  ref,
  refused,
  seconds,
  sentence,
  speakerParts,
  stream,
  transmission,
  voiceEndReasons,
} from "./fields.ts";
import type { ServerRow } from "./row.ts";

export const serverMessages = {
  welcome: {
    kind: 32,
    meaning: "The answer to a good hello. `members` are the others.",
    fields: v.object({
      protocol: count,
      you: name,
      room: name,
      members: v.array(name),
      lastId: count,
      talking: v.array(v.object(transmission)),
      motd: v.optional(sentence),
      server: v.optional(label),
      /** Names the history that `lastId` counts in: an id of another history means nothing here. */
      history: v.optional(label),
      /** The members whose names belong to no key. */
      guests: v.optional(v.array(name)),
      /** This member is an operator. */
      operator: v.optional(v.boolean()),
      locked: v.optional(v.boolean()),
      /** The room is in moderated mode: only operators speak. */
      announce: v.optional(v.boolean()),
    }),
    lane: "text",
  },
  error: {
    kind: 33,
    meaning: "A request was refused and nothing changed; `ref` is that of the request.",
    fields: v.object({ ...refused, ref: v.optional(ref) }),
    lane: "text",
  },
  goodbye: {
    kind: 34,
    meaning: "The last message before the server closes the connection.",
    fields: v.object(refused),
    lane: "text",
  },
  said: {
    kind: 35,
    meaning: "A line to everyone. `ref` goes to the author only, and confirms it.",
    fields: v.object({ id: count, from: name, text: line, at: label, ref: v.optional(ref) }),
    lane: "text",
  },
  whispered: {
    kind: 36,
    meaning: "A line to one person. `ref` goes to the author only, and confirms it.",
    fields: v.object({
      id: count,
      from: name,
      to: name,
      text: line,
      at: label,
      ref: v.optional(ref),
      /** Only to the author: the receiver is not connected, and gets the line on coming back. */
      away: v.optional(v.boolean()),
    }),
    lane: "text",
  },
  joined: {
    kind: 37,
    meaning: "A new member.",
    fields: v.object({ name, guest: v.optional(v.boolean()) }),
    lane: "presence",
  },
  left: {
    kind: 38,
    meaning: "A member left.",
    fields: v.object({ name, reason: v.fallback(v.picklist(leaveReasons), "lost") }),
    lane: "presence",
  },
  renamed: {
    kind: 39,
    meaning: "A member has another name. `ref` goes to this member only.",
    fields: v.object({ from: name, to: name, ref: v.optional(ref) }),
    lane: "text",
  },
  members: {
    kind: 40,
    meaning: "Answers `who`.",
    fields: v.object({ names: v.array(name), guests: v.optional(v.array(name)) }),
    lane: "text",
  },
  floorGranted: {
    kind: 41,
    meaning: "The receiver has the floor: the server passes on voice frames of this stream.",
    fields: v.object({ ref, stream, seconds }),
    lane: "text",
  },
  voiceStarted: {
    kind: 42,
    meaning: "The first frame of a transmission follows.",
    fields: v.object(transmission),
    lane: "text",
  },
  voiceEnded: {
    kind: 43,
    meaning:
      "A transmission is over. `seconds` is how much was heard, `clip` the number under which it is kept.",
    fields: v.object({
      stream,
      from: name,
      seconds,
      reason: v.fallback(v.picklist(voiceEndReasons), "stopped"),
      clip: v.optional(count),
      ...speakerParts,
    }),
    lane: "text",
  },
  pong: {
    kind: 44,
    meaning: "Answers `ping`. `at`: microseconds on the server's own clock, whose zero means nothing.",
    fields: v.object({ sent: count, at: count }),
    lane: "text",
  },
  ping: {
    kind: 45,
    meaning:
      "Asks for a `pong`: after voice, to measure whether the listener keeps up; after silence, as a heartbeat.",
    fields: v.object({ sent: count }),
    lane: "text",
  },
  clips: {
    kind: 46,
    meaning: "The newest clips that this member may hear, the newest last.",
    fields: v.object({ ref, clips: v.pipe(v.array(v.object(clip)), v.maxLength(limits.clipsListedMax)) }),
    lane: "text",
  },
  clip: {
    kind: 47,
    meaning: "Packets of a clip that has `frames` packets in all, from number `first` on.",
    fields: v.object({
      ref,
      ...clip,
      frames: count,
      first: count,
      packets: v.pipe(v.array(packet), v.maxLength(limits.clipPacketsMax)),
    }),
    lane: "text",
  },
  history: {
    kind: 48,
    meaning:
      "Lines of the history that this member may read, in the order of their ids. `more`: there are further ones in " +
      "the direction of the request. Every line from id `since` on is still kept.",
    fields: v.object({
      ref,
      entries: v.pipe(v.array(entry), v.maxLength(limits.historyPageMax)),
      more: v.boolean(),
      since: count,
    }),
    lane: "text",
  },
  challenge: {
    kind: 49,
    meaning: "The second message of OPAQUE.",
    fields: v.object({ response: opaque }),
    lane: "text",
  },
  proven: {
    kind: 50,
    meaning: "The passphrase was right; the proof shows that the server knows it, on this connection.",
    fields: v.object({ proof: bytes(32) }),
    lane: "text",
  },
  person: {
    kind: 51,
    meaning: "Answers `whois`; without `key`: a guest who has none.",
    fields: v.object({
      ref,
      name,
      key: v.optional(key),
      guest: v.optional(v.boolean()),
      operator: v.optional(v.boolean()),
      here: v.boolean(),
    }),
    lane: "text",
  },
  moderated: {
    kind: 52,
    meaning:
      "An operator's action, to the members it concerns; without `by`: from the server's console. `names`: of `bans`.",
    fields: v.object({
      action: v.picklist(moderationActions),
      by: v.optional(name),
      ...moderation,
      names: v.optional(v.array(name)),
      ref: v.optional(ref),
    }),
    lane: "text",
  },
} as const satisfies Record<string, ServerRow>;
