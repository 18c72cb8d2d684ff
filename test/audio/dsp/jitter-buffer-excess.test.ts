/** A jitter buffer whose delay is above its target, because the output opened late. */
import { describe, expect, test } from "bun:test";
import { frameMs } from "../../../lib/audio/dsp/format.ts";
import { count, listen, skippedIn } from "../../support/jitter-listener.ts";

describe("the jitter buffer with too much delay", () => {
  const withLateOutput = (frames: number) => {
    const listener = listen();
    for (const sequence of count(frames)) {
      listener.arrive([sequence]);
      listener.pass(frameMs);
    }
    return listener;
  };

  test("plays all speech, and drops silent frames in the next pause", () => {
    const { buffer, hear } = withLateOutput(15);
    expect(hear(count(30, 15))).toEqual(count(30));
    const pause = hear(count(30, 45), 1);
    expect(skippedIn([29, ...pause])).toEqual(count(14, 45));
    expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0, dropped: 14, missing: 0 });
  });

  test("drops a packet that updates the comfort noise, and does not count it as speech", () => {
    const { buffer, hear, arrive, take } = withLateOutput(15);
    hear(count(15, 15));
    arrive([30, 31, 32], 1);
    arrive([33], 65);
    arrive([34, 35, 36], 1);
    take(15);
    expect(take(1)).toEqual([36]);
    expect(buffer.stats).toMatchObject({ dropped: 6, missing: 0 });
  });

  test("drops one frame a second in speech without pauses, and stops at the target delay", () => {
    const { buffer, hear } = withLateOutput(6);
    const dropped = skippedIn(hear(count(600, 6)));
    expect(dropped).toHaveLength(buffer.stats.dropped);
    expect(dropped).toHaveLength(buffer.stats.missing);
    expect(dropped.length).toBeGreaterThanOrEqual(4);
    expect(dropped.length).toBeLessThanOrEqual(5);
    for (const [i, one] of dropped.entries()) expect(one - (dropped[i - 1] ?? 0)).toBeGreaterThan(49);
  });

  test("drops the shortest frame of those that wait", () => {
    const { hear } = withLateOutput(6);
    const taken = [...hear(count(46, 6)), ...hear([52], 40), ...hear(count(20, 53))];
    expect(skippedIn(taken)).toEqual([52]);
  });

  test("drops the oldest frames down to the target when the delay is 400 ms too long", () => {
    const { buffer, take } = withLateOutput(35);
    expect(take(2)).toEqual([33, 34]);
    expect(buffer.stats).toMatchObject({ dropped: 33, missing: 33 });
  });

  test("plays all frames that are left after the end", () => {
    const { buffer, take } = withLateOutput(35);
    buffer.end();
    expect(take(36)).toEqual([...count(35), "done"]);
  });
});
