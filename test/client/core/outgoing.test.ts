/** Tests our own lines until they are answered, lost connections, and history queries. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent, Command } from "../../../lib/client/api.ts";
import type { ChatEffect } from "../../../lib/client/core/chat-io.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import { at, createListening, createScene, createSpeaking, pass, shown, welcomeOf } from "./scene.ts";

function shownIn(effects: ChatEffect[]): ClientEvent[] {
  return effects.flatMap((effect) => (effect.type === "show" ? [effect.event] : []));
}

const lost = { type: "connection", state: "lost" } as const;

describe("waiting lines", () => {
  test("a line is shown as pending after it has waited for a while, until it is confirmed", () => {
    const scene = createScene(false);
    expect(shownIn(scene.command({ type: "say", text: "hi" }))).toEqual([]);
    pass(scene, 300);
    expect(shownIn(scene.tick())).toEqual([]);
    pass(scene, 200);
    expect(shownIn(scene.tick())).toEqual([{ type: "pending", lines: [{ text: "hi" }] }]);
    expect(shownIn(scene.tick())).toEqual([]);
    const said = { id: 42, from: "alice", text: "hi", at };
    expect(shownIn(scene.server({ type: "said", ...said, ref: "me-1" }))).toEqual([
      { type: "said", ...said },
      { type: "pending", lines: [] },
    ]);
  });

  test("without a connection every line is shown as pending at once, all of them each time", () => {
    const scene = createScene(false);
    scene.lose();
    expect(shownIn(scene.command({ type: "say", text: "one" }))).toEqual([
      { type: "pending", lines: [{ text: "one" }] },
    ]);
    expect(shownIn(scene.command({ type: "whisper", to: "bob", text: "two" }))).toEqual([
      { type: "pending", lines: [{ text: "one" }, { text: "two", to: "bob" }] },
    ]);
    expect(scene.chat.unconfirmed()).toBe(2);
  });

  test("a line is refused with `busy` when too many wait for the connection", () => {
    const scene = createScene(false);
    scene.lose();
    for (let line = 0; line < limits.pendingLinesMax; line += 1) scene.command({ type: "say", text: "x" });
    expect(shownIn(scene.command({ type: "say", text: "one more", ref: "r" }))).toMatchObject([
      { type: "error", code: "busy", text: "one more", ref: "r" },
    ]);
    expect(scene.chat.unconfirmed()).toBe(limits.pendingLinesMax);
  });

  test("lines are sent as earlier ones are answered, so that the lines in flight always fit the outbox", () => {
    const scene = createScene(false);
    scene.lose();
    const text = "x".repeat(limits.textCharsMax);
    for (let line = 1; line <= limits.pendingLinesMax; line += 1) scene.command({ type: "say", text });
    const sentIn = (effects: ChatEffect[]) =>
      effects.flatMap((effect) =>
        effect.type === "send" && effect.message.type === "say" ? [effect.message] : [],
      );
    const sent = sentIn(scene.server(welcomeOf({})));
    for (let id = 1; id <= limits.pendingLinesMax; id += 1) {
      const { ref = "" } = sent[id - 1] ?? {};
      expect(ref).toBe(`me-${id}`);
      const onWay = sent.slice(id - 1).map((message) => encodeClientMessage(message).length);
      expect(onWay.reduce((sum, bytes) => sum + bytes)).toBeLessThan(limits.outboxBytesMax);
      sent.push(...sentIn(scene.server({ type: "said", id: 41 + id, from: "alice", text, at, ref })));
    }
    expect([sent.length, scene.chat.unconfirmed()]).toEqual([limits.pendingLinesMax, 0]);
  });

  test("a line that the server cannot save comes back with its text", () => {
    const scene = createScene(false);
    scene.command({ type: "say", text: "hi", ref: "r1" });
    const refused = { code: "not-saved", message: "The clipSaved is full." };
    expect(scene.server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1", text: "hi" }),
    ]);
    expect(scene.chat.unconfirmed()).toBe(0);
  });

  test("the confirmation of a whisper says that its receiver is away", () => {
    const scene = createScene(false);
    scene.command({ type: "whisper", to: "bob", text: "hi", ref: "r1" });
    const whispered = { id: 42, from: "alice", to: "bob", text: "hi", at };
    expect(scene.server({ type: "whispered", ...whispered, away: true, ref: "me-1" })).toEqual([
      shown({ type: "whispered", ...whispered, ref: "r1", away: true }),
    ]);
  });
});

describe("giving up", () => {
  test("each unconfirmed line is given back with whether it may have arrived", () => {
    const scene = createScene(false);
    scene.command({ type: "say", text: "sent", ref: "r1" });
    scene.lose();
    scene.command({ type: "say", text: "unsent", ref: "r2" });
    const told = shownIn(scene.end("give-up"));
    expect(told).toMatchObject([
      { code: "not-confirmed", fate: "unknown", ref: "r1", text: "sent" },
      { code: "not-confirmed", fate: "unsent", ref: "r2", text: "unsent" },
      { type: "pending", lines: [] },
    ]);
    expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([0, true]);
  });
});

describe("commands without a connection", () => {
  const commands: Command[] = [
    { type: "who" },
    { type: "rename", name: "x" },
    { type: "record" },
    { type: "talk" },
    { type: "clips" },
    { type: "play" },
    { type: "save", clip: 1, file: "x.wav" },
    { type: "history" },
    { type: "search", words: "x" },
    { type: "whois", name: "bob" },
    { type: "moderate", action: "lock", on: true },
  ];
  test.each(commands)("%j is refused with `not-connected` while the connection is lost", (command) => {
    const scene = createScene();
    scene.lose();
    expect(shownIn(scene.command(command))).toMatchObject([{ type: "error", code: "not-connected" }]);
  });

  test.each([
    { type: "volume", percent: 50 },
    { type: "mute", name: "bob" },
  ] as Command[])("%j is carried out while the connection is lost", (command) => {
    const scene = createScene();
    scene.lose();
    expect(shownIn(scene.command(command))[0]?.type).not.toBe("error");
  });
});

describe("a lost connection", () => {
  test("a lost connection is shown once", () => {
    const scene = createScene(false);
    expect(scene.lose()).toEqual([shown(lost)]);
    expect(scene.lose()).toEqual([]);
  });

  test("the reason of the server is shown, and another one when it does not let us in again", () => {
    const scene = createScene(false);
    const reason = (code: string) => ({ code, message: `${code}\u202e.` });
    const lostFor = (code: string) => ({ ...lost, reason: code, message: `${code}.` });
    const keptOut = (code: string) =>
      shownIn(scene.chat.handle({ type: "kept-out", why: reason(code) }, scene.now));
    expect(keptOut("room-full")).toEqual([]);
    const stopped = { type: "connection-lost", why: reason("server-stopped") } as const;
    expect(shownIn(scene.chat.handle(stopped, scene.now))).toEqual([lostFor("server-stopped")]);
    expect(keptOut("room-full")).toEqual([lostFor("room-full")]);
    expect(keptOut("room-full")).toEqual([]);
    expect(keptOut("room-locked")).toEqual([lostFor("room-locked")]);
    scene.server(welcomeOf({}));
    expect(shownIn(scene.lose())).toEqual([lost]);
  });

  test("every unanswered request fails with `connection-lost`", () => {
    const scene = createScene(false);
    scene.command({ type: "rename", name: "alicia", ref: "r1" });
    scene.command({ type: "search", words: "x", ref: "r2" });
    expect(shownIn(scene.lose())).toMatchObject([
      lost,
      { type: "error", code: "connection-lost", ref: "r1" },
      { type: "error", code: "connection-lost", ref: "r2" },
    ]);
    expect(scene.chat.unconfirmed()).toBe(0);
  });

  test("the microphone closes, and our transmission ends as lost", () => {
    const scene = createSpeaking();
    const effects = scene.lose();
    expect(effects).toContainEqual({ type: "cancel-recording" });
    expect(shownIn(effects)).toContainEqual({
      type: "voice-ended",
      stream: 7,
      from: "alice",
      seconds: 0,
      reason: "lost",
    });
    expect(scene.chat.isBusy()).toBeFalse();
  });

  test("the streams of others are drained", () => {
    const scene = createListening();
    expect(scene.lose()).toContainEqual({ type: "play-end", stream: 8, how: "drain" });
  });

  test("a reconnect shows our new name and the changes of the roster", () => {
    const scene = createScene(false);
    scene.server({ type: "joined", name: "carol" });
    scene.lose();
    const back = scene.server(welcomeOf({ you: "alice-2", members: ["carol", "dave"] }));
    expect(shownIn(back)).toEqual([
      { type: "connection", state: "restored" },
      { type: "renamed", from: "alice", to: "alice-2" },
      { type: "left", name: "bob", reason: "lost" },
      { type: "joined", name: "dave" },
    ]);
    expect([scene.chat.others(), scene.chat.you()]).toEqual([["carol", "dave"], "alice-2"]);
  });
});

describe("history queries", () => {
  test("a query is sent with a limit, and its lines come with the reference of the script", () => {
    const scene = createScene(false);
    expect(scene.command({ type: "history", before: 9, ref: "r1" })).toEqual([
      { type: "send", message: { type: "history", before: 9, limit: limits.earlierLines, ref: "me-1" } },
    ]);
    const entry = { id: 8, from: "bob", text: "x", at };
    expect(
      shownIn(scene.server({ type: "history", ref: "me-1", entries: [entry], more: true, since: 1 })),
    ).toEqual([{ type: "history", cause: "history", entries: [entry], more: true, ref: "r1" }]);
    expect(scene.command({ type: "search", words: " two  words ", limit: 5 })).toEqual([
      { type: "send", message: { type: "search", words: "two  words", limit: 5, ref: "me-2" } },
    ]);
  });

  test.each([
    [{ type: "history", limit: 0 }, "bad-limit"],
    [{ type: "history", limit: limits.historyPageMax + 1 }, "bad-limit"],
    [{ type: "history", limit: 1.5 }, "bad-limit"],
    [{ type: "history", before: -1 }, "bad-limit"],
    [{ type: "search", words: " " }, "search-empty"],
  ] as [Command, string][])("the query %j is refused with `%s`", (command, code) => {
    expect(shownIn(createScene(false).command(command))).toMatchObject([{ type: "error", code }]);
  });
});
