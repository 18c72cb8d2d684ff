/** Lines to everyone and to one person: numbered, cleaned, kept and sent, or refused. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import type { Send } from "../../../lib/server/core.ts";
import { deliveries } from "../../support/rooms.ts";
import { beginsAt, createScene, messagesTo, refusalsTo, sent } from "./scene.ts";

describe("a line to everyone", () => {
  test("goes to the others, and then with its ref to the author", () => {
    const scene = createScene();
    const [alice, bob, carol] = [scene.join("alice"), scene.join("bob"), scene.join("carol")];
    const said = { type: "said", id: 42, from: "alice", text: "hi", at: beginsAt } as const;
    const line = { id: 42, from: "alice", text: "hi", at: beginsAt };
    const sends: Send[] = [
      { type: "send", to: [alice, bob, carol], except: alice, message: said },
      { type: "send", to: [alice], message: { ...said, ref: "r" } },
    ];
    expect(scene.tell(alice, { type: "say", text: "hi", ref: "r" })).toEqual([
      { type: "line", line, sends, author: alice, ref: "r" },
    ]);
  });

  test("is confirmed to an author who is alone", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const sends = deliveries(scene.tell(alice, { type: "say", text: "hi", ref: "r" }));
    expect(sends.map(({ to }) => to)).toEqual([[alice]]);
  });

  test("has the next id, and private lines take ids while refused ones do not", () => {
    const scene = createScene();
    const [alice] = [scene.join("alice"), scene.join("bob")];
    const idOf = (effects: Parameters<typeof messagesTo>[1]) => messagesTo(alice, effects)[0];
    expect(idOf(scene.tell(alice, { type: "say", text: "1", ref: "r" }))).toMatchObject({ id: 42 });
    scene.tell(alice, { type: "say", text: " ", ref: "r" });
    scene.tell(alice, { type: "whisper", to: "zack", text: "x", ref: "r" });
    expect(idOf(scene.tell(alice, { type: "whisper", to: "bob", text: "2", ref: "r" }))).toMatchObject({
      id: 43,
    });
    scene.pass(1_500);
    expect(idOf(scene.tell(alice, { type: "say", text: "3", ref: "r" }))).toMatchObject({
      id: 44,
      at: "2026-11-22T10:00:01.500Z",
    });
  });

  test("loses its control characters", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const effects = scene.tell(alice, { type: "say", text: "\x1b[2Jone\nbob: two\u202e", ref: "r" });
    expect(messagesTo(alice, effects)[0]).toMatchObject({ text: "[2Jone bob: two" });
  });
});

describe("a whisper", () => {
  test("goes to its receiver, whose name may be typed in any case, and then to the author, and to no other member", () => {
    const scene = createScene();
    const [alice, bob] = [scene.join("alice"), scene.join("Bob"), scene.join("carol")];
    const whispered = {
      type: "whispered",
      id: 42,
      from: "alice",
      to: "Bob",
      text: "psst",
      at: beginsAt,
    } as const;
    const line = { id: 42, from: "alice", to: "Bob", text: "psst", at: beginsAt };
    const sends: Send[] = [
      { type: "send", to: [bob], except: alice, message: whispered },
      { type: "send", to: [alice], message: { ...whispered, ref: "r" } },
    ];
    expect(scene.tell(alice, { type: "whisper", to: "bob", text: "psst", ref: "r" })).toEqual([
      { type: "line", line, sends, author: alice, ref: "r" },
    ]);
  });

  test("to the author comes once", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const effects = scene.tell(alice, { type: "whisper", to: "alice", text: "psst", ref: "r" });
    expect(messagesTo(alice, effects)).toHaveLength(1);
  });

  test("to an unknown name is refused, and the sentence shows the name cleaned and shortened", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const to = `\x1b[31m${"x".repeat(4_000)}`;
    expect(scene.tell(alice, { type: "whisper", to, text: "psst", ref: "r" })).toEqual([
      sent([alice], {
        type: "error",
        code: "no-such-name",
        name: `[31m${"x".repeat(20)}`,
        message: `There is no [31m${"x".repeat(limits.nameCharsMax - 4)} here.`,
        ref: "r",
      }),
    ]);
  });
});

describe.each(["say", "whisper"] as const)("a %s message", (type) => {
  const line = (text: string) => ({ type, to: "alice", text, ref: "r" });

  test.each(["", "   ", "\n\t", "\x1b\u200b\u202e"])(
    "with the empty text %j is refused with `text-empty`",
    (text) => {
      const scene = createScene();
      const alice = scene.join("alice");
      expect(refusalsTo(alice, scene.tell(alice, line(text)))).toEqual(["text-empty"]);
    },
  );

  test("may have textCharsMax characters, and is refused with one more", () => {
    const scene = createScene();
    const alice = scene.join("alice");
    const longest = "😀".repeat(limits.textCharsMax);
    expect(messagesTo(alice, scene.tell(alice, line(longest)))[0]).toMatchObject({ text: longest });
    expect(refusalsTo(alice, scene.tell(alice, line(`${longest}x`)))).toEqual(["text-too-long"]);
  });
});

test("who is answered with all names, that of the asker included", () => {
  const scene = createScene();
  const [alice] = [scene.join("alice"), scene.join("bob"), scene.connect()];
  expect(scene.tell(alice, { type: "who" })).toEqual([
    sent([alice], { type: "members", names: ["alice", "bob"], guests: ["alice", "bob"] }),
  ]);
});
