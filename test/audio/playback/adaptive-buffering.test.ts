import { expect, test } from "bun:test";
import type { Buffering } from "../../../lib/audio/device.ts";
import {
  createOutputMemory,
  more,
  type OutputMemory,
} from "../../../lib/audio/playback/adaptive-buffering.ts";

test("begins with the least, and knows no depth", () => {
  const memory = createOutputMemory();
  expect(memory.buffering).toBe("low");
  expect(memory.depthMs).toBeUndefined();
});

test("more is one step up, and ends at the top", () => {
  const steps: Buffering[] = ["low", "normal", "high"];
  expect(steps.map(more)).toEqual(["normal", "high", "high"]);
});

test("keeps what a clip needed", () => {
  const memory = createOutputMemory();
  memory.learned({ buffering: "normal", underruns: 3, depthMs: 60 });
  expect(memory.buffering).toBe("normal");
  expect(memory.depthMs).toBe(60);
  memory.learned({ buffering: "normal", underruns: 0 });
  expect(memory.depthMs).toBe(60);
});

test("ten clean clips in a row lead one step down, and an underrun between them begins the count anew", () => {
  const memory = createOutputMemory();
  memory.learned({ buffering: "high", underruns: 4 });
  const play = (clips: number) => {
    for (let clip = 0; clip < clips; clip++) memory.learned({ buffering: memory.buffering, underruns: 0 });
  };
  play(9);
  memory.learned({ buffering: "high", underruns: 1 });
  play(9);
  expect(memory.buffering).toBe("high");
  play(1);
  expect(memory.buffering).toBe("normal");
  play(10);
  expect(memory.buffering).toBe("low");
  play(10);
  expect(memory.buffering).toBe("low");
});

/** Plays clips one after the other, as the memory says; how many it takes until that changes. */
function clipsUntilChange(memory: OutputMemory, underruns = 0): number {
  const { buffering } = memory;
  for (let clips = 1; clips <= 1000; clips++) {
    memory.learned({ buffering, underruns });
    if (memory.buffering !== buffering) return clips;
  }
  return Number.POSITIVE_INFINITY;
}

test("clips too short to run out thrice raise it together", () => {
  const memory = createOutputMemory();
  expect(clipsUntilChange(memory, 1)).toBe(3);
  expect(memory.buffering).toBe("normal");
  expect(clipsUntilChange(memory, 2)).toBe(2);
  expect(memory.buffering).toBe("high");
  expect(clipsUntilChange(memory, 2)).toBe(Number.POSITIVE_INFINITY);
});

test("an underrun in every third clip changes nothing", () => {
  const memory = createOutputMemory();
  for (let clip = 0; clip < 100; clip++)
    memory.learned({ buffering: "low", underruns: clip % 3 === 0 ? 1 : 0 });
  expect(memory.buffering).toBe("low");
});

test("a clip that began before there was more says nothing about the output", () => {
  const memory = createOutputMemory();
  memory.learned({ buffering: "normal", underruns: 3 });
  memory.learned({ buffering: "low", underruns: 3, depthMs: 70 });
  expect(memory.buffering).toBe("normal");
  expect(memory.depthMs).toBe(70);
});

test("an output that took nothing gets more, and as little is tried again later and later", () => {
  const memory = createOutputMemory();
  for (const clips of [20, 40, 80, 80]) {
    memory.stalled();
    expect(memory.buffering).toBe("normal");
    expect(clipsUntilChange(memory)).toBe(clips);
    expect(memory.buffering).toBe("low");
  }
  // It works after all.
  memory.learned({ buffering: "low", underruns: 0 });
  memory.stalled();
  expect(clipsUntilChange(memory)).toBe(20);
});

test("two stalls, of which the output was not the reason, are made good by clean clips", () => {
  const memory = createOutputMemory();
  memory.stalled();
  memory.stalled();
  expect(memory.buffering).toBe("high");
  expect(clipsUntilChange(memory)).toBe(20);
  expect(clipsUntilChange(memory)).toBe(20);
  expect(memory.buffering).toBe("low");
});

test("where even the most took nothing, it was not for want of buffering", () => {
  const memory = createOutputMemory();
  for (let stall = 0; stall < 3; stall++) memory.stalled();
  expect(memory.buffering).toBe("low");
  memory.learned({ buffering: "high", underruns: 4 });
  expect(clipsUntilChange(memory)).toBe(10);
});
