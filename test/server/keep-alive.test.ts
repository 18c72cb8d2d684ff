/** When a silent connection is asked for a word, and when it is cut. */
import { expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { createSilence } from "../../lib/server/keep-alive.ts";

const askAfterMs = limits.pingAfterMs + 2_000;

test("one who speaks is left alone", () => {
  const silence = createSilence(0);
  for (let nowMs = 1_000; nowMs < 60_000; nowMs += 1_000) {
    expect(silence.look(nowMs)).toBe("nothing");
    silence.heard(nowMs);
  }
});

test("one who is silent is asked once, later than clients of ours would have asked", () => {
  const silence = createSilence(0);
  expect(silence.look(askAfterMs - 1)).toBe("nothing");
  expect(silence.look(askAfterMs)).toBe("ask");
  expect(silence.look(askAfterMs + 1_000)).toBe("nothing");
  silence.heard(askAfterMs + 1_500);
  expect(silence.look(2 * askAfterMs)).toBe("nothing");
  expect(silence.look(2 * askAfterMs + 1_500)).toBe("ask");
});

test("one who knows pings and stays silent is cut, within the time that is promised", () => {
  const silence = createSilence(0);
  silence.answers();
  expect(silence.look(askAfterMs)).toBe("ask");
  expect(silence.look(limits.lostAfterMs - 1)).toBe("nothing");
  expect(silence.look(limits.lostAfterMs)).toBe("cut");
  expect(limits.lostAfterMs + 1_000).toBeLessThan(15_000);
});

test("one from whom nothing was heard because we slept is asked first", () => {
  const silence = createSilence(0);
  silence.answers();
  expect(silence.look(1_000)).toBe("nothing");
  expect(silence.look(3_600_000)).toBe("ask");
  silence.heard(3_600_001);
  expect(silence.look(3_601_000)).toBe("nothing");
});

test("one who may not know them is never cut for silence", () => {
  const silence = createSilence(0);
  silence.look(askAfterMs);
  expect(silence.look(1_000_000)).toBe("nothing");
});
