/** The bounds of the jitter buffer against hostile senders: memory, counters and termination. */
import { describe, expect, test } from "bun:test";
import type { Taken } from "../../support/jitter-listener.ts";
import { count, listen } from "../../support/jitter-listener.ts";
import { eachSeed } from "../../support/random.ts";

describe("the jitter buffer with a hostile sender", () => {
  test("holds 800 ms of frames at most", () => {
    const { buffer, arrive, take } = listen();
    arrive(count(2000));
    buffer.end();
    expect(take(41)).toEqual([...count(40, 1960), "done"]);
  });

  test("drops a payload that is longer than an Opus packet", () => {
    const { buffer, arrive, take } = listen({ targetDelayMs: 0 });
    arrive([0], 1275);
    arrive([1], 1276);
    expect(take(1)).toEqual([0]);
    expect(buffer.stats.dropped).toBe(1);
  });

  test("ignores frames after the end", () => {
    const { buffer, arrive, take } = listen();
    buffer.end();
    arrive([0]);
    expect(take(1)).toEqual(["done"]);
  });

  test("plays every frame at most once, counts each as played or dropped, and ends", () => {
    eachSeed(200, (random) => {
      const { buffer, arrive, take, pass } = listen({ targetDelayMs: random.below(500) });
      const steps = [1, 1, 1, 1, 2, 7, 50, 2999, 3001, -1, -2, -3500, 0, 2 ** 31, 2 ** 32 - 5] as const;
      const taken: Taken[] = [];
      let sequence = random.below(2 ** 32);
      let pushed = 0;
      for (let i = 0; i < 500; i++) {
        for (let n = random.below(random.chance(0.02) ? 100 : 3); n > 0; n--, pushed++) {
          sequence = (sequence + random.pick(steps)) >>> 0;
          arrive([sequence], random.chance(0.3) ? 1 : random.below(1400));
        }
        if (random.chance(0.05)) pass(random.below(3000) - 1000);
        taken.push(...take(random.below(3)));
      }
      buffer.end();
      const rest = take(400);
      expect(rest.at(-1)).toBe("done");
      expect(rest.filter((one) => typeof one === "number").length).toBeLessThanOrEqual(40);
      const frames = [...taken, ...rest].filter((one) => typeof one === "number").length;
      expect(buffer.stats.played).toBe(frames);
      expect(buffer.stats.played + buffer.stats.dropped).toBe(pushed);
      expect(buffer.stats.targetDelayMs).toBeLessThanOrEqual(400);
    });
  });
});
