/** Tests the words of the questions and notices from before the chat. */
import { describe, expect, test } from "bun:test";
import type { Notice, Question, RoomChoice } from "../../../lib/client/api.ts";
import { createPrompter } from "../../../lib/frontends/text/prompter.ts";

const rooms: RoomChoice[] = [
  { room: "Lab 3", host: "lab.local", port: 4050, needsPassphrase: false, isKnown: true },
  { room: "Lab 4", host: "lab.local", port: 4051, needsPassphrase: true, isKnown: false },
];

describe("the prompter", () => {
  test.each([
    [{ type: "name", fallback: "alice" }, "Your name:", { fallback: "alice" }],
    [{ type: "passphrase" }, "Passphrase:", { secret: true }],
    [{ type: "room" }, "Which one?", { fallback: "1" }],
  ] as [Question, string, object][])(
    "the question %j is asked as %j with %j",
    async (question, prompt, details) => {
      const asked: unknown[] = [];
      const prompter = createPrompter({
        async ask(...call) {
          asked.push(call);
          return "an answer";
        },
        note() {},
      });
      expect(await prompter.ask(question)).toBe("an answer");
      const { signal } = new AbortController();
      await prompter.ask(question, signal);
      expect(asked).toEqual([
        [prompt, details],
        [prompt, { ...details, signal }],
      ]);
    },
  );

  test.each([
    [{ type: "refused", error: { code: "name-taken", message: "Taken\u001b[2J." } }, ["Taken[2J."]],
    [{ type: "bad-answer", to: "name", max: 24 }, ['A name is 1 to 24 letters, digits, "_", "-" or ".".']],
    [{ type: "bad-answer", to: "room", max: 2 }, ["Type a number from 1 to 2."]],
    [
      { type: "looking" },
      ["Looking for a room on this network… start one with holler-server, or name one with --server HOST"],
    ],
    [
      { type: "looking", room: "Lab 3" },
      [
        "Looking for the room Lab 3 on this network… start one with holler-server, or name one with --server HOST",
      ],
    ],
    [
      { type: "rooms", rooms },
      [
        "Rooms on this network:",
        "  1  Lab 3  (lab.local:4050, you were here before)",
        "  2  Lab 4  (lab.local:4051, needs a passphrase)",
      ],
    ],
    [
      { type: "first-time", identity: "SHA256:abc" },
      ["First time here. The server's identity is SHA256:abc"],
    ],
    [
      { type: "verified", identity: "SHA256:abc" },
      ["The server knows the passphrase, too. Its identity is SHA256:abc"],
    ],
  ] as [Notice, string[]][])("the notice %j is printed as %j", (notice, lines) => {
    const printed: string[] = [];
    createPrompter({ ask: async () => undefined, note: (text) => void printed.push(text) }).tell(notice);
    expect(printed).toEqual(lines);
  });
});
