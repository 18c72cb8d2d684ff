/** Asking for the floor, and what becomes of a turn that nobody is left to end. */
import { describe, expect, test } from "bun:test";
import { createScene, createSpeaking, sentence, shown } from "./scene.ts";

describe("asking for the floor", () => {
  test("takes five seconds when nobody says otherwise", () => {
    expect(createScene().wish({ do: "record" })).toEqual([
      { do: "send", message: { type: "talk", seconds: 5, ref: "me-1" } },
    ]);
  });

  test("names whom it is for", () => {
    expect(createScene().wish({ do: "record", seconds: 12, to: "bob" })).toEqual([
      { do: "send", message: { type: "talk", seconds: 12, to: "bob", ref: "me-1" } },
    ]);
  });

  test("to talk takes five minutes at most, for everyone or one", () => {
    expect(createScene().wish({ do: "talk" })).toEqual([
      { do: "send", message: { type: "talk", seconds: 300, ref: "me-1" } },
    ]);
    const { wish, server } = createScene();
    expect(wish({ do: "talk", to: "bob" })).toEqual([
      { do: "send", message: { type: "talk", seconds: 300, to: "bob", ref: "me-1" } },
    ]);
    expect(server({ type: "floor", ref: "me-1", stream: 7, seconds: 300 })).toEqual([
      shown({ event: "recording", stream: 7, seconds: 300, to: "bob" }),
      { do: "record", seconds: 300 },
    ]);
  });

  test("opens the microphone once it is granted, not before", () => {
    expect(createSpeaking().granted).toEqual([
      shown({ event: "recording", stream: 7, seconds: 5 }),
      { do: "record", seconds: 5 },
    ]);
  });

  test.each([
    [86_400, 1],
    [0.5, 0.5],
  ])("opens the microphone for no longer than was asked, when %d s are granted", (granted, heard) => {
    const { wish, server } = createScene();
    wish({ do: "record", seconds: 1 });
    expect(server({ type: "floor", ref: "me-1", stream: 7, seconds: granted })).toEqual([
      shown({ event: "recording", stream: 7, seconds: heard }),
      { do: "record", seconds: heard },
    ]);
  });

  test.each([0, 0.9, 60.1, 300, -1, Number.NaN, 1e300])("for %d seconds is refused unasked", (seconds) => {
    const { chat, wish } = createScene();
    expect(wish({ do: "record", seconds, ref: "r1" })).toEqual([
      shown({ event: "error", ...sentence("bad-seconds", { max: 60 }), ref: "r1" }),
    ]);
    expect(chat.hasFailed()).toBeTrue();
    expect(chat.isBusy()).toBeFalse();
  });

  test("for one whose name is none is refused unasked", () => {
    const { chat, wish } = createScene();
    const to = "b\u001bo".repeat(2_000);
    expect(wish({ do: "record", to, ref: "r1" })).toEqual([
      shown({ event: "error", ...sentence("no-such-name", { name: "bo".repeat(12) }), ref: "r1" }),
    ]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("opens none when it is refused", () => {
    const { chat, wish, server } = createScene();
    wish({ do: "record", ref: "r1" });
    const refused = { code: "floor-taken", message: "bob is talking (3 s left)." };
    expect(server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ event: "error", ...refused, ref: "r1" }),
    ]);
    expect(chat.isBusy()).toBeFalse();
    expect(wish({ do: "record" })).toHaveLength(1);
  });

  test("twice is refused, before the grant and after it", () => {
    const { wish, server } = createScene();
    wish({ do: "record" });
    const refused = shown({
      event: "error",
      code: "recording",
      message: "You are talking already.",
      ref: "r2",
    });
    expect(wish({ do: "record", ref: "r2" })).toEqual([refused]);
    server({ type: "floor", ref: "me-1", stream: 7, seconds: 5 });
    expect(wish({ do: "record", ref: "r2" })).toEqual([refused]);
  });

  test("is refused without voice", () => {
    const { chat, wish } = createScene(false);
    expect(wish({ do: "record", ref: "r1" })).toEqual([
      shown({ event: "error", code: "no-voice", message: "Voice is off (--no-voice).", ref: "r1" }),
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test.each(["stop", "cancel"] as const)("that is taken back (%s) gives the floor back unheard", (wish) => {
    const scene = createScene();
    scene.wish({ do: "record" });
    expect(scene.wish({ do: wish })).toEqual([]);
    expect(scene.server({ type: "floor", ref: "me-1", stream: 7, seconds: 5 })).toEqual([
      { do: "send", message: { type: "hush", stream: 7, reason: "cancelled" } },
    ]);
    expect(scene.chat.isBusy()).toBeFalse();
  });

  test("that nobody asked for opens nothing", () => {
    expect(createScene().server({ type: "floor", ref: "me-9", stream: 7, seconds: 5 })).toEqual([]);
  });
});

describe("a turn that nobody is left to end", () => {
  const talking = () => {
    const scene = createScene();
    scene.wish({ do: "talk" });
    return scene;
  };
  const floor = { type: "floor", ref: "me-1", stream: 7, seconds: 300 } as const;

  test("ends with the input", () => {
    const { server, session } = talking();
    server(floor);
    expect(session("finish")).toEqual([{ do: "stop-recording" }]);
  });

  test("gives the floor back unheard when it is granted afterwards", () => {
    const { chat, server, session } = talking();
    expect(session("finish")).toEqual([]);
    expect(server(floor)).toEqual([
      { do: "send", message: { type: "hush", stream: 7, reason: "cancelled" } },
    ]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("runs on when it has an end of its own", () => {
    const { chat, session } = createSpeaking();
    expect(session("finish")).toEqual([]);
    expect(chat.isBusy()).toBeTrue();
  });
});
