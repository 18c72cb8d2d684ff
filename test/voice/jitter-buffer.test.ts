import { describe, expect, test } from "bun:test";
import { createJitterBuffer, type JitterBuffer, type Taken } from "../../lib/voice/jitter-buffer.ts";

const frameMicros = 20_000;

function push(buffer: JitterBuffer, ...sequences: number[]): void {
  for (const sequence of sequences) {
    const capturedAt = sequence * frameMicros;
    buffer.push({ sequence, capturedAt, payload: new Uint8Array(80) }, capturedAt);
  }
}

function pushSilent(buffer: JitterBuffer, sequence: number): void {
  const capturedAt = sequence * frameMicros;
  buffer.push({ sequence, capturedAt, payload: new Uint8Array(3) }, capturedAt);
}

const count = (length: number, first = 0) => Array.from({ length }, (_, i) => (first + i) >>> 0);

/** The frames from `first` on come one by one, each in time to be taken; returns which were left out. */
function playOn(buffer: JitterBuffer, first: number, times: number, silent: number[] = []): number[] {
  const sequences = count(times, first);
  const taken = sequences.map((sequence) => {
    (silent.includes(sequence) ? pushSilent : push)(buffer, sequence);
    return take(buffer, 1)[0] as number;
  });
  const steps = taken.slice(1).map((sequence, i) => (sequence - Number(taken[i])) >>> 0);
  return steps.flatMap((step, i) => count(step - 1, Number(taken[i]) + 1));
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

  describe("what has gathered beyond the depth", () => {
    test("goes, one frame in 200 ms, until the depth is back", () => {
      const buffer = createJitterBuffer({ depthFrames: 2 });
      push(buffer, ...count(8));
      expect(playOn(buffer, 8, 200)).toEqual([10, 21, 32, 43, 54, 65, 76]);
      expect(buffer.stats).toMatchObject({ taken: 200, concealed: 0, dropped: 7 });
    });

    test("goes across the wrap of the sequence number too", () => {
      const buffer = createJitterBuffer({ depthFrames: 2 });
      const first = 0xffff_fff6;
      push(buffer, ...count(3, first));
      expect(playOn(buffer, (first + 3) >>> 0, 60)).toEqual([0, 11]);
    });

    test("is not there at the depth, nor when it comes and goes", () => {
      const even = createJitterBuffer({ depthFrames: 2 });
      push(even, 0);
      expect(playOn(even, 1, 200)).toEqual([]);
      const inBursts = createJitterBuffer({ depthFrames: 2 });
      for (let sequence = 0; sequence < 200; sequence += 4) {
        push(inBursts, ...count(4, sequence));
        expect(take(inBursts, 4)).toEqual(count(4, sequence));
      }
    });

    test("goes by a silent frame, where one is here", () => {
      const buffer = createJitterBuffer({ depthFrames: 2 });
      push(buffer, ...count(4));
      expect(playOn(buffer, 4, 100, [12, 13, 24, 60])).toEqual([12, 24, 35]);
    });

    test("is played when the spurt has ended", () => {
      const buffer = createJitterBuffer({ depthFrames: 2 });
      push(buffer, ...count(15));
      buffer.end();
      expect(take(buffer, 16)).toEqual([...count(15), "done"]);
    });

    test("goes without the place of a frame that was lost", () => {
      const buffer = createJitterBuffer({ depthFrames: 2 });
      push(buffer, ...count(10), ...count(5, 11));
      expect(take(buffer, 12)).toEqual([...count(10), "conceal", 12]);
    });
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
