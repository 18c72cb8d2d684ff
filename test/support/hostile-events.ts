/** Every event that a front end can be shown, with one text in each of its fields that others may have written. */

import type { ClientEvent } from "../../lib/client/api.ts";
import { moderationActions } from "../../lib/protocol/messages.ts";

const at = "2026-11-22T10:00:00.000Z";

/** A row for each kind, so that the compiler names a kind that is missing. */
type Table = { [Kind in ClientEvent["event"]]: (text: string) => Extract<ClientEvent, { event: Kind }>[] };

const table: Table = {
  welcome: (text) => [
    { event: "welcome", you: text, room: text, members: [text, "bob"], lastId: 0, motd: text },
    { event: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 },
  ],
  said: (text) => [
    { event: "said", id: 1, from: text, text, at },
    { event: "said", id: 1, from: "bob", text, at },
    { event: "said", id: 1, from: "bob", text: "hi", at: text, late: true },
    { event: "said", id: 1, from: "bob", text, at, ref: text, late: true },
  ],
  whispered: (text) => [
    { event: "whispered", id: 1, from: text, to: text, text, at },
    { event: "whispered", id: 1, from: "alice", to: text, text, at, away: true },
    { event: "whispered", id: 1, from: "bob", to: "alice", text, at: text, late: true },
  ],
  history: (text) => [
    {
      event: "history",
      cause: "history",
      entries: [
        { id: 1, from: text, text, at },
        { id: 2, from: text, to: "alice", text, at: text },
        { id: 3, from: "bob", to: text, text, at: "2026-11-23T10:00:00.000Z" },
      ],
      more: true,
      leftOff: 2,
    },
  ],
  pending: (text) => [
    { event: "pending", lines: [{ text }, { text, to: text }, { text: "hi", to: text }] },
    { event: "pending", lines: [] },
  ],
  joined: (name) => [{ event: "joined", name }],
  left: (name) => [{ event: "left", name, reason: "kicked" }],
  renamed: (text) => [
    { event: "renamed", from: text, to: text },
    { event: "renamed", from: "bob", to: text },
  ],
  members: (text) => [{ event: "members", names: [text, "bob", text] }],
  whois: (text) => [
    { event: "whois", name: text, words: text, key: text, here: true, ref: text },
    { event: "whois", name: text, guest: true, here: false },
  ],
  moderated: (text) =>
    moderationActions.map((action) => ({
      event: "moderated",
      action,
      by: text,
      name: text,
      reason: text,
      minutes: 5,
      on: true,
      names: [text, "bob"],
      ref: text,
    })),
  recording: (to) => [{ event: "recording", stream: 1, seconds: 5, to }],
  level: () => [{ event: "level", stream: 1, dbfs: -20, peak: -10, left: 3 }],
  "voice-started": (text) => [
    { event: "voice-started", stream: 2, from: text },
    { event: "voice-started", stream: 2, from: "bob", to: text },
  ],
  "voice-ended": (from) => [
    { event: "voice-ended", stream: 1, from: "alice", seconds: 3, reason: "done", concealed: 0.5 },
    { event: "voice-ended", stream: 2, from, seconds: 3, reason: "lost", clip: 7 },
  ],
  warning: (message) => [{ event: "warning", code: "silent", message }],
  volume: (name) => [{ event: "volume", percent: 50, name }],
  muted: (name) => [{ event: "muted", name, muted: true }],
  clips: (text) => [
    {
      event: "clips",
      clips: [
        { clip: 1, from: text, at, seconds: 3 },
        { clip: 2, from: "bob", to: text, at: text, seconds: 3 },
      ],
    },
  ],
  playing: (from) => [{ event: "playing", clip: 1, from, seconds: 3 }],
  played: () => [{ event: "played", clip: 1 }],
  saved: (file) => [{ event: "saved", clip: 1, file, seconds: 3 }],
  connection: () => [
    { event: "connection", state: "lost" },
    { event: "connection", state: "restored" },
  ],
  error: (text) => [{ event: "error", code: text, message: text, ref: text, text }],
};

/** All of them, in an order that one terminal can be shown. */
export function hostileEvents(text: string): ClientEvent[] {
  return Object.values(table).flatMap((events): ClientEvent[] => events(text));
}
