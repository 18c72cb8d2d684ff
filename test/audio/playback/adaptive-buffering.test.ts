import { expect, test } from "bun:test";
import type { Buffering } from "../../../lib/audio/device.ts";
import type { AdaptiveBuffering } from "../../../lib/audio/playback/adaptive-buffering.ts";
import { createAdaptiveBuffering, increased } from "../../../lib/audio/playback/adaptive-buffering.ts";

test("adaptive buffering begins with the smallest buffering and without a target delay", () => {
  const adaptive = createAdaptiveBuffering();
  expect(adaptive.buffering).toBe("low");
  expect(adaptive.targetDelayMs).toBeUndefined();
});

test("increased buffering is one step larger, and the largest stays", () => {
  const steps: Buffering[] = ["low", "normal", "high"];
  expect(steps.map(increased)).toEqual(["normal", "high", "high"]);
});

test("adaptive buffering keeps the buffering and the target delay of the last clip", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.played({ buffering: "normal", underruns: 3, targetDelayMs: 60 });
  expect(adaptive.buffering).toBe("normal");
  expect(adaptive.targetDelayMs).toBe(60);
  adaptive.played({ buffering: "normal", underruns: 0 });
  expect(adaptive.targetDelayMs).toBe(60);
});

test("ten clips in a row without an underrun reduce the buffering by one step", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.played({ buffering: "high", underruns: 4 });
  const play = (clips: number) => {
    for (let clip = 0; clip < clips; clip++) adaptive.played({ buffering: adaptive.buffering, underruns: 0 });
  };
  play(9);
  adaptive.played({ buffering: "high", underruns: 1 });
  play(9);
  expect(adaptive.buffering).toBe("high");
  play(1);
  expect(adaptive.buffering).toBe("normal");
  play(10);
  expect(adaptive.buffering).toBe("low");
  play(10);
  expect(adaptive.buffering).toBe("low");
});

/** Plays clips with the current buffering; returns how many it takes until the buffering changes. */
function clipsUntilChange(adaptive: AdaptiveBuffering, underruns = 0): number {
  const { buffering } = adaptive;
  for (let clips = 1; clips <= 1000; clips++) {
    adaptive.played({ buffering, underruns });
    if (adaptive.buffering !== buffering) return clips;
  }
  return Number.POSITIVE_INFINITY;
}

test("underruns of several short clips together raise the buffering", () => {
  const adaptive = createAdaptiveBuffering();
  expect(clipsUntilChange(adaptive, 1)).toBe(3);
  expect(adaptive.buffering).toBe("normal");
  expect(clipsUntilChange(adaptive, 2)).toBe(2);
  expect(adaptive.buffering).toBe("high");
  expect(clipsUntilChange(adaptive, 2)).toBe(Number.POSITIVE_INFINITY);
});

test("an underrun in every third clip leaves the buffering as it is", () => {
  const adaptive = createAdaptiveBuffering();
  for (let clip = 0; clip < 100; clip++)
    adaptive.played({ buffering: "low", underruns: clip % 3 === 0 ? 1 : 0 });
  expect(adaptive.buffering).toBe("low");
});

test("a clip that began with less buffering does not change the buffering", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.played({ buffering: "normal", underruns: 3 });
  adaptive.played({ buffering: "low", underruns: 3, targetDelayMs: 70 });
  expect(adaptive.buffering).toBe("normal");
  expect(adaptive.targetDelayMs).toBe(70);
});

test("a stalled output gets more buffering, and less is tried again after a doubling number of clips", () => {
  const adaptive = createAdaptiveBuffering();
  for (const clips of [20, 40, 80, 80]) {
    adaptive.stalled();
    expect(adaptive.buffering).toBe("normal");
    expect(clipsUntilChange(adaptive)).toBe(clips);
    expect(adaptive.buffering).toBe("low");
  }
  // The smallest buffering works.
  adaptive.played({ buffering: "low", underruns: 0 });
  adaptive.stalled();
  expect(clipsUntilChange(adaptive)).toBe(20);
});

test("clips without underruns reduce the buffering after two stalls", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.stalled();
  adaptive.stalled();
  expect(adaptive.buffering).toBe("high");
  expect(clipsUntilChange(adaptive)).toBe(20);
  expect(clipsUntilChange(adaptive)).toBe(20);
  expect(adaptive.buffering).toBe("low");
});

test("a stall with the largest buffering resets it to the smallest", () => {
  const adaptive = createAdaptiveBuffering();
  for (let stall = 0; stall < 3; stall++) adaptive.stalled();
  expect(adaptive.buffering).toBe("low");
  adaptive.played({ buffering: "high", underruns: 4 });
  expect(clipsUntilChange(adaptive)).toBe(10);
});
