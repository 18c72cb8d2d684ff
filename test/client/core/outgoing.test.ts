/** Our own lines until they are answered, and a connection that may be gone: what waits, what is refused, what is given up. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent, Command } from "../../../lib/client/api.ts";
import type { ChatEffect } from "../../../lib/client/core/state.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import { at, createListening, createScene, createSpeaking, pass, shown, welcomeOf } from "./scene.ts";

function shownIn(effects: ChatEffect[]): ClientEvent[] {
  return effects.flatMap((effect) => (effect.type === "show" ? [effect.event] : []));
}

const lost = { type: "connection", state: "lost" } as const;

describe("a line that waits", () => {
  test("is shown when it has waited for a while, and no more when it is confirmed", () => {
    const scene = createScene(false);
    expect(shownIn(scene.wish({ type: "say", text: "hi" }))).toEqual([]);
    pass(scene, 300);
    expect(shownIn(scene.timer())).toEqual([]);
    pass(scene, 200);
    expect(shownIn(scene.timer())).toEqual([{ type: "pending", lines: [{ text: "hi" }] }]);
    expect(shownIn(scene.timer())).toEqual([]);
    const said = { id: 42, from: "alice", text: "hi", at };
    expect(shownIn(scene.server({ type: "said", ...said, ref: "me-1" }))).toEqual([
      { type: "said", ...said },
      { type: "pending", lines: [] },
    ]);
  });

  test("is shown at once without a connection, all of them each time", () => {
    const scene = createScene(false);
    scene.lose();
    expect(shownIn(scene.wish({ type: "say", text: "one" }))).toEqual([
      { type: "pending", lines: [{ text: "one" }] },
    ]);
    expect(shownIn(scene.wish({ type: "whisper", to: "bob", text: "two" }))).toEqual([
      { type: "pending", lines: [{ text: "one" }, { text: "two", to: "bob" }] },
    ]);
    expect(scene.chat.unconfirmed()).toBe(2);
  });

  test("is given back when too many wait", () => {
    const scene = createScene(false);
    scene.lose();
    for (let line = 0; line < limits.pendingLinesMax; line += 1) scene.wish({ type: "say", text: "x" });
    expect(shownIn(scene.wish({ type: "say", text: "one more", ref: "r" }))).toMatchObject([
      { type: "error", code: "busy", text: "one more", ref: "r" },
    ]);
    expect(scene.chat.unconfirmed()).toBe(limits.pendingLinesMax);
  });

  test("goes out when those before it are answered, so that no number of lines is too much for a connection", () => {
    const scene = createScene(false);
    scene.lose();
    const text = "x".repeat(limits.textCharsMax);
    for (let line = 1; line <= limits.pendingLinesMax; line += 1) scene.wish({ type: "say", text });
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

  test("that the server cannot save is given back", () => {
    const scene = createScene(false);
    scene.wish({ type: "say", text: "hi", ref: "r1" });
    const refused = { code: "not-saved", message: "The disk is full." };
    expect(scene.server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1", text: "hi" }),
    ]);
    expect(scene.chat.unconfirmed()).toBe(0);
  });

  test("for somebody who is away says so when it is confirmed", () => {
    const scene = createScene(false);
    scene.wish({ type: "whisper", to: "bob", text: "hi", ref: "r1" });
    const whispered = { id: 42, from: "alice", to: "bob", text: "hi", at };
    expect(scene.server({ type: "whispered", ...whispered, away: true, ref: "me-1" })).toEqual([
      shown({ type: "whispered", ...whispered, ref: "r1", away: true }),
    ]);
  });
});

describe("leaving without a connection", () => {
  test("tells of every line whether it may have got through", () => {
    const scene = createScene(false);
    scene.wish({ type: "say", text: "sent", ref: "r1" });
    scene.lose();
    scene.wish({ type: "say", text: "unsent", ref: "r2" });
    const told = shownIn(scene.session("give-up"));
    expect(told).toMatchObject([
      { code: "not-confirmed", message: expect.stringContaining("not known"), ref: "r1", text: "sent" },
      { code: "not-confirmed", message: expect.stringContaining("not sent"), ref: "r2", text: "unsent" },
      { type: "pending", lines: [] },
    ]);
    expect([scene.chat.unconfirmed(), scene.chat.hasFailed()]).toEqual([0, true]);
  });
});

describe("without a connection", () => {
  const wishes: Command[] = [
    { type: "who" },
    { type: "rename", name: "x" },
    { type: "record" },
    { type: "talk" },
    { type: "clips" },
    { type: "play" },
    { type: "save", clip: 1, file: "x.wav" },
    { type: "history" },
    { type: "search", words: "x" },
  ];
  test.each(wishes)("%j is refused at once", (wish) => {
    const scene = createScene();
    scene.lose();
    expect(shownIn(scene.wish(wish))).toMatchObject([{ type: "error", code: "not-connected" }]);
  });

  test.each([
    { type: "volume", percent: 50 },
    { type: "mute", name: "bob" },
  ] as Command[])("%j works as ever", (wish) => {
    const scene = createScene();
    scene.lose();
    expect(shownIn(scene.wish(wish))[0]?.type).not.toBe("error");
  });
});

describe("a connection that is lost", () => {
  test("is told once", () => {
    const scene = createScene(false);
    expect(scene.lose()).toEqual([shown(lost)]);
    expect(scene.lose()).toEqual([]);
  });

  test("answers nothing any more that was asked", () => {
    const scene = createScene(false);
    scene.wish({ type: "rename", name: "alicia", ref: "r1" });
    scene.wish({ type: "search", words: "x", ref: "r2" });
    expect(shownIn(scene.lose())).toMatchObject([
      lost,
      { type: "error", code: "connection-lost", ref: "r1" },
      { type: "error", code: "connection-lost", ref: "r2" },
    ]);
    expect(scene.chat.unconfirmed()).toBe(0);
  });

  test("closes the microphone", () => {
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

  test("ends the turns of others", () => {
    const scene = createListening();
    expect(scene.lose()).toContainEqual({ type: "play-end", stream: 8, how: "drain" });
  });

  test("comes back with those who are here now, and our name as the server has it", () => {
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

describe("asking for lines", () => {
  test("brings them, with the reference of who asked", () => {
    const scene = createScene(false);
    expect(scene.wish({ type: "history", before: 9, ref: "r1" })).toEqual([
      { type: "send", message: { type: "history", before: 9, limit: limits.earlierLines, ref: "me-1" } },
    ]);
    const entry = { id: 8, from: "bob", text: "x", at };
    expect(
      shownIn(scene.server({ type: "history", ref: "me-1", entries: [entry], more: true, since: 1 })),
    ).toEqual([{ type: "history", cause: "history", entries: [entry], more: true, ref: "r1" }]);
    expect(scene.wish({ type: "search", words: " two  words ", limit: 5 })).toEqual([
      { type: "send", message: { type: "search", words: "two  words", limit: 5, ref: "me-2" } },
    ]);
  });

  test.each([
    [{ type: "history", limit: 0 }, "bad-limit"],
    [{ type: "history", limit: limits.historyPageMax + 1 }, "bad-limit"],
    [{ type: "history", limit: 1.5 }, "bad-limit"],
    [{ type: "history", before: -1 }, "bad-limit"],
    [{ type: "search", words: " " }, "search-empty"],
  ] as [Command, string][])("%j is refused with %s", (wish, code) => {
    expect(shownIn(createScene(false).wish(wish))).toMatchObject([{ type: "error", code }]);
  });
});
