/** Hearing others: what is played, how loud, with which time, and what is told when it is over. */
import { describe, expect, test } from "bun:test";
import {
  bobsTurn,
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
} from "./scene.ts";

const ended = { ...bobsTurn, seconds: 5, reason: "done" } as const;
const noSpeaker = { code: "no-speaker", message: "There is no speaker." } as const;

/** The same, and all of his 5 s have come. */
function createHeard(): Scene {
  const scene = createListening();
  for (const sequence of [0, 249]) hearFrame(scene, sequence);
  return scene;
}

function hearFrame({ chat, now }: Scene, sequence: number): void {
  chat.handle({ type: "speaker", frame: frameOf(8, sequence) }, now);
}

describe("a turn of somebody else", () => {
  test("is played from the announcement to the end, and nothing besides", () => {
    const { server, hear } = createScene();
    expect(hear(8)).toEqual([]);
    expect(server({ type: "voiceStarted", ...bobsTurn })).toEqual([
      shown({ type: "voice-started", ...bobsTurn }),
      { type: "play", stream: 8, gain: 1 },
    ]);
    expect(hear(8)).toEqual([{ type: "play-frame", frame: frameOf(8) }]);
    expect(hear(9)).toEqual([]);
    expect(server({ type: "voiceEnded", ...ended })).toEqual([{ type: "play-end", stream: 8, how: "drain" }]);
    expect(hear(8)).toEqual([]);
  });

  test.each([
    ["cancelled", "cut"],
    ["lost", "drain"],
    ["stopped", "drain"],
    ["device", "drain"],
  ] as const)("that ends as %s is a %s", (reason, how) => {
    const { server } = createListening();
    expect(server({ type: "voiceEnded", ...bobsTurn, seconds: 1, reason })).toEqual([
      { type: "play-end", stream: 8, how },
    ]);
  });

  test("is heard from its middle on by one who comes in late", () => {
    expect(createScene().server(welcomeOf({ talking: [bobsTurn] }))).toEqual(
      expect.arrayContaining([
        shown({ type: "voice-started", ...bobsTurn }),
        { type: "play", stream: 8, gain: 1 },
      ]),
    );
  });

  test("is shown also where voice is off, its end at once", () => {
    const { server, hear } = createScene(false);
    expect(server({ type: "voiceStarted", ...bobsTurn, to: "alice" })).toEqual([
      shown({ type: "voice-started", ...bobsTurn, to: "alice" }),
    ]);
    expect(hear(8)).toEqual([]);
    expect(server({ type: "voiceEnded", ...ended, clip: 3 })).toEqual([
      shown({ type: "voice-ended", ...ended, clip: 3 }),
    ]);
  });

  test("is one of eight at most, until one of them ends", () => {
    const { server, hear } = createScene();
    const start = (stream: number) => server({ type: "voiceStarted", stream, from: "bob" });
    for (let stream = 1; stream <= 8; stream += 1) expect(start(stream)).toHaveLength(2);
    expect(start(9)).toEqual([]);
    expect(hear(9)).toEqual([]);
    server({ type: "voiceEnded", stream: 1, from: "bob", seconds: 1, reason: "done" });
    expect(start(10)).toHaveLength(2);
  });

  test("is one of sixteen at most with those whose last words are still played", () => {
    const { server } = createScene();
    const begun = Array.from({ length: 1_000 }, (_, stream) => {
      const effects = server({ type: "voiceStarted", stream, from: "bob" });
      server({ type: "voiceEnded", stream, from: "bob", seconds: 1, reason: "done" });
      return effects.length > 0;
    });
    expect(begun.filter(Boolean)).toHaveLength(16);
  });
});

describe("the time of a frame", () => {
  const timeOf = (scene: Scene, capturedAt: number) => {
    const [effect] = scene.hear(8, capturedAt);
    return effect?.type === "play-frame" ? effect.frame.capturedAt : undefined;
  };

  test("is turned into that of our own clock", () => {
    const scene = createListening();
    synchronise(scene);
    pass(scene, 100);
    expect(timeOf(scene, 70_000)).toBe((start.wallMs + 70) * 1_000);
  });

  test("is left out while the server's clock is not known", () => {
    expect(timeOf(createListening(), 70_000)).toBe(0);
  });
});

describe("the end of a turn is told when its last words were played", () => {
  const report = {
    frames: 199,
    concealed: 1,
    delayMs: { median: 61.96, p95: 70.5 },
    partsMs: { arrival: 28.04, buffer: 20, output: 14.5 },
  };
  const figures = { delayMs: { median: 62, p95: 70.5 }, concealed: 0.005 };

  test("with the delay in parts", () => {
    const { server, voice } = createHeard();
    server({ type: "voiceEnded", ...ended, clip: 3, captureMs: 20, encodeMs: 3 });
    expect(voice(played(8, report))).toEqual([
      shown({
        type: "voice-ended",
        ...ended,
        clip: 3,
        ...figures,
        partsMs: { capture: 20, encode: 3, network: 5, buffer: 20, output: 14.5 },
      }),
    ]);
    expect(voice(played(8, report))).toEqual([]);
  });

  test("with no network that is faster than none", () => {
    const { server, voice } = createHeard();
    server({ type: "voiceEnded", ...ended, captureMs: 20, encodeMs: 9 });
    expect(voice(played(8, report))).toMatchObject([{ event: { partsMs: { network: 0 } } }]);
  });

  test("with those parts alone that are known, if the speaker did not tell", () => {
    const { server, voice } = createHeard();
    server({ type: "voiceEnded", ...ended });
    expect(voice(played(8, report))).toEqual([
      shown({ type: "voice-ended", ...ended, ...figures, partsMs: { buffer: 20, output: 14.5 } }),
    ]);
  });

  test("without a delay where it was not measured, and without a share of nothing", () => {
    const { server, voice } = createListening();
    server({ type: "voiceEnded", ...ended, seconds: 0 });
    expect(voice(played(8, { frames: 0 }))).toEqual([shown({ type: "voice-ended", ...ended, seconds: 0 })]);
  });

  /** The share that is told of 5 s, 250 frames: these came and those between them, and were played like this. */
  function shareOf(scene: Scene, sequences: number[], report: Parameters<typeof played>[1]): unknown {
    for (const sequence of sequences) hearFrame(scene, sequence);
    scene.server({ type: "voiceEnded", ...ended });
    const [effect] = scene.voice(played(8, report));
    return effect?.type === "show" && effect.event.type === "voice-ended" ? effect.event.concealed : effect;
  }

  test("with what was skipped counted as lost", () => {
    const report = { frames: 150, concealed: 5, missing: 95 };
    expect(shareOf(createListening(), [0, 249], report)).toBe(0.4);
  });

  test("with what never came before the first frame and after the last", () => {
    expect(shareOf(createListening(), [10, 209], { frames: 200 })).toBe(0.2);
    expect(shareOf(createListening(), [], { frames: 0 })).toBe(1);
    expect(shareOf(createListening(), [0, 400], { frames: 250 })).toBe(0);
  });

  test("without what was said before we came, or while they were muted", () => {
    const late = createScene();
    late.server(welcomeOf({ talking: [bobsTurn] }));
    expect(shareOf(late, [200, 249], { frames: 50 })).toBe(0);
    const unmuted = createScene();
    unmuted.wish({ type: "mute", name: "bob" });
    unmuted.server({ type: "voiceStarted", ...bobsTurn });
    unmuted.wish({ type: "unmute", name: "bob" });
    expect(shareOf(unmuted, [200, 249], { frames: 50 })).toBe(0);
  });

  test("each turn by itself", () => {
    const { server, voice } = createListening();
    server({ type: "voiceStarted", stream: 9, from: "carol" });
    server({ type: "voiceEnded", ...ended });
    server({ type: "voiceEnded", ...ended, stream: 9, from: "carol" });
    expect(voice(played(9))).toMatchObject([{ event: { type: "voice-ended", stream: 9, from: "carol" } }]);
    expect(voice(played(8))).toMatchObject([{ event: { type: "voice-ended", stream: 8, from: "bob" } }]);
  });

  test("without figures when the speaker failed, before the end or after it", () => {
    const failed = { type: "playback-failed", stream: 8, error: noSpeaker } as const;
    const first = createListening();
    expect(first.voice(failed)).toEqual([shown({ type: "error", ...noSpeaker })]);
    expect(first.hear(8)).toEqual([]);
    expect(first.server({ type: "voiceEnded", ...ended })).toEqual([
      shown({ type: "voice-ended", ...ended }),
    ]);
    const second = createListening();
    second.server({ type: "voiceEnded", ...ended });
    expect(second.voice(failed)).toEqual([
      shown({ type: "error", ...noSpeaker }),
      shown({ type: "voice-ended", ...ended }),
    ]);
  });

  test("or when we leave", () => {
    const { server, wish } = createListening();
    server({ type: "voiceEnded", ...ended });
    expect(wish({ type: "quit" })[0]).toEqual(shown({ type: "voice-ended", ...ended }));
  });
});

describe("trouble with the speaker", () => {
  test("is told once, and is no failure of ours", () => {
    const { chat, voice } = createScene();
    const failed = { type: "playback-failed", stream: 8, error: noSpeaker } as const;
    expect(voice(failed)).toEqual([shown({ type: "error", ...noSpeaker })]);
    expect(voice(failed)).toEqual([]);
    expect(chat.hasFailed()).toBeFalse();
  });

  test("is told in so many kinds and no more", () => {
    const { voice } = createScene();
    const told = Array.from({ length: 100 }, (_, index) =>
      voice({ type: "notice", code: "default-device", message: `Number ${index} is not there.` }),
    );
    expect(told.flat()).toHaveLength(16);
  });
});
