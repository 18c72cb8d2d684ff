/** Tests requests for the floor, and open-ended transmissions when the input has ended. */
import { describe, expect, test } from "bun:test";
import { createScene, createSpeaking, shown } from "../scene.ts";

describe("a request for the floor", () => {
  test("`record` requests five seconds by default", () => {
    expect(createScene().command({ type: "record" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 5, ref: "me-1" } },
    ]);
  });

  test("`record` to one person names that person in the request", () => {
    expect(createScene().command({ type: "record", seconds: 12, to: "bob" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 12, to: "bob", ref: "me-1" } },
    ]);
  });

  test("`talk` requests five minutes, for everybody or for one person", () => {
    expect(createScene().command({ type: "talk" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 300, ref: "me-1" } },
    ]);
    const { command, server } = createScene();
    expect(command({ type: "talk", to: "bob" })).toEqual([
      { type: "send", message: { type: "requestFloor", seconds: 300, to: "bob", ref: "me-1" } },
    ]);
    expect(server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 300 })).toEqual([
      shown({ type: "recording", stream: 7, seconds: 300, to: "bob" }),
      { type: "record", seconds: 300 },
    ]);
  });

  test("the microphone opens when the floor is granted, not before", () => {
    expect(createSpeaking().granted).toEqual([
      shown({ type: "recording", stream: 7, seconds: 5 }),
      { type: "record", seconds: 5 },
    ]);
  });

  test.each([
    [86_400, 1],
    [0.5, 0.5],
  ])("a grant of %d s opens the microphone for no longer than was requested", (granted, heard) => {
    const { command, server } = createScene();
    command({ type: "record", seconds: 1 });
    expect(server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: granted })).toEqual([
      shown({ type: "recording", stream: 7, seconds: heard }),
      { type: "record", seconds: heard },
    ]);
  });

  test.each([0, 0.9, 60.1, 300, -1, Number.NaN, 1e300])(
    "`record` for %d seconds is refused without asking the server",
    (seconds) => {
      const { chat, command } = createScene();
      expect(command({ type: "record", seconds, ref: "r1" })).toEqual([
        shown({ type: "error", code: "bad-seconds", max: 60, ref: "r1" }),
      ]);
      expect(chat.hasFailed()).toBeTrue();
      expect(chat.isBusy()).toBeFalse();
    },
  );

  test("`record` to an invalid name is refused without asking the server", () => {
    const { chat, command } = createScene();
    const to = "b\u001bo".repeat(2_000);
    expect(command({ type: "record", to, ref: "r1" })).toEqual([
      shown({ type: "error", code: "no-such-name", name: "bo".repeat(12), ref: "r1" }),
    ]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("a refused request opens no microphone", () => {
    const { chat, command, server } = createScene();
    command({ type: "record", ref: "r1" });
    const refused = { code: "floor-taken", message: "bob is talking (3 s left)." };
    expect(server({ type: "error", ...refused, ref: "me-1" })).toEqual([
      shown({ type: "error", ...refused, ref: "r1" }),
    ]);
    expect(chat.isBusy()).toBeFalse();
    expect(command({ type: "record" })).toHaveLength(1);
  });

  test("a second request is refused with `recording`, before the grant and after it", () => {
    const { command, server } = createScene();
    command({ type: "record" });
    const refused = shown({ type: "error", code: "recording", refused: "record", ref: "r2" });
    expect(command({ type: "record", ref: "r2" })).toEqual([refused]);
    server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 5 });
    expect(command({ type: "record", ref: "r2" })).toEqual([refused]);
  });

  test("a request is refused with `no-voice` when voice is off", () => {
    const { chat, command } = createScene(false);
    expect(command({ type: "record", ref: "r1" })).toEqual([
      shown({ type: "error", code: "no-voice", ref: "r1" }),
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test.each(["stop", "cancel"] as const)(
    "`%s` before the grant releases the floor when it is granted",
    (how) => {
      const scene = createScene();
      scene.command({ type: "record" });
      expect(scene.command({ type: how })).toEqual([]);
      expect(scene.server({ type: "floorGranted", ref: "me-1", stream: 7, seconds: 5 })).toEqual([
        { type: "send", message: { type: "releaseFloor", stream: 7, reason: "cancelled" } },
      ]);
      expect(scene.chat.isBusy()).toBeFalse();
    },
  );

  test("a grant without a request opens nothing", () => {
    expect(createScene().server({ type: "floorGranted", ref: "me-9", stream: 7, seconds: 5 })).toEqual([]);
  });
});

describe("an open-ended transmission when the input has ended", () => {
  const talking = () => {
    const scene = createScene();
    scene.command({ type: "talk" });
    return scene;
  };
  const floor = { type: "floorGranted", ref: "me-1", stream: 7, seconds: 300 } as const;

  test("an open-ended recording stops", () => {
    const { server, end } = talking();
    server(floor);
    expect(end("finish")).toEqual([{ type: "stop-recording" }]);
  });

  test("a floor that is granted afterwards is released", () => {
    const { chat, server, end } = talking();
    expect(end("finish")).toEqual([]);
    expect(server(floor)).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "cancelled" } },
    ]);
    expect(chat.isBusy()).toBeFalse();
  });

  test("a recording with a length goes on", () => {
    const { chat, end } = createSpeaking();
    expect(end("finish")).toEqual([]);
    expect(chat.isBusy()).toBeTrue();
  });
});
