/** One's own turn, as the client conducts it between the person, the server and the microphone. */
import { describe, expect, test } from "bun:test";
import type { AudioEvent } from "../../../lib/audio/events.ts";
import { createScene, createSpeaking, pass, shown, start, synchronise } from "./scene.ts";

/** A frame that was full a moment ago. */
const captured = {
  type: "captured",
  sequence: 0,
  capturedAt: start.wallMs * 1_000 - 25_000,
  payload: Uint8Array.of(1),
} as const;

const level = { type: "level", dbfs: -20, peakDbfs: -8 } as const;
const sound = { peakDbfs: -10, silent: false, clipped: false };

describe("speaking", () => {
  test("sends what the microphone hears, and shows how loud it is and what is left", () => {
    const { voice } = createSpeaking();
    const { sequence, payload } = captured;
    // Nobody knows the server's clock yet: a time that no listener believes.
    const frame = { stream: 7, sequence, capturedAt: Number.MAX_SAFE_INTEGER, payload };
    expect(voice(captured)).toEqual([{ type: "send-voice", frame }]);
    for (let sequence = 1; sequence < 50; sequence += 1) voice({ ...captured, sequence });
    expect(voice(level)).toEqual([shown({ type: "level", stream: 7, dbfs: -20, peak: -8, left: 4 })]);
  });

  test("sends the time of each frame on the server's clock", () => {
    const scene = createSpeaking();
    synchronise(scene);
    const capturedAt = (start.wallMs + 90) * 1_000;
    expect(scene.voice({ ...captured, capturedAt })).toMatchObject([{ frame: { capturedAt: 90_000 } }]);
  });

  test("stops and is cancelled by the person", () => {
    expect(createSpeaking().wish({ type: "stop" })).toEqual([{ type: "stop-recording" }]);
    expect(createSpeaking().wish({ type: "cancel" })).toEqual([{ type: "cancel-recording" }]);
  });

  test.each(["done", "stopped", "cancelled", "device"] as const)("tells the server its end: %s", (reason) => {
    const { voice } = createSpeaking();
    expect(voice({ type: "capture-ended", reason })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason } },
    ]);
  });

  test("without a microphone says what is missing, and has failed", () => {
    const { chat, voice } = createSpeaking();
    const error = { code: "no-microphone", message: "There is no microphone." } as const;
    expect(voice({ type: "capture-ended", reason: "device", error })).toEqual([
      shown({ type: "error", ...error }),
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "device" } },
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("does not end with the recording before it, whose turn the server had ended", () => {
    const { server, voice, wish } = createSpeaking();
    server({ type: "voiceEnded", stream: 7, from: "alice", seconds: 5, reason: "done" });
    wish({ type: "record", seconds: 5 });
    server({ type: "floorGranted", ref: "me-2", stream: 8, seconds: 5 });
    expect(voice({ type: "capture-ended", reason: "cancelled" })).toEqual([]);
    expect(voice({ type: "capture-ended", reason: "done" })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 8, reason: "done" } },
    ]);
  });

  test("is over when the server says so, and closes the microphone", () => {
    const { chat, server, voice } = createSpeaking();
    const ended = { stream: 7, from: "alice", seconds: 5, reason: "done" } as const;
    expect(chat.isBusy()).toBeTrue();
    expect(server({ type: "voiceEnded", ...ended })).toEqual([
      { type: "cancel-recording" },
      shown({ type: "voice-ended", ...ended }),
    ]);
    expect(chat.isBusy()).toBeFalse();
    const late: AudioEvent[] = [captured, level, { type: "capture-ended", reason: "cancelled", sound }];
    for (const news of late) expect(voice(news)).toEqual([]);
  });

  test("ends before we leave, so that we are told of the end", () => {
    expect(createSpeaking().wish({ type: "quit" })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "stopped" } },
      { type: "cancel-recording" },
      { type: "send", message: { type: "quit" } },
      { type: "leave" },
    ]);
  });

  test("that is asked for does not begin any more when we leave", () => {
    const { wish, server } = createScene();
    wish({ type: "save", clip: 7, file: "x.wav" });
    wish({ type: "record" });
    expect(wish({ type: "quit" })).toEqual([]);
    expect(server({ type: "floorGranted", ref: "me-2", stream: 7, seconds: 5 })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "cancelled" } },
    ]);
  });

  test("is not played to oneself", () => {
    const { server, hear } = createSpeaking();
    const started = { stream: 7, from: "alice" };
    expect(server({ type: "voiceStarted", ...started })).toEqual([
      shown({ type: "voice-started", ...started }),
    ]);
    expect(hear(7)).toEqual([]);
  });
});

describe("what the server and the person learn of a turn", () => {
  const ended = { type: "capture-ended", reason: "done", sound } as const;
  const hush = { type: "releaseFloor", stream: 7, reason: "done" } as const;

  test("is how long this machine took: the median over the frames", () => {
    const { voice } = createSpeaking();
    for (const behindMs of [25, 21, 90]) {
      voice({ ...captured, capturedAt: (start.wallMs - behindMs) * 1_000 });
    }
    expect(voice(ended)).toEqual([{ type: "send", message: { ...hush, captureMs: 20, encodeMs: 5 } }]);
  });

  test.each([
    [60_000_000, 0],
    [-60_000_000, 10_000],
  ])("stays within what the server takes, whatever clock was set meanwhile (%d)", (stepMicros, encodeMs) => {
    const { voice } = createSpeaking();
    voice({ ...captured, capturedAt: captured.capturedAt + stepMicros });
    expect(voice(ended)).toMatchObject([{ message: { encodeMs } }]);
  });

  test.each([
    ["silent", { ...sound, silent: true }, /^Nothing was heard: is the microphone muted\?$/],
    ["clipped", { ...sound, clipped: true }, /^It was too loud: [^\n]+\.$/],
  ] as const)(
    "is a warning when it was %s, unless it is to be forgotten or the device failed",
    (code, sound, message) => {
      const shownWarning = shown({ type: "warning", code, message: expect.stringMatching(message) });
      expect(createSpeaking().voice({ ...ended, sound })).toEqual([
        shownWarning,
        { type: "send", message: hush },
      ]);
      for (const reason of ["cancelled", "device"] as const) {
        const silently = createSpeaking().voice({ ...ended, reason, sound });
        expect(silently).toEqual([{ type: "send", message: { ...hush, reason } }]);
      }
    },
  );

  test("is its number, and the parts of the way that are known here", () => {
    const scene = createSpeaking();
    synchronise(scene, 6);
    const message = { stream: 7, from: "alice", seconds: 5, reason: "done" } as const;
    const told = { type: "voiceEnded", ...message, clip: 3, captureMs: 20, encodeMs: 1.25 } as const;
    expect(scene.server(told)[1]).toEqual(
      shown({
        type: "voice-ended",
        ...message,
        clip: 3,
        partsMs: { capture: 20, encode: 1.3, network: 3 },
      }),
    );
  });

  test("is that a remembered device is missing, once", () => {
    const { voice } = createScene();
    const notice = { type: "notice", code: "default-device", message: "The headset is not there." } as const;
    const { code, message } = notice;
    expect(voice(notice)).toEqual([shown({ type: "warning", code, message })]);
    expect(voice(notice)).toEqual([]);
  });
});

describe("a connection that drops voice", () => {
  const congested = (scene: ReturnType<typeof createScene>) =>
    scene.chat.handle({ type: "link", state: "congested" }, scene.now);

  test("is told to the person once for each transmission", () => {
    const scene = createSpeaking();
    expect(congested(scene)).toMatchObject([
      { type: "show", event: { type: "warning", code: "uplink-late" } },
    ]);
    expect(congested(scene)).toEqual([]);
    expect(scene.voice(captured), "whether a frame is dropped is for the connection to say").toMatchObject([
      { type: "send-voice" },
    ]);
  });

  test("is told to nobody who does not speak", () => {
    expect(congested(createScene())).toEqual([]);
  });
});

describe("the clock of the server", () => {
  const ping = (scene: ReturnType<typeof createScene>) =>
    scene.timer().flatMap((effect) => (effect.type === "send" ? [effect.message] : []));

  test("is asked for now and then, one question at a time", () => {
    const scene = createScene();
    pass(scene, 300);
    expect(ping(scene)).toEqual([]);
    synchronise(scene);
    expect(ping(scene)).toEqual([{ type: "ping", sent: scene.now.monotonicMs * 1_000 }]);
    expect(ping(scene)).toEqual([]);
  });

  test("is nobody's business where voice is off", () => {
    const scene = createScene(false);
    pass(scene, 4_000);
    expect(ping(scene)).toEqual([]);
  });

  test("is learnt also from the answer to a ping of the connection itself, behind voice", () => {
    const scene = createSpeaking();
    expect(scene.voice(captured)).toMatchObject([{ frame: { capturedAt: Number.MAX_SAFE_INTEGER } }]);
    pass(scene, 10);
    scene.server({ type: "pong", sent: (scene.now.monotonicMs - 10) * 1_000, at: 4_000_000 });
    const [effect] = scene.voice({ ...captured, capturedAt: scene.now.wallMs * 1_000 });
    expect(effect).toMatchObject({ frame: { capturedAt: 4_005_000 } });
  });
});
