/** Talking and listening, as the client conducts it between the server, the microphone and the speaker. */
import { describe, expect, test } from "bun:test";
import { createScene, frameOf, sentence, shown, welcomeOf } from "./scene.ts";

/** A scene in which the floor was asked for and granted. */
function createSpeaking() {
  const scene = createScene();
  scene.wish({ do: "record", seconds: 5, ref: "r1" });
  const granted = scene.server({ type: "floor", ref: "me-1", stream: 7, seconds: 5 });
  return { ...scene, granted };
}

const captured = { type: "captured", sequence: 0, capturedAt: 0, payload: Uint8Array.of(1) } as const;

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

  test.each([0, 0.9, 60.1, -1, Number.NaN, 1e300])("for %d seconds is refused unasked", (seconds) => {
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

describe("speaking", () => {
  test("sends what the microphone hears, and shows how loud it is and what is left", () => {
    const { voice } = createSpeaking();
    expect(voice(captured)).toEqual([{ do: "send-voice", frame: frameOf(7) }]);
    for (let sequence = 1; sequence < 50; sequence += 1) voice({ ...captured, sequence });
    expect(voice({ type: "level", dbfs: -20 })).toEqual([
      shown({ event: "level", stream: 7, dbfs: -20, left: 4 }),
    ]);
  });

  test("stops and is cancelled by the person", () => {
    expect(createSpeaking().wish({ do: "stop" })).toEqual([{ do: "stop-recording" }]);
    expect(createSpeaking().wish({ do: "cancel" })).toEqual([{ do: "cancel-recording" }]);
  });

  test.each(["done", "stopped", "cancelled", "device"] as const)("tells the server its end: %s", (reason) => {
    const { voice } = createSpeaking();
    expect(voice({ type: "capture-ended", reason })).toEqual([
      { do: "send", message: { type: "hush", stream: 7, reason } },
    ]);
  });

  test("without a microphone says what is missing, and has failed", () => {
    const { chat, voice } = createSpeaking();
    const error = { code: "no-microphone", message: "There is no microphone." };
    expect(voice({ type: "capture-ended", reason: "device", error })).toEqual([
      shown({ event: "error", ...error }),
      { do: "send", message: { type: "hush", stream: 7, reason: "device" } },
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("is over when the server says so, and closes the microphone", () => {
    const { chat, server, voice } = createSpeaking();
    const ended = { stream: 7, from: "alice", seconds: 5, reason: "done" } as const;
    expect(chat.isBusy()).toBeTrue();
    expect(server({ type: "voiceEnded", ...ended })).toEqual([
      { do: "cancel-recording" },
      shown({ event: "voice-ended", ...ended }),
    ]);
    expect(chat.isBusy()).toBeFalse();
    for (const news of [
      captured,
      { type: "level", dbfs: -20 } as const,
      { type: "capture-ended", reason: "cancelled" } as const,
    ])
      expect(voice(news)).toEqual([]);
  });

  test("ends before we leave, so that we are told of the end", () => {
    expect(createSpeaking().wish({ do: "quit" })).toEqual([
      { do: "send", message: { type: "hush", stream: 7, reason: "stopped" } },
      { do: "cancel-recording" },
      { do: "send", message: { type: "quit" } },
      { do: "leave" },
    ]);
  });

  test("is not played to oneself", () => {
    const { server, hear } = createSpeaking();
    const started = { stream: 7, from: "alice" };
    expect(server({ type: "voiceStarted", ...started })).toEqual([
      shown({ event: "voice-started", ...started }),
    ]);
    expect(hear(7)).toEqual([]);
  });
});

describe("listening", () => {
  const started = { stream: 8, from: "bob" };

  test("plays from the announcement to the end, and nothing besides", () => {
    const { server, hear } = createScene();
    expect(hear(8)).toEqual([]);
    expect(server({ type: "voiceStarted", ...started })).toEqual([
      shown({ event: "voice-started", ...started }),
      { do: "play", stream: 8 },
    ]);
    expect(hear(8)).toEqual([{ do: "play-frame", frame: frameOf(8) }]);
    expect(hear(9)).toEqual([]);
    const ended = { ...started, seconds: 5, reason: "done" } as const;
    expect(server({ type: "voiceEnded", ...ended })).toEqual([
      { do: "play-end", stream: 8, how: "drain" },
      shown({ event: "voice-ended", ...ended }),
    ]);
    expect(hear(8)).toEqual([]);
  });

  test.each([
    ["cancelled", "cut"],
    ["lost", "drain"],
    ["stopped", "drain"],
    ["device", "drain"],
  ] as const)("to a turn that ends as %s is a %s", (reason, how) => {
    const { server } = createScene();
    server({ type: "voiceStarted", ...started });
    expect(server({ type: "voiceEnded", ...started, seconds: 1, reason })[0]).toEqual({
      do: "play-end",
      stream: 8,
      how,
    });
  });

  test("begins in the middle for one who comes in late", () => {
    const scene = createScene();
    expect(scene.server(welcomeOf({ talking: [started] })).slice(1)).toEqual([
      shown({ event: "voice-started", ...started }),
      { do: "play", stream: 8 },
    ]);
  });

  test("shows who talks also where voice is off", () => {
    const { server, hear } = createScene(false);
    expect(server({ type: "voiceStarted", ...started, to: "alice" })).toEqual([
      shown({ event: "voice-started", ...started, to: "alice" }),
    ]);
    expect(hear(8)).toEqual([]);
  });

  test("to eight at once is enough, until one of them ends", () => {
    const { server, hear } = createScene();
    const start = (stream: number) => server({ type: "voiceStarted", stream, from: "bob" });
    for (let stream = 1; stream <= 8; stream += 1) expect(start(stream)).toHaveLength(2);
    expect(start(9)).toEqual([]);
    expect(hear(9)).toEqual([]);
    server({ type: "voiceEnded", stream: 1, from: "bob", seconds: 1, reason: "done" });
    expect(start(10)).toHaveLength(2);
  });

  test("complains of so many kinds of trouble and no more", () => {
    const { voice } = createScene();
    const said = Array.from({ length: 100 }, (_, index) =>
      voice({ type: "playback-failed", error: { code: `trouble-${index}`, message: "Oh." } }),
    );
    expect(said.flat()).toHaveLength(16);
  });

  test("without a speaker says so once", () => {
    const { chat, voice } = createScene();
    const error = { code: "no-speaker", message: "There is no speaker." };
    expect(voice({ type: "playback-failed", error })).toEqual([shown({ event: "error", ...error })]);
    expect(voice({ type: "playback-failed", error })).toEqual([]);
    expect(chat.hasFailed()).toBeFalse();
  });
});
