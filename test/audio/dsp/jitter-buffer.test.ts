import { describe, expect, test } from "bun:test";
import { chunkMs, frameMs } from "../../../lib/audio/dsp/format.ts";
import { comfortNoise, count, listen, silences, times } from "../../support/jitter-listener.ts";

describe("jitter buffer", () => {
  describe("begins", () => {
    test("with silence until the first frame has waited for the depth", () => {
      const { arrive, take } = listen();
      expect(take(3)).toEqual(times(3, "silence"));
      arrive([0]);
      expect(take(20 / chunkMs)).toEqual([...silences(20 - chunkMs), 0]);
    });

    test("with the depth that it was given", () => {
      const { buffer, arrive, take } = listen({ targetDelayMs: 100 });
      arrive([0]);
      expect(take(100 / chunkMs)).toEqual([...silences(100 - chunkMs), 0]);
      expect(buffer.stats.targetDelayMs).toBe(100);
    });

    test("and is at the depth that the arrivals need after half a second", () => {
      const deep = listen({ targetDelayMs: 100 });
      deep.hear(count(24));
      expect(deep.buffer.stats.targetDelayMs).toBe(100);
      deep.hear([24]);
      expect(deep.buffer.stats.targetDelayMs).toBe(20);
      const shallow = listen({ targetDelayMs: 15 });
      shallow.hear(count(200));
      expect(shallow.buffer.stats.targetDelayMs).toBe(15);
    });

    test("with what the stream before it learned, less of it with each clip that did not need it", () => {
      let targetDelayMs = 220;
      for (const leftMs of [180, 148, 122]) {
        const { buffer, hear } = listen({ targetDelayMs });
        hear(count(5));
        expect(buffer.stats).toMatchObject({ targetDelayMs, nextTargetDelayMs: leftMs });
        targetDelayMs = leftMs;
      }
      const { buffer, hear, take, arrive } = listen({ targetDelayMs: 100 });
      hear(count(20));
      take(4);
      arrive(count(4, 20));
      expect(buffer.stats.nextTargetDelayMs).toBeGreaterThanOrEqual(60 + 15);
    });

    test("at once with what has gathered", () => {
      const { arrive, take, pass } = listen();
      arrive([0]);
      pass(20);
      arrive([1]);
      expect(take(2)).toEqual([0, 1]);
    });

    test("at once when nothing more will come", () => {
      const { buffer, arrive, take } = listen({ targetDelayMs: 400 });
      arrive([0]);
      buffer.end();
      expect(take(3)).toEqual([0, "done", "done"]);
    });

    test("no later than that when the player asks faster than it plays", () => {
      const { buffer, arrive, pass } = listen({ targetDelayMs: 100 });
      let nowMs = 0;
      arrive([0]);
      while (times(8, "silence").every((kind) => buffer.take().type === kind)) {
        pass(frameMs);
        nowMs += frameMs;
        arrive([nowMs / frameMs]);
      }
      expect(nowMs).toBeLessThanOrEqual(100);
    });
  });

  describe("keeps the order", () => {
    test("that frames come in, and drops what comes twice or behind a later one", () => {
      const { buffer, arrive, take } = listen();
      arrive([0, 2, 2, 1, 3]);
      buffer.end();
      expect(take(5)).toEqual([0, "conceal", 2, 3, "done"]);
      expect(buffer.stats).toMatchObject({ played: 3, dropped: 2, concealed: 1 });
    });

    test("across the wrap of the sequence number", () => {
      const { buffer, arrive, take } = listen();
      arrive(count(4, 0xffff_fffe));
      expect(take(4)).toEqual([0xffff_fffe, 0xffff_ffff, 0, 1]);
      expect(buffer.stats.dropped).toBe(0);
    });

    test("of a new beginning, wherever its numbers are", () => {
      const { buffer, arrive, hear } = listen({ targetDelayMs: 0 });
      hear(count(3, 1_000_000));
      arrive([1_000_003]);
      expect(hear([5, 6, 7])).toEqual([5, 6, 7]);
      expect(hear([2_000_000_000, 2_000_000_001])).toEqual([2_000_000_000, 2_000_000_001]);
      expect(buffer.stats).toMatchObject({ dropped: 1, concealed: 0 });
    });

    test("whatever the sender says when frames were captured", () => {
      const [honest, wild] = [listen(), listen()];
      for (const sequence of count(100)) {
        const payload = new Uint8Array(80);
        honest.arrive([sequence]);
        wild.buffer.push({ sequence, capturedAt: (-1) ** sequence * 1e15, payload }, sequence * 20_000);
        expect(wild.buffer.take().type).toBe(honest.take(1)[0] === "silence" ? "silence" : "frame");
      }
      expect(wild.buffer.stats.targetDelayMs).toBe(20);
    });
  });

  describe("of frames that are late", () => {
    test("conceals five without giving up their place, then it is silent", () => {
      const { buffer, hear, take, arrive } = listen({ targetDelayMs: 0 });
      hear(count(3));
      expect(take(7)).toEqual([...times(5, "conceal"), "silence", "silence"]);
      arrive([3, 4]);
      expect(take(2)).toEqual([3, 4]);
      expect(buffer.stats).toMatchObject({
        played: 5,
        concealed: 5,
        concealmentEvents: 1,
        dropped: 0,
        missing: 0,
      });
    });

    test("conceals nothing in a pause, which goes on as it sounds", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(3));
      hear([3], 1);
      expect(take(3)).toEqual(times(3, "comfort-noise"));
      expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0 });
    });

    test("takes the packet that tells how a pause sounds for a part of it", () => {
      const { buffer, hear, take, arrive } = listen({ targetDelayMs: 0 });
      hear(count(3));
      hear([3], 1);
      hear([4], 65);
      expect(take(8)).toEqual(comfortNoise(40));
      arrive([5, 6], 1);
      expect(take(2)).toContain(6);
      expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0, missing: 0 });
    });

    test("conceals again from the second frame of speech on", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(3), 1);
      hear([3, 4]);
      expect(take(2)).toEqual(times(2, "conceal"));
      expect(buffer.stats).toMatchObject({ concealed: 2, concealmentEvents: 1 });
    });

    test("learns how deep it has to be", () => {
      const { buffer, hear, take, arrive } = listen();
      hear(count(50));
      take(3);
      arrive([50, 51, 52]);
      expect(buffer.stats.targetDelayMs).toBeGreaterThanOrEqual(40 + 15);
    });

    test("aims at 400 ms and no more", () => {
      expect(listen({ targetDelayMs: 1000 }).buffer.stats.targetDelayMs).toBe(400);
      const { buffer, hear, pass } = listen();
      hear(count(50));
      pass(395);
      hear([50]);
      expect(buffer.stats.targetDelayMs).toBe(400);
    });

    test("does not wait longer than 100 ms for the end of a burst", () => {
      const { hear, play } = listen();
      hear(count(50));
      // From here on the way takes half a second longer.
      play(500);
      const taken = hear(count(50, 50));
      expect(taken.slice(0, 100 / chunkMs)).toEqual(silences(100));
      expect(taken[100 / chunkMs]).toBeNumber();
      expect(taken.at(-1)).toBe(99);
    });

    test("puts in what is missing to the depth where it is silent", () => {
      const { buffer, hear, play, arrive } = listen();
      hear(count(50));
      const before = play(14);
      arrive([50]);
      // Just in time.
      const speech = [...before, ...play(6), ...hear(count(20, 51))];
      expect(buffer.stats.targetDelayMs).toBe(14 + 15);
      expect(speech).toEqual(count(21, 50));
      expect(hear(count(5, 71), 1)).toEqual([71, ...comfortNoise(10), 72, 73, 74]);
    });

    test("counts nothing that was concealed behind the last one", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(3));
      expect(take(3)).toEqual(times(3, "conceal"));
      buffer.end();
      expect(take(1)).toEqual(["done"]);
      buffer.end();
      expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0 });
    });
  });

  describe("of frames that were dropped on the way", () => {
    /** The depth is 200 ms; the frames from 10 on that are missing do not come, those behind them are in time. */
    const withMissing = (missing: number) => {
      const { buffer, hear, take } = listen({ targetDelayMs: 200 });
      const taken = [...hear(count(10)), ...take(missing), ...hear(count(20, 10 + missing))];
      return { buffer, taken: taken.slice(taken.indexOf(9) + 1) };
    };

    test("conceals a few", () => {
      const { buffer, taken } = withMissing(3);
      expect(taken.slice(0, 5)).toEqual([...times(3, "conceal"), 13, 14]);
      expect(buffer.stats).toMatchObject({ concealed: 3, concealmentEvents: 1, dropped: 0, missing: 0 });
    });

    test("conceals five of many, and the rest is silence", () => {
      const { buffer, taken } = withMissing(8);
      const [concealed, silent] = [times(5, "conceal"), silences(60)];
      expect(taken.slice(0, 7 + silent.length)).toEqual([...concealed, ...silent, 18, 19]);
      expect(buffer.stats).toMatchObject({ concealed: 5, concealmentEvents: 1, dropped: 0, missing: 3 });
    });

    test("skips those whose time was concealed while nothing came", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(50));
      expect(take(3)).toEqual(times(3, "conceal"));
      expect(hear(count(3, 53))).toEqual(count(3, 53));
      expect(buffer.stats).toMatchObject({ concealed: 3, concealmentEvents: 1, missing: 0 });
    });

    test("skips those whose time has gone by with a stall", () => {
      const { buffer, hear, arrive, take } = listen();
      hear(count(50));
      take(5 + 500 / chunkMs);
      arrive(count(5, 76));
      expect(take(5)).toEqual(count(5, 76));
      expect(buffer.stats).toMatchObject({ concealed: 5, dropped: 0, missing: 26 - 5 });
    });

    test("does not miss them in a pause", () => {
      const { buffer, hear } = listen({ targetDelayMs: 0 });
      hear(count(3));
      hear(count(3, 3), 1);
      expect(hear([9, 10])).toContain(9);
      expect(buffer.stats.concealed).toBe(0);
    });

    test("misses none between silent frames, and all beside speech", () => {
      const inPause = listen({ targetDelayMs: 0 });
      inPause.hear(count(3));
      inPause.hear([3, 9], 1);
      expect(inPause.buffer.stats).toMatchObject({ played: 5, concealed: 0, missing: 0 });
      const before = listen({ targetDelayMs: 0 });
      before.hear(count(3), 1);
      before.hear([9, 10]);
      expect(before.buffer.stats).toMatchObject({ played: 5, concealed: 0, missing: 6 });
    });
  });

  test("measures how unevenly frames arrive", () => {
    const { buffer, hear, pass, arrive } = listen();
    hear(count(50));
    expect(buffer.stats.jitterMs).toBe(0);
    pass(16);
    arrive([50]);
    expect(buffer.stats.jitterMs).toBe(1);
  });
});
