import { expect, test } from "bun:test";
import type { Buffering } from "../../../lib/audio/device.ts";
import type { AdaptiveBuffering } from "../../../lib/audio/playback/adaptive-buffering.ts";
import { createAdaptiveBuffering, increased } from "../../../lib/audio/playback/adaptive-buffering.ts";

test("begins with the least, and knows no depth", () => {
  const adaptive = createAdaptiveBuffering();
  expect(adaptive.buffering).toBe("low");
  expect(adaptive.targetDelayMs).toBeUndefined();
});

test("more is one step up, and ends at the top", () => {
  const steps: Buffering[] = ["low", "normal", "high"];
  expect(steps.map(increased)).toEqual(["normal", "high", "high"]);
});

test("keeps what a clip needed", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.played({ buffering: "normal", underruns: 3, targetDelayMs: 60 });
  expect(adaptive.buffering).toBe("normal");
  expect(adaptive.targetDelayMs).toBe(60);
  adaptive.played({ buffering: "normal", underruns: 0 });
  expect(adaptive.targetDelayMs).toBe(60);
});

test("ten clean clips in a row lead one step down, and an underrun between them begins the count anew", () => {
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

/** Plays clips one after the other, as the adaptive says; how many it takes until that changes. */
function clipsUntilChange(adaptive: AdaptiveBuffering, underruns = 0): number {
  const { buffering } = adaptive;
  for (let clips = 1; clips <= 1000; clips++) {
    adaptive.played({ buffering, underruns });
    if (adaptive.buffering !== buffering) return clips;
  }
  return Number.POSITIVE_INFINITY;
}

test("clips too short to run out thrice raise it together", () => {
  const adaptive = createAdaptiveBuffering();
  expect(clipsUntilChange(adaptive, 1)).toBe(3);
  expect(adaptive.buffering).toBe("normal");
  expect(clipsUntilChange(adaptive, 2)).toBe(2);
  expect(adaptive.buffering).toBe("high");
  expect(clipsUntilChange(adaptive, 2)).toBe(Number.POSITIVE_INFINITY);
});

test("an underrun in every third clip changes nothing", () => {
  const adaptive = createAdaptiveBuffering();
  for (let clip = 0; clip < 100; clip++)
    adaptive.played({ buffering: "low", underruns: clip % 3 === 0 ? 1 : 0 });
  expect(adaptive.buffering).toBe("low");
});

test("a clip that began before there was more says nothing about the output", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.played({ buffering: "normal", underruns: 3 });
  adaptive.played({ buffering: "low", underruns: 3, targetDelayMs: 70 });
  expect(adaptive.buffering).toBe("normal");
  expect(adaptive.targetDelayMs).toBe(70);
});

test("an output that took nothing gets increased, and as little is tried again later and later", () => {
  const adaptive = createAdaptiveBuffering();
  for (const clips of [20, 40, 80, 80]) {
    adaptive.stalled();
    expect(adaptive.buffering).toBe("normal");
    expect(clipsUntilChange(adaptive)).toBe(clips);
    expect(adaptive.buffering).toBe("low");
  }
  // It works after all.
  adaptive.played({ buffering: "low", underruns: 0 });
  adaptive.stalled();
  expect(clipsUntilChange(adaptive)).toBe(20);
});

test("two stalls, of which the output was not the reason, are made good by clean clips", () => {
  const adaptive = createAdaptiveBuffering();
  adaptive.stalled();
  adaptive.stalled();
  expect(adaptive.buffering).toBe("high");
  expect(clipsUntilChange(adaptive)).toBe(20);
  expect(clipsUntilChange(adaptive)).toBe(20);
  expect(adaptive.buffering).toBe("low");
});

test("where even the most took nothing, it was not for want of buffering", () => {
  const adaptive = createAdaptiveBuffering();
  for (let stall = 0; stall < 3; stall++) adaptive.stalled();
  expect(adaptive.buffering).toBe("low");
  adaptive.played({ buffering: "high", underruns: 4 });
  expect(clipsUntilChange(adaptive)).toBe(10);
});
