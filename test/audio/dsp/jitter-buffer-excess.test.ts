/** An output that opens late: more waits than the depth asks for. */
import { describe, expect, test } from "bun:test";
import { frameMs } from "../../../lib/audio/dsp/format.ts";
import { count, leftOut, listen } from "../../support/jitter-listener.ts";

describe("the jitter buffer, with too much,", () => {
  const openedLate = (frames: number) => {
    const listening = listen();
    for (const sequence of count(frames)) {
      listening.arrive([sequence]);
      listening.pass(frameMs);
    }
    return listening;
  };

  test("plays it all, and drops what is silent when it comes", () => {
    const { buffer, hear } = openedLate(15);
    expect(hear(count(30, 15))).toEqual(count(30));
    const pause = hear(count(30, 45), 1);
    expect(leftOut([29, ...pause])).toEqual(count(14, 45));
    expect(buffer.stats).toMatchObject({ concealed: 0, concealmentEvents: 0, dropped: 14, missing: 0 });
  });

  test("drops the packet that tells how a pause sounds, too, and it was no speech", () => {
    const { buffer, hear, arrive, take } = openedLate(15);
    hear(count(15, 15));
    arrive([30, 31, 32], 1);
    arrive([33], 65);
    arrive([34, 35, 36], 1);
    take(15);
    expect(take(1)).toEqual([36]);
    expect(buffer.stats).toMatchObject({ dropped: 6, missing: 0 });
  });

  test("drops one frame a second where it never becomes silent, and stops at the depth", () => {
    const { buffer, hear } = openedLate(6);
    const gone = leftOut(hear(count(600, 6)));
    expect(gone).toHaveLength(buffer.stats.dropped);
    expect(gone).toHaveLength(buffer.stats.missing);
    expect(gone.length).toBeGreaterThanOrEqual(4);
    expect(gone.length).toBeLessThanOrEqual(5);
    for (const [i, one] of gone.entries()) expect(one - (gone[i - 1] ?? 0)).toBeGreaterThan(49);
  });

  test("drops the shortest of those that wait", () => {
    const { hear } = openedLate(6);
    const taken = [...hear(count(46, 6)), ...hear([52], 40), ...hear(count(20, 53))];
    expect(leftOut(taken)).toEqual([52]);
  });

  test("lets the listener hear what is said now, when it is 400 ms too much", () => {
    const { buffer, take } = openedLate(35);
    expect(take(2)).toEqual([33, 34]);
    expect(buffer.stats).toMatchObject({ dropped: 33, missing: 33 });
  });

  test("plays all that is left after the end", () => {
    const { buffer, take } = openedLate(35);
    buffer.end();
    expect(take(36)).toEqual([...count(35), "done"]);
  });
});
