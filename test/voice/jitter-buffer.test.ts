import { describe, expect, test } from "bun:test";
import { createJitterBuffer, type JitterBuffer, type Taken } from "../../lib/voice/jitter-buffer.ts";

const frameMicros = 20_000;

function push(buffer: JitterBuffer, ...sequences: number[]): void {
  for (const sequence of sequences) {
    const capturedAt = sequence * frameMicros;
    buffer.push({ sequence, capturedAt, payload: new Uint8Array([sequence]) }, capturedAt);
  }
}

/** Frames as their numbers, everything else by name. */
function take(buffer: JitterBuffer, times: number): (number | Taken["kind"])[] {
  return Array.from({ length: times }, () => {
    const taken = buffer.take();
    return taken.kind === "frame" ? taken.frame.sequence : taken.kind;
  });
}

describe("jitter buffer", () => {
  test("gathers its depth before anything leaves", () => {
    const buffer = createJitterBuffer({ depthFrames: 3 });
    expect(take(buffer, 2)).toEqual(["silence", "silence"]);
    push(buffer, 0, 1);
    expect(take(buffer, 1)).toEqual(["silence"]);
    push(buffer, 2);
    expect(take(buffer, 3)).toEqual([0, 1, 2]);
  });

  test("a spurt shorter than the depth is played when it ends", () => {
    const buffer = createJitterBuffer({ depthFrames: 3 });
    push(buffer, 0);
    buffer.end();
    expect(take(buffer, 3)).toEqual([0, "done", "done"]);
  });

  test("a slow sender is played when the depth has passed as time", () => {
    const buffer = createJitterBuffer({ depthFrames: 2 });
    push(buffer, 0);
    expect(take(buffer, 5)).toEqual(["silence", "silence", "silence", "silence", 0]);
  });

  test("puts in order, and drops what comes twice or too late", () => {
    const buffer = createJitterBuffer({ depthFrames: 3 });
    push(buffer, 0, 2, 2, 1);
    expect(take(buffer, 2)).toEqual([0, 1]);
    push(buffer, 0, 3);
    expect(take(buffer, 2)).toEqual([2, 3]);
    expect(buffer.stats).toMatchObject({ taken: 4, dropped: 2, concealed: 0 });
  });

  test("conceals a frame that was dropped on the way", () => {
    const buffer = createJitterBuffer({ depthFrames: 2 });
    push(buffer, 0, 1, 3, 4);
    expect(take(buffer, 5)).toEqual([0, 1, "conceal", 3, 4]);
    expect(buffer.stats).toMatchObject({ taken: 4, concealed: 1 });
  });

  test("skips a gap that is wider than the buffer", () => {
    const buffer = createJitterBuffer({ depthFrames: 2, framesMax: 10 });
    push(buffer, 0, 1, 1_000_000_000, 1_000_000_001);
    expect(take(buffer, 4)).toEqual([0, 1, 1_000_000_000, 1_000_000_001]);
  });

  test("late frames are concealed without losing their place, then it is silent until the depth is back", () => {
    const buffer = createJitterBuffer({ depthFrames: 2 });
    push(buffer, 0, 1);
    expect(take(buffer, 9)).toEqual([0, 1, ...Array(5).fill("conceal"), "silence", "silence"]);
    push(buffer, 2);
    expect(take(buffer, 1)).toEqual(["silence"]);
    push(buffer, 3);
    expect(take(buffer, 2)).toEqual([2, 3]);
  });

  test("after a stall the listener hears what is said now", () => {
    const buffer = createJitterBuffer({ depthFrames: 2, framesMax: 10 });
    push(buffer, ...Array.from({ length: 11 }, (_, i) => i));
    expect(take(buffer, 2)).toEqual([9, 10]);
    expect(buffer.stats.dropped).toBe(9);
  });

  test("never holds more than its bound, whatever comes", () => {
    const buffer = createJitterBuffer({ depthFrames: 2, framesMax: 10 });
    for (let i = 0; i < 1000; i++) push(buffer, (i * 7919) % 1000);
    buffer.end();
    const left = take(buffer, 2000).filter((taken) => typeof taken === "number");
    expect(left.length).toBeLessThanOrEqual(10);
  });

  test("survives the wrap of the sequence number", () => {
    const buffer = createJitterBuffer({ depthFrames: 2 });
    push(buffer, 0xffff_fffe, 0xffff_ffff, 0, 1);
    expect(take(buffer, 4)).toEqual([0xffff_fffe, 0xffff_ffff, 0, 1]);
  });

  test("measures how unevenly frames arrive", () => {
    const even = createJitterBuffer();
    const uneven = createJitterBuffer();
    for (let sequence = 0; sequence < 200; sequence++) {
      const frame = { sequence, capturedAt: sequence * frameMicros, payload: new Uint8Array() };
      even.push(frame, frame.capturedAt + 5_000);
      uneven.push(frame, frame.capturedAt + (sequence % 2) * 10_000);
    }
    expect(even.stats.jitterMs).toBe(0);
    expect(uneven.stats.jitterMs).toBeCloseTo(10, 1);
  });
});
