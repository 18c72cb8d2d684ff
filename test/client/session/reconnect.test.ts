/** Tests when connections are attempted again, with a clock and attempts that the tests decide on. */
import { describe, expect, test } from "bun:test";
import { backoffDelayMs } from "../../../lib/base/backoff.ts";
import { createReconnect } from "../../../lib/client/session/reconnect.ts";
import { createFakeClock, settled } from "./fakes.ts";

/** A reconnect whose delays are the longest ones: 250, 500, 1,000 … ms. */
function createScene() {
  const clock = createFakeClock();
  const attempts: (PromiseWithResolvers<boolean> & { atMs: number })[] = [];
  const failures: unknown[] = [];
  const startMs = clock.now().monotonicMs;
  const reconnect = createReconnect({
    clock,
    random: () => 1,
    attempt() {
      const attempt = Promise.withResolvers<boolean>();
      attempts.push({ ...attempt, atMs: clock.now().monotonicMs - startMs });
      return attempt.promise;
    },
    onFailure: (failure) => void failures.push(failure),
  });
  return {
    clock,
    reconnect,
    failures,
    times: () => attempts.map(({ atMs }) => atMs),
    /** The attempt that is under way fails. */
    async fail(): Promise<void> {
      attempts.at(-1)?.resolve(false);
      await settled();
    },
    async refuse(failure: unknown): Promise<void> {
      attempts.at(-1)?.reject(failure);
      await settled();
    },
    /** The attempt that is under way succeeds. */
    async succeed(): Promise<void> {
      reconnect.connected();
      attempts.at(-1)?.resolve(true);
      await settled();
    },
  };
}

test("the backoff delay doubles with each failure up to 8 s, and its half is random", () => {
  const longest = [1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoffDelayMs(failures, 1));
  expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  expect(backoffDelayMs(1, 0)).toBe(125);
});

describe("a reconnect", () => {
  test("nothing is attempted before the first welcome", async () => {
    const { clock, reconnect, times } = createScene();
    expect(reconnect.state()).toBe("connecting");
    reconnect.lost();
    await clock.pass(60_000);
    expect(times()).toEqual([]);
  });

  test("the first attempt follows a loss at once", () => {
    const { reconnect, times } = createScene();
    reconnect.connected();
    expect(reconnect.state()).toBe("connected");
    reconnect.lost();
    expect([reconnect.state(), times()]).toEqual(["connecting", [0]]);
  });

  test("failed attempts follow one another with growing delays until one succeeds", async () => {
    const { clock, reconnect, times, fail, succeed } = createScene();
    reconnect.connected();
    reconnect.lost();
    for (const delayMs of [250, 500, 1_000]) {
      await fail();
      expect(reconnect.state()).toBe("waiting");
      await clock.pass(delayMs);
    }
    expect(times()).toEqual([0, 250, 750, 1_750]);
    await succeed();
    await clock.pass(60_000);
    expect([reconnect.state(), times().length]).toEqual(["connected", 4]);
  });

  test("short-lived connections are replaced with growing delays, and a lasting one at once", async () => {
    const { clock, reconnect, times, succeed } = createScene();
    reconnect.connected();
    for (const delayMs of [0, 250, 500, 500]) {
      reconnect.lost();
      await clock.pass(delayMs);
      await succeed();
    }
    expect(times()).toEqual([0, 250, 750, 1_250]);
    await clock.pass(10_000);
    reconnect.lost();
    expect(times().at(-1)).toBe(11_250);
  });

  test("a change of the network ends a delay, and changes nothing in the other states", async () => {
    const { clock, reconnect, times, fail } = createScene();
    reconnect.hurry();
    reconnect.connected();
    reconnect.hurry();
    reconnect.lost();
    reconnect.hurry();
    expect(times()).toEqual([0]);
    await fail();
    await clock.pass(100);
    reconnect.hurry();
    expect(times()).toEqual([0, 100]);
    await clock.pass(60_000);
    expect(times()).toEqual([0, 100]);
  });

  test("no attempt follows one that says that none can succeed", async () => {
    const { clock, reconnect, times, failures, refuse } = createScene();
    reconnect.connected();
    reconnect.lost();
    const failure = new Error("banned");
    await refuse(failure);
    await clock.pass(60_000);
    expect([reconnect.state(), times(), failures]).toEqual(["gave-up", [0], [failure]]);
  });

  test("no attempt follows after giving up during a delay", async () => {
    const { clock, reconnect, times, fail } = createScene();
    reconnect.connected();
    reconnect.lost();
    await fail();
    reconnect.giveUp();
    await clock.pass(60_000);
    reconnect.lost();
    expect([reconnect.state(), times()]).toEqual(["gave-up", [0]]);
  });

  test("the outcome of an attempt means nothing after giving up", async () => {
    for (const outcome of ["fail", "refuse", "succeed"] as const) {
      const scene = createScene();
      scene.reconnect.connected();
      scene.reconnect.lost();
      scene.reconnect.giveUp();
      await scene[outcome](new Error("late"));
      await scene.clock.pass(60_000);
      expect([scene.reconnect.state(), scene.times(), scene.failures]).toEqual(["gave-up", [0], []]);
    }
  });
});
