/** Asking for the floor, and what becomes of a turn that nobody is left to end. */
import { describe, expect, test } from "bun:test";
import { createScene, createSpeaking, sentence, shown } from "./scene.ts";

describe("asking for the floor", () => {
  test("takes five seconds when nobody says otherwise", () => {
    expect(createScene().wish({ type: "record" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 5, ref: "me-1" } },
    ]);
  });

  test("names whom it is for", () => {
    expect(createScene().wish({ type: "record", seconds: 12, to: "bob" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 12, to: "bob", ref: "me-1" } },
    ]);
  });

  test("to talk takes five minutes at most, for everyone or one", () => {
    expect(createScene().wish({ type: "talk" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 300, ref: "me-1" } },
    ]);
    const { wish, server } = createScene();
    expect(wish({ type: "talk", to: "bob" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 300, to: "bob", ref: "me-1" } },
    ]);
    expect(server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 300 })).toEqual([
      shown({ type: "recording", stream: 7, seconds: 300, to: "bob" }),
      { type: "record", seconds: 300 },
    ]);
  });

  test("opens the microphone once it is granted, not before", () => {
    expect(createSpeaking().granted).toEqual([
      shown({ type: "recording", stream: 7, seconds: 5 }),
      { type: "record", seconds: 5 },
    ]);
  });

  test.each([
    [86_400, 1],
    [0.5, 0.5],
  ])("opens the microphone for no longer than was asked, when %d s are granted", (granted, heard) => {
    const { wish, server } = createScene();
    wish({ type: "record", seconds: 1 });
    expect(server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: granted })).toEqual([
      shown({ type: "recording", stream: 7, seconds: heard }),
      { type: "record", seconds: heard },
    ]);
  });

  test.each([0, 0.9, 60.1, 300, -1, Number.NaN, 1e300])("for %d seconds is refused unasked", (seconds) => {
    const { chat, wish } = createScene();
    expect(wish({ type: "record", seconds, ref: "r1" })).toEqual([
      shown({ type: "error", ...sentence("bad-seconds", { max: 60 }), ref: "r1" }),
    ]);
    expect(chat.hasFailed()).toBeTrue();
    expect(chat.isBusy()).toBeFalse();
  });

  test("for one whose name is none is refused unasked", () => {
    const { chat, wish } = createScene();
    const to = "b\u001bo".repeat(2_000);
    expect(wish({ type: "record", to, ref: "r1" })).toEqual([
      shown({ type: "error", ...sentence("no-such-name", { name: "bo".repeat(12) }), ref: "r1" }),
    ]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("opens none when it is refused", () => {
    const { chat, wish, server } = createScene();
    wish({ type: "record", ref: "r1" });
    const refused = { code: "floor-taken", message: "bob is talking (3 s left)." };
    expect(server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
    ]);
    expect(chat.isBusy()).toBeFalse();
    expect(wish({ type: "record" })).toHaveLength(1);
  });

  test("twice is refused, before the grant and after it", () => {
    const { wish, server } = createScene();
    wish({ type: "record" });
    const refused = shown({
      type: "error",
      code: "recording",
      message: "You are talking already.",
      ref: "r2",
    });
    expect(wish({ type: "record", ref: "r2" })).toEqual([refused]);
    server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 5 });
    expect(wish({ type: "record", ref: "r2" })).toEqual([refused]);
  });

  test("is refused without voice", () => {
    const { chat, wish } = createScene(false);
    expect(wish({ type: "record", ref: "r1" })).toEqual([
      shown({ type: "error", code: "no-voice", message: "Voice is off (--no-voice).", ref: "r1" }),
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test.each(["stop", "cancel"] as const)("that is taken back (%s) gives the floor back unheard", (wish) => {
    const scene = createScene();
    scene.wish({ type: "record" });
    expect(scene.wish({ type: wish })).toEqual([]);
    expect(scene.server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 5 })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "cancelled" } },
    ]);
    expect(scene.chat.isBusy()).toBeFalse();
  });

  test("that nobody asked for opens nothing", () => {
    expect(createScene().server({ type: "floorGranted", ref: "me-9", stream: 7, seconds: 5 })).toEqual([]);
  });
});

describe("a turn that nobody is left to end", () => {
  const talking = () => {
    const scene = createScene();
    scene.wish({ type: "talk" });
    return scene;
  };
  const floor = { type: "floorGranted", ref: "me-1", stream: 7, seconds: 300 } as const;

  test("ends with the input", () => {
    const { server, session } = talking();
    server(floor);
    expect(session("finish")).toEqual([{ type: "stop-recording" }]);
  });

  test("gives the floor back unheard when it is granted afterwards", () => {
    const { chat, server, session } = talking();
    expect(session("finish")).toEqual([]);
    expect(server(floor)).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "cancelled" } },
    ]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("runs on when it has an end of its own", () => {
    const { chat, session } = createSpeaking();
    expect(session("finish")).toEqual([]);
    expect(chat.isBusy()).toBeTrue();
  });
});
