/** Every event that a front end can be shown, with one text in each of its fields that others may have written. */

import type { ClientEvent } from "../../lib/client/api.ts";
import { moderationActions } from "../../lib/protocol/messages.ts";

const at = "2026-11-22T10:00:00.000Z";

/** A row for each kind, so that the compiler names a kind that is missing. */
type Table = { [Kind in ClientEvent["type"]]: (text: string) => Extract<ClientEvent, { type: Kind }>[] };

const table: Table = {
  welcome: (text) => [
    { type: "welcome", you: text, room: text, members: [text, "bob"], lastId: 0, motd: text },
    { type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 },
  ],
  said: (text) => [
    { type: "said", id: 1, from: text, text, at },
    { type: "said", id: 1, from: "bob", text, at },
    { type: "said", id: 1, from: "bob", text: "hi", at: text, late: true },
    { type: "said", id: 1, from: "bob", text, at, ref: text, late: true },
  ],
  whispered: (text) => [
    { type: "whispered", id: 1, from: text, to: text, text, at },
    { type: "whispered", id: 1, from: "alice", to: text, text, at, away: true },
    { type: "whispered", id: 1, from: "bob", to: "alice", text, at: text, late: true },
  ],
  history: (text) => [
    {
      type: "history",
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
    { type: "pending", lines: [{ text }, { text, to: text }, { text: "hi", to: text }] },
    { type: "pending", lines: [] },
  ],
  joined: (name) => [{ type: "joined", name }],
  left: (name) => [{ type: "left", name, reason: "kicked" }],
  renamed: (text) => [
    { type: "renamed", from: text, to: text },
    { type: "renamed", from: "bob", to: text },
  ],
  members: (text) => [{ type: "members", names: [text, "bob", text] }],
  whois: (text) => [
    { type: "whois", name: text, words: text, key: text, here: true, ref: text },
    { type: "whois", name: text, guest: true, here: false },
  ],
  moderated: (text) =>
    moderationActions.map((action) => ({
      type: "moderated",
      action,
      by: text,
      name: text,
      reason: text,
      minutes: 5,
      on: true,
      names: [text, "bob"],
      ref: text,
    })),
  recording: (to) => [{ type: "recording", stream: 1, seconds: 5, to }],
  level: () => [{ type: "level", stream: 1, dbfs: -20, peak: -10, left: 3 }],
  "voice-started": (text) => [
    { type: "voice-started", stream: 2, from: text },
    { type: "voice-started", stream: 2, from: "bob", to: text },
  ],
  "voice-ended": (from) => [
    { type: "voice-ended", stream: 1, from: "alice", seconds: 3, reason: "done", concealed: 0.5 },
    { type: "voice-ended", stream: 2, from, seconds: 3, reason: "lost", clip: 7 },
  ],
  warning: (message) => [{ type: "warning", code: "default-device", message }],
  volume: (name) => [{ type: "volume", percent: 50, name }],
  muted: (name) => [{ type: "muted", name, muted: true }],
  clips: (text) => [
    {
      type: "clips",
      clips: [
        { clip: 1, from: text, at, seconds: 3 },
        { clip: 2, from: "bob", to: text, at: text, seconds: 3 },
      ],
    },
  ],
  playing: (from) => [{ type: "playing", clip: 1, from, seconds: 3 }],
  played: () => [{ type: "played", clip: 1 }],
  saved: (file) => [{ type: "saved", clip: 1, file, seconds: 3 }],
  connection: (text) => [
    { type: "connection", state: "lost" },
    { type: "connection", state: "lost", reason: text, message: text },
    { type: "connection", state: "restored" },
  ],
  error: (text) => [
    { type: "error", code: text, message: text, ref: text, text },
    { type: "error", code: "no-such-name", name: text, text },
    { type: "error", code: "save-failed", file: text, detail: text },
  ],
};

/** All events, in an order that is possible in one session. */
export function hostileEvents(text: string): ClientEvent[] {
  return Object.values(table).flatMap((events): ClientEvent[] => events(text));
}
