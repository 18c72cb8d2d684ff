/** When a silent connection is asked for a word, and when it is cut. */
import { expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { createSilence, lookEveryMs } from "../../lib/transport/heartbeat.ts";

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
  let nowMs = 0;
  while (silence.look(nowMs) !== "cut") nowMs += lookEveryMs;
  expect(nowMs).toBe(limits.lostAfterMs);
  expect(nowMs + lookEveryMs).toBeLessThan(15_000);
});

test("while we sleep nobody can answer: whoever was silent is asked, and has as long as ever", () => {
  for (const askedMs of [undefined, askAfterMs]) {
    const silence = createSilence(0);
    silence.answers();
    if (askedMs !== undefined) expect(silence.look(askedMs)).toBe("ask");
    const awakeMs = 3_600_000;
    expect(silence.look(awakeMs)).toBe(askedMs === undefined ? "ask" : "nothing");
    silence.heard(awakeMs + 10);
    expect(silence.look(awakeMs + lookEveryMs)).toBe("nothing");
  }
});

test("one who may not know them is never cut for silence", () => {
  const silence = createSilence(0);
  silence.look(askAfterMs);
  expect(silence.look(1_000_000)).toBe("nothing");
});
