/** How loud one hears whom, in turns that run and in those to come. */
import { describe, expect, test } from "bun:test";
import { bobsTurn, createListening, createScene, type Scene, shown } from "./scene.ts";

const ended = { ...bobsTurn, seconds: 5, reason: "done" } as const;

describe("loudness", () => {
  const gains = (effects: ReturnType<Scene["wish"]>) =>
    effects.flatMap((effect) => (effect.do === "gain" || effect.do === "play" ? [effect.gain] : []));

  test("of all and of one multiply, and double at the most, in turns that run and that come", () => {
    const scene = createListening();
    expect(scene.wish({ do: "volume", percent: 50 })).toEqual([
      shown({ event: "volume", percent: 50 }),
      { do: "gain", stream: 8, gain: 0.5 },
    ]);
    expect(scene.wish({ do: "volume", percent: 50, name: "BOB" })).toEqual([
      shown({ event: "volume", percent: 50, name: "bob" }),
      { do: "gain", stream: 8, gain: 0.25 },
    ]);
    expect(gains(scene.server({ type: "voiceStarted", stream: 9, from: "bob" }))).toEqual([0.25]);
    expect(gains(scene.server({ type: "voiceStarted", stream: 10, from: "carol" }))).toEqual([0.5]);
    scene.wish({ do: "volume", percent: 200 });
    expect(gains(scene.wish({ do: "volume", percent: 200, name: "bob" }))).toEqual([2, 2, 2]);
  });

  test("of one who is muted is none, in a turn that runs", () => {
    const scene = createListening();
    scene.wish({ do: "volume", percent: 70, name: "bob" });
    expect(scene.wish({ do: "mute", name: "bob" })).toEqual([
      shown({ event: "muted", name: "bob", muted: true }),
      { do: "gain", stream: 8, gain: 0 },
    ]);
    expect(scene.wish({ do: "unmute", name: "bob" })).toEqual([
      shown({ event: "muted", name: "bob", muted: false }),
      { do: "gain", stream: 8, gain: 0.7 },
    ]);
  });

  test("opens no speaker for one who is muted, until they are not", () => {
    const scene = createScene();
    scene.wish({ do: "mute", name: "bob" });
    expect(scene.server({ type: "voiceStarted", ...bobsTurn })).toEqual([
      shown({ event: "voice-started", ...bobsTurn }),
    ]);
    expect(scene.hear(8)).toEqual([]);
    expect(scene.wish({ do: "unmute", name: "bob" })[1]).toEqual({ do: "play", stream: 8, gain: 1 });
    expect(scene.hear(8)).toHaveLength(1);
  });

  test("does not delay the end of a turn that is not heard", () => {
    const scene = createScene();
    scene.wish({ do: "mute", name: "bob" });
    scene.server({ type: "voiceStarted", ...bobsTurn });
    expect(scene.server({ type: "voiceEnded", ...ended })).toEqual([
      shown({ event: "voice-ended", ...ended }),
    ]);
  });

  test("follows a new name, in the turn that runs, too", () => {
    const scene = createListening();
    scene.wish({ do: "mute", name: "bob" });
    scene.server({ type: "renamed", from: "bob", to: "rob" });
    expect(scene.server({ type: "voiceStarted", stream: 9, from: "rob" })).toHaveLength(1);
    expect(scene.wish({ do: "unmute", name: "rob" }).slice(1)).toEqual([
      { do: "gain", stream: 8, gain: 1 },
      { do: "play", stream: 9, gain: 1 },
    ]);
  });

  test("outlasts a leaving: who was muted is muted when they come back, and under a name they had", () => {
    const scene = createScene();
    scene.wish({ do: "mute", name: "bob" });
    scene.server({ type: "left", name: "bob", reason: "quit" });
    scene.server({ type: "joined", name: "eve" });
    scene.server({ type: "renamed", from: "eve", to: "bob" });
    expect(scene.server({ type: "voiceStarted", ...bobsTurn })).toHaveLength(1);
    scene.server({ type: "voiceEnded", ...ended });
    scene.server({ type: "left", name: "bob", reason: "quit" });
    expect(scene.wish({ do: "unmute", name: "Bob" })).toHaveLength(1);
    expect(scene.wish({ do: "unmute", name: "bob" })).toMatchObject([{ event: { code: "no-such-name" } }]);
  });

  test.each([
    [{ do: "mute", name: "carol" }, "no-such-name"],
    [{ do: "unmute", name: "b\u001bb" }, "no-such-name"],
    [{ do: "mute", name: "Alice" }, "own-voice"],
    [{ do: "volume", percent: 50, name: "carol" }, "no-such-name"],
    [{ do: "volume", percent: 201 }, "bad-volume"],
    [{ do: "volume", percent: -1, name: "bob" }, "bad-volume"],
    [{ do: "volume", percent: Number.NaN }, "bad-volume"],
  ] as const)("%j is refused", (intent, code) => {
    const scene = createListening();
    expect(scene.wish({ ...intent, ref: "r1" })).toMatchObject([
      { do: "show", event: { event: "error", code, ref: "r1" } },
    ]);
    expect(scene.chat.hasFailed()).toBeTrue();
  });
});
