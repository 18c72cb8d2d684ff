/** Tests the streams of others: which frames are played, with which time, and the report at their end. */
import { describe, expect, test } from "bun:test";
import {
  bobsStream,
  createListening,
  createScene,
  frameOf,
  pass,
  played,
  type Scene,
  shown,
  start,
  synchronise,
  welcomeOf,
} from "../scene.ts";

const ended = { ...bobsStream, seconds: 5, reason: "done" } as const;
const noSpeaker = { code: "no-speaker", message: "There is no speaker." } as const;

/** The same, and all of his 5 s have come. */
function createHeard(): Scene {
  const scene = createListening();
  for (const sequence of [0, 249]) playFrameOf8(scene, sequence);
  return scene;
}

function playFrameOf8({ chat, now }: Scene, sequence: number): void {
  chat.handle({ type: "voice-frame", frame: frameOf(8, sequence) }, now);
}

describe("a stream of another person", () => {
  test("frames are played from the start of the stream to its end, and no others", () => {
    const { server, frame } = createScene();
    expect(frame(8)).toEqual([]);
    expect(server({ type: "voiceStarted", ...bobsStream })).toEqual([
      shown({ type: "voice-started", ...bobsStream }),
      { type: "play", stream: 8, gain: 1 },
    ]);
    expect(frame(8)).toEqual([{ type: "play-frame", frame: frameOf(8) }]);
    expect(frame(9)).toEqual([]);
    expect(server({ type: "voiceEnded", ...ended })).toEqual([{ type: "play-end", stream: 8, how: "drain" }]);
    expect(frame(8)).toEqual([]);
  });

  test.each([
    ["cancelled", "cut"],
    ["lost", "drain"],
    ["stopped", "drain"],
    ["device", "drain"],
  ] as const)("a stream that ends as `%s` is ended with `%s`", (reason, how) => {
    const { server } = createListening();
    expect(server({ type: "voiceEnded", ...bobsStream, seconds: 1, reason })).toEqual([
      { type: "play-end", stream: 8, how },
    ]);
  });

  test("a stream that runs at the welcome is played from its middle on", () => {
    expect(createScene().server(welcomeOf({ talking: [bobsStream] }))).toEqual(
      expect.arrayContaining([
        shown({ type: "voice-started", ...bobsStream }),
        { type: "play", stream: 8, gain: 1 },
      ]),
    );
  });

  test("with voice off the start and the end are shown, without waiting for a speaker", () => {
    const { server, frame } = createScene(false);
    expect(server({ type: "voiceStarted", ...bobsStream, to: "alice" })).toEqual([
      shown({ type: "voice-started", ...bobsStream, to: "alice" }),
    ]);
    expect(frame(8)).toEqual([]);
    expect(server({ type: "voiceEnded", ...ended, clip: 3 })).toEqual([
      shown({ type: "voice-ended", ...ended, clip: 3 }),
    ]);
  });

  test("a ninth simultaneous stream is ignored until one ends", () => {
    const { server, frame } = createScene();
    const start = (stream: number) => server({ type: "voiceStarted", stream, from: "bob" });
    for (let stream = 1; stream <= 8; stream += 1) expect(start(stream)).toHaveLength(2);
    expect(start(9)).toEqual([]);
    expect(frame(9)).toEqual([]);
    server({ type: "voiceEnded", stream: 1, from: "bob", seconds: 1, reason: "done" });
    expect(start(10)).toHaveLength(2);
  });

  test("a seventeenth stream is ignored while ended ones are still played", () => {
    const { server } = createScene();
    const begun = Array.from({ length: 1_000 }, (_, stream) => {
      const effects = server({ type: "voiceStarted", stream, from: "bob" });
      server({ type: "voiceEnded", stream, from: "bob", seconds: 1, reason: "done" });
      return effects.length > 0;
    });
    expect(begun.filter(Boolean)).toHaveLength(16);
  });
});

describe("the capture time of a frame", () => {
  const timeOf = (scene: Scene, capturedAt: number) => {
    const [effect] = scene.frame(8, capturedAt);
    return effect?.type === "play-frame" ? effect.frame.capturedAt : undefined;
  };

  test("the capture time is converted to our own clock", () => {
    const scene = createListening();
    synchronise(scene);
    pass(scene, 100);
    expect(timeOf(scene, 70_000)).toBe((start.wallMs + 70) * 1_000);
  });

  test("the capture time is 0 while the server's clock is not known", () => {
    expect(timeOf(createListening(), 70_000)).toBe(0);
  });
});

describe("the end of a stream, shown after its last frame", () => {
  const report = {
    frames: 199,
    concealed: 1,
    delayMs: { median: 61.96, p95: 70.5 },
    partsMs: { arrival: 28.04, buffer: 20, output: 14.5 },
  };
  const figures = { delayMs: { median: 62, p95: 70.5 }, concealed: 0.005 };

  test("the delay comes with its parts", () => {
    const { server, audio } = createHeard();
    server({ type: "voiceEnded", ...ended, clip: 3, captureMs: 20, encodeMs: 3 });
    expect(audio(played(8, report))).toEqual([
      shown({
        type: "voice-ended",
        ...ended,
        clip: 3,
        ...figures,
        partsMs: { capture: 20, encode: 3, network: 5, buffer: 20, output: 14.5 },
      }),
    ]);
    expect(audio(played(8, report))).toEqual([]);
  });

  test("the part of the network is never negative", () => {
    const { server, audio } = createHeard();
    server({ type: "voiceEnded", ...ended, captureMs: 20, encodeMs: 9 });
    expect(audio(played(8, report))).toMatchObject([{ event: { partsMs: { network: 0 } } }]);
  });

  test("parts that the talking client did not send are left out", () => {
    const { server, audio } = createHeard();
    server({ type: "voiceEnded", ...ended });
    expect(audio(played(8, report))).toEqual([
      shown({ type: "voice-ended", ...ended, ...figures, partsMs: { buffer: 20, output: 14.5 } }),
    ]);
  });

  test("a delay that was not measured, and a share of no frames, are left out", () => {
    const { server, audio } = createListening();
    server({ type: "voiceEnded", ...ended, seconds: 0 });
    expect(audio(played(8, { frames: 0 }))).toEqual([shown({ type: "voice-ended", ...ended, seconds: 0 })]);
  });

  /** The share that is told of 5 s, 250 frames: these came and those between them, and were played like this. */
  function shareOf(scene: Scene, sequences: number[], report: Parameters<typeof played>[1]): unknown {
    for (const sequence of sequences) playFrameOf8(scene, sequence);
    scene.server({ type: "voiceEnded", ...ended });
    const [effect] = scene.audio(played(8, report));
    return effect?.type === "show" && effect.event.type === "voice-ended" ? effect.event.concealed : effect;
  }

  test("frames that were neither heard nor concealed count as lost", () => {
    const report = { frames: 150, concealed: 5, missing: 95 };
    expect(shareOf(createListening(), [0, 249], report)).toBe(0.4);
  });

  test("frames that never came before the first and after the last one count as lost", () => {
    expect(shareOf(createListening(), [10, 209], { frames: 200 })).toBe(0.2);
    expect(shareOf(createListening(), [], { frames: 0 })).toBe(1);
    expect(shareOf(createListening(), [0, 400], { frames: 250 })).toBe(0);
  });

  test("frames from before we came, or from while the person was muted, do not count as lost", () => {
    const late = createScene();
    late.server(welcomeOf({ talking: [bobsStream] }));
    expect(shareOf(late, [200, 249], { frames: 50 })).toBe(0);
    const unmuted = createScene();
    unmuted.command({ type: "mute", name: "bob" });
    unmuted.server({ type: "voiceStarted", ...bobsStream });
    unmuted.command({ type: "unmute", name: "bob" });
    expect(shareOf(unmuted, [200, 249], { frames: 50 })).toBe(0);
  });

  test("each stream is reported by itself", () => {
    const { server, audio } = createListening();
    server({ type: "voiceStarted", stream: 9, from: "carol" });
    server({ type: "voiceEnded", ...ended });
    server({ type: "voiceEnded", ...ended, stream: 9, from: "carol" });
    expect(audio(played(9))).toMatchObject([{ event: { type: "voice-ended", stream: 9, from: "carol" } }]);
    expect(audio(played(8))).toMatchObject([{ event: { type: "voice-ended", stream: 8, from: "bob" } }]);
  });

  test("a failing speaker, before the end or after it, leaves no figures", () => {
    const failed = { type: "playback-failed", stream: 8, error: noSpeaker } as const;
    const first = createListening();
    expect(first.audio(failed)).toEqual([shown({ type: "error", ...noSpeaker })]);
    expect(first.frame(8)).toEqual([]);
    expect(first.server({ type: "voiceEnded", ...ended })).toEqual([
      shown({ type: "voice-ended", ...ended }),
    ]);
    const second = createListening();
    second.server({ type: "voiceEnded", ...ended });
    expect(second.audio(failed)).toEqual([
      shown({ type: "error", ...noSpeaker }),
      shown({ type: "voice-ended", ...ended }),
    ]);
  });

  test("leaving shows the end at once", () => {
    const { server, command } = createListening();
    server({ type: "voiceEnded", ...ended });
    expect(command({ type: "quit" })[0]).toEqual(shown({ type: "voice-ended", ...ended }));
  });
});

describe("a failing speaker", () => {
  test("a failing speaker is shown once and does not count as a failure", () => {
    const { chat, audio } = createScene();
    const failed = { type: "playback-failed", stream: 8, error: noSpeaker } as const;
    expect(audio(failed)).toEqual([shown({ type: "error", ...noSpeaker })]);
    expect(audio(failed)).toEqual([]);
    expect(chat.hasFailed()).toBeFalse();
  });

  test("no more than sixteen kinds of speaker failures are shown", () => {
    const { audio } = createScene();
    const told = Array.from({ length: 100 }, (_, index) =>
      audio({ type: "notice", code: "default-device", message: `Number ${index} is not there.` }),
    );
    expect(told.flat()).toHaveLength(16);
  });
});
