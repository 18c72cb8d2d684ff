/** Every wish of a person and every message of a server, and what the client makes of it. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent, Command } from "../../../lib/client/api.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import { at, beforeWelcome, createScene, sentence, shown, welcomeOf } from "./scene.ts";

describe("what a person wishes", () => {
  test("is sent with a ref of its own each time", () => {
    const { wish } = createScene();
    expect(wish({ type: "say", text: "hi" })).toEqual([
      { type: "send", message: { type: "say", text: "hi", ref: "me-1" } },
    ]);
    expect(wish({ type: "whisper", to: "bob", text: "psst" })).toEqual([
      { type: "send", message: { type: "whisper", to: "bob", text: "psst", ref: "me-2" } },
    ]);
    expect(wish({ type: "rename", name: "al" })).toEqual([
      { type: "send", message: { type: "rename", name: "al", ref: "me-3" } },
    ]);
  });

  test("who needs no ref", () => {
    expect(createScene().wish({ type: "who" })).toEqual([{ type: "send", message: { type: "who" } }]);
  });

  test("to quit is told to the server, and then we leave", () => {
    expect(createScene().wish({ type: "quit" })).toEqual([
      { type: "send", message: { type: "quit" } },
      { type: "leave" },
    ]);
  });

  test("to stop means nothing while nothing is recorded", () => {
    const { wish } = createScene();
    expect(wish({ type: "stop" })).toEqual([]);
    expect(wish({ type: "cancel" })).toEqual([]);
  });
});

describe("what is said", () => {
  test("by others is shown", () => {
    const said = { id: 42, from: "bob", text: "hi", at };
    expect(createScene().server({ type: "said", ...said })).toEqual([shown({ type: "said", ...said })]);
    const whispered = { ...said, to: "alice" };
    expect(createScene().server({ type: "whispered", ...whispered })).toEqual([
      shown({ type: "whispered", ...whispered }),
    ]);
  });

  test("by us is confirmed with the ref that the script gave", () => {
    const { chat, wish, server } = createScene();
    wish({ type: "say", text: "hi", ref: "r1" });
    expect(chat.unconfirmed()).toBe(1);
    const said = { id: 42, from: "alice", text: "hi", at };
    expect(server({ type: "said", ...said, ref: "me-1" })).toEqual([
      shown({ type: "said", ...said, ref: "r1" }),
    ]);
    expect(chat.unconfirmed()).toBe(0);
  });

  test("by us is confirmed without a ref where the script gave none", () => {
    const { wish, server } = createScene();
    wish({ type: "whisper", to: "bob", text: "psst" });
    const whispered = { id: 42, from: "alice", to: "bob", text: "psst", at };
    expect(server({ type: "whispered", ...whispered, ref: "me-1" })).toEqual([
      shown({ type: "whispered", ...whispered }),
    ]);
  });
});

describe("what is refused", () => {
  const refusal = { type: "error", code: "text-too-long", message: "Too long." } as const;

  test.each([
    [{ type: "say", text: "hi" } as const, "hi"],
    [{ type: "whisper", to: "bob", text: "hi" } as const, "@bob hi"],
  ])("comes with what was typed: %j", (intent, text) => {
    const { chat, wish, server } = createScene();
    wish({ ...intent, ref: "r1" });
    expect(server({ ...refusal, ref: "me-1" })).toEqual([
      shown({ type: "error", code: "text-too-long", message: "Too long.", ref: "r1", text }),
    ]);
    expect(chat.unconfirmed()).toBe(0);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("without our having asked is shown, but is no failure of ours", () => {
    const { chat, server } = createScene();
    const expected = [shown({ type: "error", code: "text-too-long", message: "Too long." })];
    expect(server(refusal)).toEqual(expected);
    expect(server({ ...refusal, ref: "not-ours" })).toEqual(expected);
    expect(chat.hasFailed()).toBeFalse();
  });
});

describe("what the server would refuse or take for a broken program is not sent", () => {
  const tooLong = sentence("text-too-long", { max: 4_000 });
  const noSuchName = (name: string) => sentence("no-such-name", { name });
  const long = '"'.repeat(40_000);
  const refused: [string, Command, ClientEvent][] = [
    ["40,000 quotes", { type: "say", text: long }, { type: "error", ...tooLong, text: long }],
    [
      "one character too many",
      { type: "say", text: "😀".repeat(4_001) },
      { type: "error", ...tooLong, text: "😀".repeat(4_001) },
    ],
    [
      "nothing",
      { type: "say", text: " \u001b " },
      { type: "error", ...sentence("text-empty"), text: " \u001b " },
    ],
    [
      "a whisper of nothing",
      { type: "whisper", to: "bob", text: "" },
      { type: "error", ...sentence("text-empty"), text: "@bob " },
    ],
    [
      "a whisper that is too long",
      { type: "whisper", to: "bob", text: long },
      { type: "error", ...tooLong, text: `@bob ${long}` },
    ],
    [
      "a whisper to what is no name",
      { type: "whisper", to: "x".repeat(5_000), text: "hi" },
      { type: "error", ...noSuchName("x".repeat(24)), text: `@${"x".repeat(5_000)} hi` },
    ],
    [
      "a name that is none",
      { type: "rename", name: "x".repeat(5_000) },
      { type: "error", ...sentence("name-invalid", { max: 24 }) },
    ],
  ];
  test.each(refused)("%s", (_, intent, event) => {
    const { chat, wish } = createScene();
    expect(wish({ ...intent, ref: "r1" } as Command)).toEqual([
      shown({ ...event, ref: "r1" } as ClientEvent),
    ]);
    expect(chat.hasFailed()).toBeTrue();
    expect(chat.isBusy()).toBeFalse();
  });

  test("a text is sent as everybody will read it", () => {
    const text = `${"\u0000".repeat(70_000)}😀 hi\n`;
    expect(createScene().wish({ type: "say", text })).toEqual([
      { type: "send", message: { type: "say", text: "😀 hi", ref: "me-1" } },
    ]);
  });
});

describe("a server without measure", () => {
  const names = Array.from({ length: 10_010 }, (_, index) => `n${index}`);

  test("has no more members than a room may have", () => {
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

  test("has no longer names than there are", () => {
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

describe("who is here", () => {
  test("is shown on coming in", () => {
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

  test("follows those who come and go", () => {
    const { chat, server } = createScene();
    expect(server({ type: "joined", name: "carol" })).toEqual([shown({ type: "joined", name: "carol" })]);
    expect(chat.others()).toEqual(["bob", "carol"]);
    const left = { name: "bob", reason: "lost" } as const;
    expect(server({ type: "left", ...left })).toEqual([shown({ type: "left", ...left })]);
    expect(chat.others()).toEqual(["carol"]);
  });

  test("follows new names, our own included", () => {
    const { chat, wish, server } = createScene();
    server({ type: "renamed", from: "bob", to: "rob" });
    expect(chat.others()).toEqual(["rob"]);
    wish({ type: "rename", name: "al" });
    expect(server({ type: "renamed", from: "alice", to: "al", ref: "me-1" })).toEqual([
      shown({ type: "renamed", from: "alice", to: "al" }),
    ]);
    expect(chat.others()).toEqual(["rob"]);
    expect(chat.isBusy()).toBeFalse();
    server({ type: "renamed", from: "al", to: "alice" });
    expect(chat.others()).toEqual(["rob"]);
  });

  test("is shown when it was asked for", () => {
    const names = ["alice", "bob"];
    expect(createScene().server({ type: "members", names })).toEqual([shown({ type: "members", names })]);
  });
});

test("a goodbye is left to whoever holds the connection", () => {
  expect(createScene().server({ type: "goodbye", code: "server-stopped", message: "Bye." })).toEqual([]);
});

describe("a server's text is cleaned before it is shown", () => {
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
    "%s",
    (_, message) => {
      const events = JSON.stringify(createScene().server(message));
      expect(events).not.toMatch(/\\u00(?!0a)|\\n|[\u007f-\u009f\u202e]/);
    },
  );
});
