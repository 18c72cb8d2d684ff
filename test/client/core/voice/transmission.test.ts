/** Tests our own transmission between the person, the server and the microphone. */
import { describe, expect, test } from "bun:test";
import type { AudioEvent } from "../../../../lib/audio/events.ts";
import { createScene, createSpeaking, pass, shown, start, synchronise } from "../scene.ts";

/** A frame that was full a moment ago. */
const captured = {
  type: "captured",
  sequence: 0,
  capturedAt: start.wallMs * 1_000 - 25_000,
  payload: Uint8Array.of(1),
} as const;

const level = { type: "level", dbfs: -20, peakDbfs: -8 } as const;
const sound = { peakDbfs: -10, silent: false, clipped: false };

describe("our own transmission", () => {
  test("captured frames are sent, and the level and the seconds left are shown", () => {
    const { audio } = createSpeaking();
    const { sequence, payload } = captured;
    // The server's clock is not known yet: no listener computes a delay from this time.
    const frame = { stream: 7, sequence, capturedAt: Number.MAX_SAFE_INTEGER, payload };
    expect(audio(captured)).toEqual([{ type: "send-voice", frame }]);
    for (let sequence = 1; sequence < 50; sequence += 1) audio({ ...captured, sequence });
    expect(audio(level)).toEqual([shown({ type: "level", stream: 7, dbfs: -20, peak: -8, left: 4 })]);
  });

  test("the capture time of each frame is converted to the server's clock", () => {
    const scene = createSpeaking();
    synchronise(scene);
    const capturedAt = (start.wallMs + 90) * 1_000;
    expect(scene.audio({ ...captured, capturedAt })).toMatchObject([{ frame: { capturedAt: 90_000 } }]);
  });

  test("`stop` and `cancel` end the recording", () => {
    expect(createSpeaking().command({ type: "stop" })).toEqual([{ type: "stop-recording" }]);
    expect(createSpeaking().command({ type: "cancel" })).toEqual([{ type: "cancel-recording" }]);
  });

  test.each(["done", "stopped", "cancelled", "device"] as const)(
    "the floor is released with the reason `%s` when the recording ends",
    (reason) => {
      const { audio } = createSpeaking();
      expect(audio({ type: "capture-ended", reason })).toEqual([
        { type: "send", message: { type: "releaseFloor", stream: 7, reason } },
      ]);
    },
  );

  test("a missing microphone is shown, counts as a failure, and releases the floor", () => {
    const { chat, audio } = createSpeaking();
    const error = { code: "no-microphone", message: "There is no microphone." } as const;
    expect(audio({ type: "capture-ended", reason: "device", error })).toEqual([
      shown({ type: "error", ...error }),
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "device" } },
    ]);
    expect(chat.hasFailed()).toBeTrue();
  });

  test("the late end of an earlier recording does not end the present one", () => {
    const { server, audio, command } = createSpeaking();
    server({ type: "voiceEnded", stream: 7, from: "alice", seconds: 5, reason: "done" });
    command({ type: "record", seconds: 5 });
    server({ type: "floorGranted", ref: "me-2", stream: 8, seconds: 5 });
    expect(audio({ type: "capture-ended", reason: "cancelled" })).toEqual([]);
    expect(audio({ type: "capture-ended", reason: "done" })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 8, reason: "done" } },
    ]);
  });

  test("the end by the server closes the microphone", () => {
    const { chat, server, audio } = createSpeaking();
    const ended = { stream: 7, from: "alice", seconds: 5, reason: "done" } as const;
    expect(chat.isBusy()).toBeTrue();
    expect(server({ type: "voiceEnded", ...ended })).toEqual([
      { type: "cancel-recording" },
      shown({ type: "voice-ended", ...ended }),
    ]);
    expect(chat.isBusy()).toBeFalse();
    const late: AudioEvent[] = [captured, level, { type: "capture-ended", reason: "cancelled", sound }];
    for (const event of late) expect(audio(event)).toEqual([]);
  });

  test("the floor is released before we leave, so that the server confirms the end", () => {
    expect(createSpeaking().command({ type: "quit" })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "stopped" } },
      { type: "cancel-recording" },
      { type: "send", message: { type: "quit" } },
      { type: "leave" },
    ]);
  });

  test("a floor that is granted while we leave is released at once", () => {
    const { command, server } = createScene();
    command({ type: "save", clip: 7, file: "x.wav" });
    command({ type: "record" });
    expect(command({ type: "quit" })).toEqual([]);
    expect(server({ type: "floorGranted", ref: "me-2", stream: 7, seconds: 5 })).toEqual([
      { type: "send", message: { type: "releaseFloor", stream: 7, reason: "cancelled" } },
    ]);
  });

  test("our own voice is not played", () => {
    const { server, frame } = createSpeaking();
    const started = { stream: 7, from: "alice" };
    expect(server({ type: "voiceStarted", ...started })).toEqual([
      shown({ type: "voice-started", ...started }),
    ]);
    expect(frame(7)).toEqual([]);
  });
});

describe("the report of a transmission", () => {
  const ended = { type: "capture-ended", reason: "done", sound } as const;
  const release = { type: "releaseFloor", stream: 7, reason: "done" } as const;

  test("the server is told the median encoding time of the frames", () => {
    const { audio } = createSpeaking();
    for (const behindMs of [25, 21, 90]) {
      audio({ ...captured, capturedAt: (start.wallMs - behindMs) * 1_000 });
    }
    expect(audio(ended)).toEqual([{ type: "send", message: { ...release, captureMs: 20, encodeMs: 5 } }]);
  });

  test.each([
    [60_000_000, 0],
    [-60_000_000, 10_000],
  ])(
    "the encoding time stays within the limits of the server when a clock was set by %d µs",
    (stepMicros, encodeMs) => {
      const { audio } = createSpeaking();
      audio({ ...captured, capturedAt: captured.capturedAt + stepMicros });
      expect(audio(ended)).toMatchObject([{ message: { encodeMs } }]);
    },
  );

  test.each([
    ["silent", { ...sound, silent: true }],
    ["clipped", { ...sound, clipped: true }],
  ] as const)(
    "a recording that was %s makes a warning, unless it was cancelled or the device failed",
    (code, sound) => {
      const shownWarning = shown({ type: "warning", code });
      expect(createSpeaking().audio({ ...ended, sound })).toEqual([
        shownWarning,
        { type: "send", message: release },
      ]);
      for (const reason of ["cancelled", "device"] as const) {
        const silently = createSpeaking().audio({ ...ended, reason, sound });
        expect(silently).toEqual([{ type: "send", message: { ...release, reason } }]);
      }
    },
  );

  test("the end shows the number of the clip and the parts of the delay that are known here", () => {
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

  test("a missing remembered device makes one warning", () => {
    const { audio } = createScene();
    const notice = { type: "notice", code: "default-device", message: "The headset is not there." } as const;
    const { code, message } = notice;
    expect(audio(notice)).toEqual([shown({ type: "warning", code, message })]);
    expect(audio(notice)).toEqual([]);
  });
});

describe("a connection that drops voice", () => {
  const dropped = (scene: ReturnType<typeof createScene>) =>
    scene.chat.handle({ type: "voice-dropped" }, scene.now);

  test("is shown as one warning for each transmission, and frames are sent as before", () => {
    const scene = createSpeaking();
    expect(dropped(scene)).toMatchObject([{ type: "show", event: { type: "warning", code: "uplink-late" } }]);
    expect(dropped(scene)).toEqual([]);
    expect(scene.audio(captured)).toMatchObject([{ type: "send-voice" }]);
  });

  test("is not shown without a transmission", () => {
    expect(dropped(createScene())).toEqual([]);
  });
});

describe("the clock of the server", () => {
  const ping = (scene: ReturnType<typeof createScene>) =>
    scene.tick().flatMap((effect) => (effect.type === "send" ? [effect.message] : []));

  test("pings are sent now and then, one at a time", () => {
    const scene = createScene();
    pass(scene, 300);
    expect(ping(scene)).toEqual([]);
    synchronise(scene);
    expect(ping(scene)).toEqual([{ type: "ping", sent: scene.now.monotonicMs * 1_000 }]);
    expect(ping(scene)).toEqual([]);
  });

  test("no ping is sent when voice is off", () => {
    const scene = createScene(false);
    pass(scene, 4_000);
    expect(ping(scene)).toEqual([]);
  });

  test("is learnt from the answer to a ping of the connection itself, too", () => {
    const scene = createSpeaking();
    expect(scene.audio(captured)).toMatchObject([{ frame: { capturedAt: Number.MAX_SAFE_INTEGER } }]);
    pass(scene, 10);
    scene.server({ type: "pong", sent: (scene.now.monotonicMs - 10) * 1_000, at: 4_000_000 });
    const [effect] = scene.audio({ ...captured, capturedAt: scene.now.wallMs * 1_000 });
    expect(effect).toMatchObject({ frame: { capturedAt: 4_005_000 } });
  });
});
