/** What operators type, and what it comes to. */
import { expect, test } from "bun:test";
import { moderationActions } from "../../lib/protocol/messages.ts";
import type { ModerationRequest } from "../../lib/protocol/moderation-commands.ts";
import { moderationCommands } from "../../lib/protocol/moderation-commands.ts";

function parse(line: string): ModerationRequest | undefined {
  const [word, ...words] = line.split(" ");
  const command = moderationCommands.find(({ name }) => name === word);
  if (command === undefined) throw new Error(`there is no ${word}`);
  return command.parse(words);
}

test("there is a command for every action, and its usage starts with its name", () => {
  expect(moderationCommands.map(({ action }) => action)).toEqual([...moderationActions]);
  for (const { name, usage } of moderationCommands) expect(usage.split(" ")[0]).toBe(name);
});

const understood: [string, ModerationRequest][] = [
  ["/kick @bob", { action: "kick", name: "bob" }],
  ["/kick bob too loud", { action: "kick", name: "bob", reason: "too loud" }],
  ["/ban @bob 7 times", { action: "ban", name: "bob", reason: "7 times" }],
  ["/unban bob", { action: "unban", name: "bob" }],
  ["/bans", { action: "bans" }],
  ["/silence @bob", { action: "silence", name: "bob" }],
  ["/silence @bob 5", { action: "silence", name: "bob", minutes: 5 }],
  ["/silence @bob 5 too loud", { action: "silence", name: "bob", minutes: 5, reason: "too loud" }],
  ["/silence @bob too loud", { action: "silence", name: "bob", reason: "too loud" }],
  ["/unsilence @bob", { action: "unsilence", name: "bob" }],
  ["/lock", { action: "lock", on: true }],
  ["/lock on", { action: "lock", on: true }],
  ["/lock off", { action: "lock", on: false }],
  ["/announce on", { action: "announce", on: true }],
  ["/announce off", { action: "announce", on: false }],
  ["/floor", { action: "floor" }],
  ["/floor @bob", { action: "floor", name: "bob" }],
  ["/op @bob", { action: "op", name: "bob" }],
  ["/deop bob", { action: "deop", name: "bob" }],
  ["/release bob", { action: "release", name: "bob" }],
];

test.each(understood)("%s", (line, request) => expect(parse(line)).toEqual(request));

test.each([
  "/kick",
  "/kick @",
  "/ban b!b",
  "/unban bob now",
  "/bans all",
  "/silence",
  "/silence @bob 0",
  "/silence @bob 10081",
  "/lock maybe",
  "/lock on off",
  "/announce",
  "/floor @bob now",
  "/op",
  "/release a b",
])("%s does not fit", (line) => expect(parse(line)).toBeUndefined());
