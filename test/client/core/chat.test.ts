/** Tests the commands of a person and the messages of a server that need no other feature. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent, Command } from "../../../lib/client/api.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import { at, beforeWelcome, createScene, shown, welcomeOf } from "./scene.ts";

describe("commands", () => {
  test("each command that the server answers is sent with a client message id of its own", () => {
    const { command } = createScene();
    expect(command({ type: "say", text: "hi" })).toEqual([
      { type: "send", message: { type: "say", text: "hi", ref: "me-1" } },
    ]);
    expect(command({ type: "whisper", to: "bob", text: "psst" })).toEqual([
      { type: "send", message: { type: "whisper", to: "bob", text: "psst", ref: "me-2" } },
    ]);
    expect(command({ type: "rename", name: "al" })).toEqual([
      { type: "send", message: { type: "rename", name: "al", ref: "me-3" } },
    ]);
  });

  test("the command `who` is sent without a client message id", () => {
    expect(createScene().command({ type: "who" })).toEqual([{ type: "send", message: { type: "who" } }]);
  });

  test("`quit` is sent to the server before we leave", () => {
    expect(createScene().command({ type: "quit" })).toEqual([
      { type: "send", message: { type: "quit" } },
      { type: "leave" },
    ]);
  });

  test("`stop` and `cancel` do nothing while nothing is recorded or replayed", () => {
    const { command } = createScene();
    expect(command({ type: "stop" })).toEqual([]);
    expect(command({ type: "cancel" })).toEqual([]);
  });
});

describe("lines", () => {
  test("lines and whispers of others are shown", () => {
    const said = { id: 42, from: "bob", text: "hi", at };
    expect(createScene().server({ type: "said", ...said })).toEqual([shown({ type: "said", ...said })]);
    const whispered = { ...said, to: "alice" };
    expect(createScene().server({ type: "whispered", ...whispered })).toEqual([
      shown({ type: "whispered", ...whispered }),
    ]);
  });

  test("our own line is confirmed with the reference that the script gave", () => {
    const { chat, command, server } = createScene();
    command({ type: "say", text: "hi", ref: "r1" });
    expect(chat.unconfirmed()).toBe(1);
    const said = { id: 42, from: "alice", text: "hi", at };
    expect(server({ type: "said", ...said, ref: "me-1" })).toEqual([
      shown({ type: "said", ...said, ref: "r1" }),
    ]);
    expect(chat.unconfirmed()).toBe(0);
  });

  test("our own line is confirmed without a reference when the script gave none", () => {
    const { command, server } = createScene();
    command({ type: "whisper", to: "bob", text: "psst" });
    const whispered = { id: 42, from: "alice", to: "bob", text: "psst", at };
    expect(server({ type: "whispered", ...whispered, ref: "me-1" })).toEqual([
      shown({ type: "whispered", ...whispered }),
    ]);
  });
});

describe("refusals of the server", () => {
  const refusal = { type: "error", code: "text-too-long", message: "Too long." } as const;

  test.each([
    [{ type: "say", text: "hi" } as const, "hi"],
    [{ type: "whisper", to: "bob", text: "hi" } as const, "@bob hi"],
  ])("the refusal of %j comes with the text that was typed", (typed, text) => {
    const { chat, command, server } = createScene();
    command({ ...typed, ref: "r1" });
    expect(server({ ...refusal, ref: "me-1" })).toEqual([
      shown({ type: "error", code: "text-too-long", message: "Too long.", ref: "r1", text }),
    ]);
    expect(chat.unconfirmed()).toBe(0);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("an error that answers none of our requests is shown and does not count as a failure", () => {
    const { chat, server } = createScene();
    const expected = [shown({ type: "error", code: "text-too-long", message: "Too long." })];
    expect(server(refusal)).toEqual(expected);
    expect(server({ ...refusal, ref: "not-ours" })).toEqual(expected);
    expect(chat.hasFailed()).toBeFalse();
  });
});

describe("commands that the server would refuse", () => {
  const tooLong = { code: "text-too-long", max: 4_000 } as const;
  const long = '"'.repeat(40_000);
  const refused: [string, Command, ClientEvent][] = [
    ["a line of 40,000 quotes", { type: "say", text: long }, { type: "error", ...tooLong, text: long }],
    [
      "a line with one character too many",
      { type: "say", text: "😀".repeat(4_001) },
      { type: "error", ...tooLong, text: "😀".repeat(4_001) },
    ],
    [
      "a line without visible characters",
      { type: "say", text: " \u001b " },
      { type: "error", code: "text-empty", text: " \u001b " },
    ],
    [
      "a whisper without text",
      { type: "whisper", to: "bob", text: "" },
      { type: "error", code: "text-empty", text: "@bob " },
    ],
    [
      "a whisper that is too long",
      { type: "whisper", to: "bob", text: long },
      { type: "error", ...tooLong, text: `@bob ${long}` },
    ],
    [
      "a whisper to an invalid name",
      { type: "whisper", to: "x".repeat(5_000), text: "hi" },
      { type: "error", code: "no-such-name", name: "x".repeat(24), text: `@${"x".repeat(5_000)} hi` },
    ],
    [
      "a rename to an invalid name",
      { type: "rename", name: "x".repeat(5_000) },
      { type: "error", code: "name-invalid", max: 24 },
    ],
  ];
  test.each(refused)("%s is refused here and not sent", (_, typed, event) => {
    const { chat, command } = createScene();
    expect(command({ ...typed, ref: "r1" } as Command)).toEqual([
      shown({ ...event, ref: "r1" } as ClientEvent),
    ]);
    expect(chat.hasFailed()).toBeTrue();
    expect(chat.isBusy()).toBeFalse();
  });

  test("a text is cleaned before it is sent", () => {
    const text = `${"\u0000".repeat(70_000)}😀 hi\n`;
    expect(createScene().command({ type: "say", text })).toEqual([
      { type: "send", message: { type: "say", text: "😀 hi", ref: "me-1" } },
    ]);
  });
});

describe("a server that ignores limits", () => {
  const names = Array.from({ length: 10_010 }, (_, index) => `n${index}`);

  test("no more members are kept than a room may have", () => {
    const { chat, server } = beforeWelcome(false);
    const [welcomed] = server(welcomeOf({ members: names }));
    expect(welcomed).toMatchObject({ event: { members: names.slice(0, 10_000) } });
    server({ type: "joined", name: "late" });
    server({ type: "renamed", from: "n1", to: "m1" });
    const others = new Set(chat.others());
    expect(others.size).toBe(10_000);
    expect([others.has("late"), others.has("m1")]).toEqual([false, true]);
    expect(server({ type: "members", names })[0]).toMatchObject({ event: { names: names.slice(0, 10_000) } });
  });

  test("names are cut to the longest length that a name may have", () => {
    const { chat, server } = createScene();
    expect(server({ type: "joined", name: "😀".repeat(1_000) })).toEqual([
      shown({ type: "joined", name: "😀".repeat(24) }),
    ]);
    expect(chat.others()).toContain("😀".repeat(24));
    const said = { id: 1, from: "x".repeat(4_000), text: "hi", at };
    expect(server({ type: "said", ...said })).toEqual([
      shown({ type: "said", ...said, from: "x".repeat(24) }),
    ]);
  });
});

describe("the roster", () => {
  test("the welcome shows the room, its members and the message of the day", () => {
    const { chat, server } = beforeWelcome(false);
    expect(server(welcomeOf({ members: ["carol", "bob"], motd: "Be kind." }))).toEqual([
      shown({
        type: "welcome",
        you: "alice",
        room: "Lab 3",
        members: ["carol", "bob"],
        lastId: 41,
        motd: "Be kind.",
      }),
    ]);
    expect(chat.others()).toEqual(["bob", "carol"]);
  });

  test("members are added when they join and dropped when they leave", () => {
    const { chat, server } = createScene();
    expect(server({ type: "joined", name: "carol" })).toEqual([shown({ type: "joined", name: "carol" })]);
    expect(chat.others()).toEqual(["bob", "carol"]);
    const left = { name: "bob", reason: "lost" } as const;
    expect(server({ type: "left", ...left })).toEqual([shown({ type: "left", ...left })]);
    expect(chat.others()).toEqual(["carol"]);
  });

  test("renames are followed, our own included", () => {
    const { chat, command, server } = createScene();
    server({ type: "renamed", from: "bob", to: "rob" });
    expect(chat.others()).toEqual(["rob"]);
    command({ type: "rename", name: "al" });
    expect(server({ type: "renamed", from: "alice", to: "al", ref: "me-1" })).toEqual([
      shown({ type: "renamed", from: "alice", to: "al" }),
    ]);
    expect(chat.others()).toEqual(["rob"]);
    expect(chat.isBusy()).toBeFalse();
    server({ type: "renamed", from: "al", to: "alice" });
    expect(chat.others()).toEqual(["rob"]);
  });

  test("a list of members is shown", () => {
    const names = ["alice", "bob"];
    expect(createScene().server({ type: "members", names })).toEqual([shown({ type: "members", names })]);
  });
});

test("a goodbye has no effect in the chat, because the session handles it", () => {
  expect(createScene().server({ type: "goodbye", code: "server-stopped", message: "Bye." })).toEqual([]);
});

describe("control characters of a server", () => {
  const bad = "\x1b[2J\u202eevil\nline\u009b";
  const messages: ServerMessage[] = [
    welcomeOf({
      you: bad,
      room: bad,
      members: [bad],
      motd: bad,
      talking: [{ stream: 1, from: bad, to: bad }],
    }),
    { type: "error", code: "no-floor", message: bad },
    { type: "said", id: 1, from: bad, text: bad, at: bad },
    { type: "whispered", id: 1, from: bad, to: bad, text: bad, at: bad },
    { type: "joined", name: bad },
    { type: "left", name: bad, reason: "quit" },
    { type: "renamed", from: bad, to: bad },
    { type: "members", names: [bad] },
    { type: "voiceStarted", stream: 1, from: bad, to: bad },
    { type: "voiceEnded", stream: 1, from: bad, seconds: 1, reason: "done" },
    { type: "error", code: bad, message: "Oh." },
  ];
  test.each(messages.map((message, index) => [`${index} ${message.type}`, message] as const))(
    "no control character of message %s is shown",
    (_, message) => {
      const events = JSON.stringify(createScene().server(message));
      expect(events).not.toMatch(/\\u00(?!0a)|\\n|[\u007f-\u009f\u202e]/);
    },
  );
});
