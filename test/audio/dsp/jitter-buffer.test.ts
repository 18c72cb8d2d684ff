import { describe, expect, test } from "bun:test";
import { chunkMs, frameMs } from "../../../lib/audio/dsp/format.ts";
import { comfortNoise, count, listen, silences, times } from "../../support/jitter-listener.ts";

describe("the jitter buffer", () => {
  describe("begins", () => {
    test("with silence until the first frame has waited for the target delay", () => {
      const { arrive, take } = listen();
      expect(take(3)).toEqual(times(3, "silence"));
      arrive([0]);
      expect(take(20 / chunkMs)).toEqual([...silences(20 - chunkMs), 0]);
    });

    test("with the target delay of its options", () => {
      const { buffer, arrive, take } = listen({ targetDelayMs: 100 });
      arrive([0]);
      expect(take(100 / chunkMs)).toEqual([...silences(100 - chunkMs), 0]);
      expect(buffer.stats.targetDelayMs).toBe(100);
    });

    test("and reaches the target delay that the arrivals need after half a second", () => {
      const deep = listen({ targetDelayMs: 100 });
      deep.hear(count(24));
      expect(deep.buffer.stats.targetDelayMs).toBe(100);
      deep.hear([24]);
      expect(deep.buffer.stats.targetDelayMs).toBe(20);
      const shallow = listen({ targetDelayMs: 15 });
      shallow.hear(count(200));
      expect(shallow.buffer.stats.targetDelayMs).toBe(15);
    });

    test("with the target delay of the stream before, which decreases with each transmission that did not need it", () => {
      let targetDelayMs = 220;
      for (const nextMs of [180, 148, 122]) {
        const { buffer, hear } = listen({ targetDelayMs });
        hear(count(5));
        expect(buffer.stats).toMatchObject({ targetDelayMs, nextTargetDelayMs: nextMs });
        targetDelayMs = nextMs;
      }
      const { buffer, hear, take, arrive } = listen({ targetDelayMs: 100 });
      hear(count(20));
      take(4);
      arrive(count(4, 20));
      expect(buffer.stats.nextTargetDelayMs).toBeGreaterThanOrEqual(60 + 15);
    });

    test("at once with frames that have waited long enough", () => {
      const { arrive, take, pass } = listen();
      arrive([0]);
      pass(20);
      arrive([1]);
      expect(take(2)).toEqual([0, 1]);
    });

    test("at once after the end", () => {
      const { buffer, arrive, take } = listen({ targetDelayMs: 400 });
      arrive([0]);
      buffer.end();
      expect(take(3)).toEqual([0, "done", "done"]);
    });

    test("within the target delay when the player takes faster than it plays", () => {
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

  describe("keeps the order of frames", () => {
    test("and drops duplicates and frames that arrive after a later one", () => {
      const { buffer, arrive, take } = listen();
      arrive([0, 2, 2, 1, 3]);
      buffer.end();
      expect(take(5)).toEqual([0, "conceal", 2, 3, "done"]);
      expect(buffer.stats).toMatchObject({ played: 3, dropped: 2, concealed: 1 });
    });

    test("when the sequence number wraps around", () => {
      const { buffer, arrive, take } = listen();
      arrive(count(4, 0xffff_fffe));
      expect(take(4)).toEqual([0xffff_fffe, 0xffff_ffff, 0, 1]);
      expect(buffer.stats.dropped).toBe(0);
    });

    test("after a restart of the sender with other sequence numbers", () => {
      const { buffer, arrive, hear } = listen({ targetDelayMs: 0 });
      hear(count(3, 1_000_000));
      arrive([1_000_003]);
      expect(hear([5, 6, 7])).toEqual([5, 6, 7]);
      expect(hear([2_000_000_000, 2_000_000_001])).toEqual([2_000_000_000, 2_000_000_001]);
      expect(buffer.stats).toMatchObject({ dropped: 1, concealed: 0 });
    });

    test("whatever capture times the sender gives", () => {
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

  describe("with late frames", () => {
    test("conceals five frames, then is silent, and still plays the late frames", () => {
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

    test("plays comfort noise in a pause and conceals nothing", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(3));
      hear([3], 1);
      expect(take(3)).toEqual(times(3, "comfort-noise"));
      expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0 });
    });

    test("treats a packet that updates the comfort noise as a part of the pause", () => {
      const { buffer, hear, take, arrive } = listen({ targetDelayMs: 0 });
      hear(count(3));
      hear([3], 1);
      hear([4], 65);
      expect(take(8)).toEqual(comfortNoise(40));
      arrive([5, 6], 1);
      expect(take(2)).toContain(6);
      expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0, missing: 0 });
    });

    test("conceals again after two frames of speech", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(3), 1);
      hear([3, 4]);
      expect(take(2)).toEqual(times(2, "conceal"));
      expect(buffer.stats).toMatchObject({ concealed: 2, concealmentEvents: 1 });
    });

    test("raises the target delay to the delay of a late frame", () => {
      const { buffer, hear, take, arrive } = listen();
      hear(count(50));
      take(3);
      arrive([50, 51, 52]);
      expect(buffer.stats.targetDelayMs).toBeGreaterThanOrEqual(40 + 15);
    });

    test("limits the target delay to 400 ms", () => {
      expect(listen({ targetDelayMs: 1000 }).buffer.stats.targetDelayMs).toBe(400);
      const { buffer, hear, pass } = listen();
      hear(count(50));
      pass(395);
      hear([50]);
      expect(buffer.stats.targetDelayMs).toBe(400);
    });

    test("waits 100 ms at most for the end of a burst", () => {
      const { hear, play } = listen();
      hear(count(50));
      // From here on the transit is half a second longer.
      play(500);
      const taken = hear(count(50, 50));
      expect(taken.slice(0, 100 / chunkMs)).toEqual(silences(100));
      expect(taken[100 / chunkMs]).toBeNumber();
      expect(taken.at(-1)).toBe(99);
    });

    test("inserts comfort noise in a pause until the delay reaches the target", () => {
      const { buffer, hear, play, arrive } = listen();
      hear(count(50));
      const before = play(14);
      arrive([50]);
      // The frame arrives in time to be played without concealment.
      const speech = [...before, ...play(6), ...hear(count(20, 51))];
      expect(buffer.stats.targetDelayMs).toBe(14 + 15);
      expect(speech).toEqual(count(21, 50));
      expect(hear(count(5, 71), 1)).toEqual([71, ...comfortNoise(10), 72, 73, 74]);
    });

    test("does not count concealment after the last frame of the stream", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(3));
      expect(take(3)).toEqual(times(3, "conceal"));
      buffer.end();
      expect(take(1)).toEqual(["done"]);
      buffer.end();
      expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0 });
    });
  });

  describe("with lost frames", () => {
    /** The target delay is 200 ms. `missing` frames from number 10 on are lost, and later ones arrive in time. */
    const withMissing = (missing: number) => {
      const { buffer, hear, take } = listen({ targetDelayMs: 200 });
      const taken = [...hear(count(10)), ...take(missing), ...hear(count(20, 10 + missing))];
      return { buffer, taken: taken.slice(taken.indexOf(9) + 1) };
    };

    test("conceals three of three", () => {
      const { buffer, taken } = withMissing(3);
      expect(taken.slice(0, 5)).toEqual([...times(3, "conceal"), 13, 14]);
      expect(buffer.stats).toMatchObject({ concealed: 3, concealmentEvents: 1, dropped: 0, missing: 0 });
    });

    test("conceals five of eight, and is silent for the rest", () => {
      const { buffer, taken } = withMissing(8);
      const [concealed, silent] = [times(5, "conceal"), silences(60)];
      expect(taken.slice(0, 7 + silent.length)).toEqual([...concealed, ...silent, 18, 19]);
      expect(buffer.stats).toMatchObject({ concealed: 5, concealmentEvents: 1, dropped: 0, missing: 3 });
    });

    test("skips lost frames whose time was concealed before later frames arrived", () => {
      const { buffer, hear, take } = listen({ targetDelayMs: 0 });
      hear(count(50));
      expect(take(3)).toEqual(times(3, "conceal"));
      expect(hear(count(3, 53))).toEqual(count(3, 53));
      expect(buffer.stats).toMatchObject({ concealed: 3, concealmentEvents: 1, missing: 0 });
    });

    test("skips lost frames whose time passed during a stall", () => {
      const { buffer, hear, arrive, take } = listen();
      hear(count(50));
      take(5 + 500 / chunkMs);
      arrive(count(5, 76));
      expect(take(5)).toEqual(count(5, 76));
      expect(buffer.stats).toMatchObject({ concealed: 5, dropped: 0, missing: 26 - 5 });
    });

    test("conceals none in a pause", () => {
      const { buffer, hear } = listen({ targetDelayMs: 0 });
      hear(count(3));
      hear(count(3, 3), 1);
      expect(hear([9, 10])).toContain(9);
      expect(buffer.stats.concealed).toBe(0);
    });

    test("counts lost frames as missing beside speech, and not between silent frames", () => {
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

  test("measures the interarrival jitter of RFC 3550", () => {
    const { buffer, hear, pass, arrive } = listen();
    hear(count(50));
    expect(buffer.stats.jitterMs).toBe(0);
    pass(16);
    arrive([50]);
    expect(buffer.stats.jitterMs).toBe(1);
  });
});
