/** Tests the volume of streams that run and of later ones. */
import { describe, expect, test } from "bun:test";
import { bobsStream, createListening, createScene, type Scene, shown } from "../scene.ts";

const ended = { ...bobsStream, seconds: 5, reason: "done" } as const;

describe("the volume", () => {
  const gains = (effects: ReturnType<Scene["command"]>) =>
    effects.flatMap((effect) => (effect.type === "gain" || effect.type === "play" ? [effect.gain] : []));

  test("the volumes of all and of one person multiply, up to twice as loud, in present and in later streams", () => {
    const scene = createListening();
    expect(scene.command({ type: "volume", percent: 50 })).toEqual([
      shown({ type: "volume", percent: 50 }),
      { type: "gain", stream: 8, gain: 0.5 },
    ]);
    expect(scene.command({ type: "volume", percent: 50, name: "BOB" })).toEqual([
      shown({ type: "volume", percent: 50, name: "bob" }),
      { type: "gain", stream: 8, gain: 0.25 },
    ]);
    expect(gains(scene.server({ type: "voiceStarted", stream: 9, from: "bob" }))).toEqual([0.25]);
    expect(gains(scene.server({ type: "voiceStarted", stream: 10, from: "carol" }))).toEqual([0.5]);
    scene.command({ type: "volume", percent: 200 });
    expect(gains(scene.command({ type: "volume", percent: 200, name: "bob" }))).toEqual([2, 2, 2]);
  });

  test("muting silences a stream that runs, and unmuting restores its volume", () => {
    const scene = createListening();
    scene.command({ type: "volume", percent: 70, name: "bob" });
    expect(scene.command({ type: "mute", name: "bob" })).toEqual([
      shown({ type: "muted", name: "bob", muted: true }),
      { type: "gain", stream: 8, gain: 0 },
    ]);
    expect(scene.command({ type: "unmute", name: "bob" })).toEqual([
      shown({ type: "muted", name: "bob", muted: false }),
      { type: "gain", stream: 8, gain: 0.7 },
    ]);
  });

  test("no speaker is opened for a muted person until they are unmuted", () => {
    const scene = createScene();
    scene.command({ type: "mute", name: "bob" });
    expect(scene.server({ type: "voiceStarted", ...bobsStream })).toEqual([
      shown({ type: "voice-started", ...bobsStream }),
    ]);
    expect(scene.frame(8)).toEqual([]);
    expect(scene.command({ type: "unmute", name: "bob" })[1]).toEqual({ type: "play", stream: 8, gain: 1 });
    expect(scene.frame(8)).toHaveLength(1);
  });

  test("the end of a muted stream is shown at once", () => {
    const scene = createScene();
    scene.command({ type: "mute", name: "bob" });
    scene.server({ type: "voiceStarted", ...bobsStream });
    expect(scene.server({ type: "voiceEnded", ...ended })).toEqual([
      shown({ type: "voice-ended", ...ended }),
    ]);
  });

  test("muting follows a rename, also in a stream that runs", () => {
    const scene = createListening();
    scene.command({ type: "mute", name: "bob" });
    scene.server({ type: "renamed", from: "bob", to: "rob" });
    expect(scene.server({ type: "voiceStarted", stream: 9, from: "rob" })).toHaveLength(1);
    expect(scene.command({ type: "unmute", name: "rob" }).slice(1)).toEqual([
      { type: "gain", stream: 8, gain: 1 },
      { type: "play", stream: 9, gain: 1 },
    ]);
  });

  test("muting outlasts leaving: it holds when the person comes back, and for their name", () => {
    const scene = createScene();
    scene.command({ type: "mute", name: "bob" });
    scene.server({ type: "left", name: "bob", reason: "quit" });
    scene.server({ type: "joined", name: "eve" });
    scene.server({ type: "renamed", from: "eve", to: "bob" });
    expect(scene.server({ type: "voiceStarted", ...bobsStream })).toHaveLength(1);
    scene.server({ type: "voiceEnded", ...ended });
    scene.server({ type: "left", name: "bob", reason: "quit" });
    expect(scene.command({ type: "unmute", name: "Bob" })).toHaveLength(1);
    expect(scene.command({ type: "unmute", name: "bob" })).toMatchObject([
      { event: { code: "no-such-name" } },
    ]);
  });

  test.each([
    [{ type: "mute", name: "carol" }, "no-such-name"],
    [{ type: "unmute", name: "b\u001bb" }, "no-such-name"],
    [{ type: "mute", name: "Alice" }, "own-voice"],
    [{ type: "volume", percent: 50, name: "carol" }, "no-such-name"],
    [{ type: "volume", percent: 201 }, "bad-volume"],
    [{ type: "volume", percent: -1, name: "bob" }, "bad-volume"],
    [{ type: "volume", percent: Number.NaN }, "bad-volume"],
  ] as const)("%j is refused with `%s`", (command, code) => {
    const scene = createListening();
    expect(scene.command({ ...command, ref: "r1" })).toMatchObject([
      { type: "show", event: { type: "error", code, ref: "r1" } },
    ]);
    expect(scene.chat.hasFailed()).toBeTrue();
  });
});
