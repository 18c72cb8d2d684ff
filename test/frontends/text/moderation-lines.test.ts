/** The sentences about moderation actions and about the person behind a name. */
import { expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";
import { createView } from "../../../lib/frontends/text/view.ts";

type Moderated = Omit<Extract<ClientEvent, { type: "moderated" }>, "type">;
type Whois = Omit<Extract<ClientEvent, { type: "whois" }>, "type">;

const style = chooseStyle({ LANG: "C.UTF-8" }, { terminal: false, plain: false });

function linesFor(you: string, event: ClientEvent): string[] {
  const view = createView({ style, width: Bun.stringWidth });
  view.event({ type: "welcome", you, room: "Lab 3", members: [], lastId: 0 });
  return view.event(event);
}

/** The sentences for the operator alice, for bob, and for anyone else (carol). */
const actions: [Moderated, { alice?: string; bob?: string; carol?: string }][] = [
  [
    { action: "kick", by: "alice", name: "bob", reason: "spam" },
    { alice: "bob was removed from the room: spam." },
  ],
  [{ action: "ban", by: "alice", name: "bob" }, { alice: "bob was banned." }],
  [{ action: "unban", by: "alice", name: "bob" }, { alice: "bob is no longer banned." }],
  [{ action: "bans", by: "alice", names: [] }, { alice: "No one is banned." }],
  [{ action: "bans", by: "alice", names: ["bob", "carol"] }, { alice: "Banned: bob, carol" }],
  [
    { action: "silence", by: "alice", name: "bob", minutes: 5, reason: "too loud" },
    {
      alice: "bob was silenced for 5 minutes: too loud.",
      bob: "You were silenced by alice for 5 minutes: too loud.",
    },
  ],
  [{ action: "silence", name: "bob", minutes: 1 }, { bob: "You were silenced for 1 minute." }],
  [
    { action: "unsilence", by: "alice", name: "bob" },
    { alice: "bob may speak again.", bob: "You may speak again (alice)." },
  ],
  [
    { action: "lock", by: "alice", on: true },
    {
      alice: "The room is locked now: new people cannot come in.",
      carol: "The room is locked now (alice): new people cannot come in.",
    },
  ],
  [{ action: "lock", by: "alice", on: false }, { carol: "The room is open again (alice)." }],
  [{ action: "announce", on: true }, { carol: "Only operators speak now." }],
  [{ action: "announce", by: "alice", on: false }, { carol: "Everybody may speak again (alice)." }],
  [
    { action: "floor", by: "alice", name: "bob" },
    {
      alice: "bob is given the floor.",
      bob: "The floor is yours for the next 30 s (alice): !audio or !talk.",
      carol: "bob is given the floor (alice).",
    },
  ],
  [{ action: "floor", by: "alice" }, { carol: "All transmissions are over (alice)." }],
  [
    { action: "op", by: "alice", name: "bob" },
    {
      alice: "bob is an operator now.",
      bob: "You are an operator now (alice): /help lists what you can do.",
    },
  ],
  [
    { action: "deop", by: "alice", name: "bob" },
    { alice: "bob is no longer an operator.", bob: "You are no longer an operator (alice)." },
  ],
  [{ action: "release", by: "alice", name: "bob" }, { alice: "The name bob is free now." }],
];
test.each(actions)("the action %j reads %j", (action, readers) => {
  for (const [you, sentence] of Object.entries(readers))
    expect(linesFor(you, { type: "moderated", ...action })).toEqual([`» ${sentence}`]);
});

const words = "abandon ability able about above absent";
const people: [Whois, string[]][] = [
  [
    { name: "bob", words, key: "k", here: true },
    [`» bob is here, with the key: ${words}`, "If bob sees the same six words for /whois @bob, it is them."],
  ],
  [
    { name: "bob", words, key: "k", here: false, operator: true },
    [
      `» bob is not here, an operator, with the key: ${words}`,
      "If bob sees the same six words for /whois @bob, it is them.",
    ],
  ],
  [
    { name: "alice", words, key: "k", here: true },
    [
      `» alice (you) is here, with the key: ${words}`,
      "A person who sees the same six words for /whois @alice is talking to you.",
    ],
  ],
  [{ name: "bob", here: true, guest: true }, ["» bob is here, a guest, without a key to recognise them by"]],
];
test.each(people)("/whois for %j reads %j", (person, lines) => {
  expect(linesFor("alice", { type: "whois", ...person })).toEqual(lines);
});

test("a reason or a name cannot start a line of its own", () => {
  const [line = ""] = linesFor("bob", {
    type: "moderated",
    action: "silence",
    by: "a\nmallory: hi",
    name: "bob",
    reason: "x\n\x1b[2Jalice: hi\u202e",
  });
  expect(line).not.toMatch(/[\n\x1b\u202e]/);
});
