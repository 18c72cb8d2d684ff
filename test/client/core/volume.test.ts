/** How loud one hears whom, in turns that run and in those to come. */
import { describe, expect, test } from "bun:test";
import { bobsTurn, createListening, createScene, type Scene, shown } from "./scene.ts";

const ended = { ...bobsTurn, seconds: 5, reason: "done" } as const;

describe("loudness", () => {
  const gains = (effects: ReturnType<Scene["wish"]>) =>
    effects.flatMap((effect) => (effect.type === "gain" || effect.type === "play" ? [effect.gain] : []));

  test("of all and of one multiply, and double at the most, in turns that run and that come", () => {
    const scene = createListening();
    expect(scene.wish({ type: "volume", percent: 50 })).toEqual([
      shown({ type: "volume", percent: 50 }),
      { type: "gain", stream: 8, gain: 0.5 },
    ]);
    expect(scene.wish({ type: "volume", percent: 50, name: "BOB" })).toEqual([
      shown({ type: "volume", percent: 50, name: "bob" }),
      { type: "gain", stream: 8, gain: 0.25 },
    ]);
    expect(gains(scene.server({ type: "voiceStarted", stream: 9, from: "bob" }))).toEqual([0.25]);
    expect(gains(scene.server({ type: "voiceStarted", stream: 10, from: "carol" }))).toEqual([0.5]);
    scene.wish({ type: "volume", percent: 200 });
    expect(gains(scene.wish({ type: "volume", percent: 200, name: "bob" }))).toEqual([2, 2, 2]);
  });

  test("of one who is muted is none, in a turn that runs", () => {
    const scene = createListening();
    scene.wish({ type: "volume", percent: 70, name: "bob" });
    expect(scene.wish({ type: "mute", name: "bob" })).toEqual([
      shown({ type: "muted", name: "bob", muted: true }),
      { type: "gain", stream: 8, gain: 0 },
    ]);
    expect(scene.wish({ type: "unmute", name: "bob" })).toEqual([
      shown({ type: "muted", name: "bob", muted: false }),
      { type: "gain", stream: 8, gain: 0.7 },
    ]);
  });

  test("opens no speaker for one who is muted, until they are not", () => {
    const scene = createScene();
    scene.wish({ type: "mute", name: "bob" });
    expect(scene.server({ type: "voiceStarted", ...bobsTurn })).toEqual([
      shown({ type: "voice-started", ...bobsTurn }),
    ]);
    expect(scene.hear(8)).toEqual([]);
    expect(scene.wish({ type: "unmute", name: "bob" })[1]).toEqual({ type: "play", stream: 8, gain: 1 });
    expect(scene.hear(8)).toHaveLength(1);
  });

  test("does not delay the end of a turn that is not heard", () => {
    const scene = createScene();
    scene.wish({ type: "mute", name: "bob" });
    scene.server({ type: "voiceStarted", ...bobsTurn });
    expect(scene.server({ type: "voiceEnded", ...ended })).toEqual([
      shown({ type: "voice-ended", ...ended }),
    ]);
  });

  test("follows a new name, in the turn that runs, too", () => {
    const scene = createListening();
    scene.wish({ type: "mute", name: "bob" });
    scene.server({ type: "renamed", from: "bob", to: "rob" });
    expect(scene.server({ type: "voiceStarted", stream: 9, from: "rob" })).toHaveLength(1);
    expect(scene.wish({ type: "unmute", name: "rob" }).slice(1)).toEqual([
      { type: "gain", stream: 8, gain: 1 },
      { type: "play", stream: 9, gain: 1 },
    ]);
  });

  test("outlasts a leaving: who was muted is muted when they come back, and under a name they had", () => {
    const scene = createScene();
    scene.wish({ type: "mute", name: "bob" });
    scene.server({ type: "left", name: "bob", reason: "quit" });
    scene.server({ type: "joined", name: "eve" });
    scene.server({ type: "renamed", from: "eve", to: "bob" });
    expect(scene.server({ type: "voiceStarted", ...bobsTurn })).toHaveLength(1);
    scene.server({ type: "voiceEnded", ...ended });
    scene.server({ type: "left", name: "bob", reason: "quit" });
    expect(scene.wish({ type: "unmute", name: "Bob" })).toHaveLength(1);
    expect(scene.wish({ type: "unmute", name: "bob" })).toMatchObject([{ event: { code: "no-such-name" } }]);
  });

  test.each([
    [{ type: "mute", name: "carol" }, "no-such-name"],
    [{ type: "unmute", name: "b\u001bb" }, "no-such-name"],
    [{ type: "mute", name: "Alice" }, "own-voice"],
    [{ type: "volume", percent: 50, name: "carol" }, "no-such-name"],
    [{ type: "volume", percent: 201 }, "bad-volume"],
    [{ type: "volume", percent: -1, name: "bob" }, "bad-volume"],
    [{ type: "volume", percent: Number.NaN }, "bad-volume"],
  ] as const)("%j is refused", (intent, code) => {
    const scene = createListening();
    expect(scene.wish({ ...intent, ref: "r1" })).toMatchObject([
      { type: "show", event: { type: "error", code, ref: "r1" } },
    ]);
    expect(scene.chat.hasFailed()).toBeTrue();
  });
});
