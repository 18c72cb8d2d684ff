/** The gate on a simulated line: open for every reader that keeps up, shut soon for one that stalls. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { createCongestionGate } from "../../lib/transport/congestion-gate.ts";
import { eachSeed } from "../support/random.ts";

const frameMs = 20;

interface Line {
  /** When what is sent at this time is read, and when the answer to it is back. */
  readAt(sentMs: number): number;
  answeredAt(readMs: number): number;
}

/** Speaks into a line for so long: when each frame that passed was sent and read, and the pings. */
function speak(line: Line, forMs: number) {
  const gate = createCongestionGate();
  const frames: { sentMs: number; readMs: number }[] = [];
  const pings: number[] = [];
  let answers: { sent: number; atMs: number }[] = [];
  for (let nowMs = 0; nowMs < forMs; nowMs += frameMs) {
    for (const { sent, atMs } of answers.filter((one) => one.atMs <= nowMs)) gate.answered(sent, atMs);
    answers = answers.filter(({ atMs }) => atMs > nowMs);
    if (!gate.isOpen(nowMs)) continue;
    const readMs = line.readAt(nowMs);
    frames.push({ sentMs: nowMs, readMs });
    const sent = gate.ping(nowMs);
    if (sent === undefined) continue;
    pings.push(nowMs);
    answers.push({ sent, atMs: line.answeredAt(readMs) });
  }
  return { frames, pings };
}

/** A line with this delay in each direction that stands still for a while. */
function stalling(delayMs: number, fromMs: number, forMs: number): Line {
  const held = (atMs: number) => (atMs >= fromMs && atMs < fromMs + forMs ? fromMs + forMs : atMs);
  const through = (atMs: number) => held(atMs + delayMs);
  return { readAt: through, answeredAt: through };
}

describe("a reader that keeps up", () => {
  test.each([0, 1, 50, 400])("hears everything at a delay of %d ms", (delayMs) => {
    const { frames, pings } = speak(stalling(delayMs, 0, 0), 60_000);
    expect(frames).toHaveLength(60_000 / frameMs);
    const everyMs = Math.max(limits.voicePingEveryMs, 2 * delayMs);
    expect(pings.length).toBeLessThanOrEqual(60_000 / everyMs + 1);
    expect(pings.length).toBeGreaterThan(60_000 / (everyMs + 2 * frameMs) - 1);
  });

  test("hears everything through jitter up to the limit", () => {
    eachSeed(20, (random) => {
      let readMs = 0;
      const jitter = () => random.below(limits.voiceWaitMsMax / 2);
      const line: Line = {
        readAt(sentMs) {
          readMs = Math.max(readMs, sentMs + 5 + jitter());
          return readMs;
        },
        answeredAt: (atMs) => atMs + 5 + jitter(),
      };
      expect(speak(line, 20_000).frames).toHaveLength(20_000 / frameMs);
    });
  });
});

describe("a reader that stalls for two seconds", () => {
  const stallMs = 2_000;

  test("is sent no more than the contract says, and hears live speech right after it", () => {
    let mostMs = 0;
    // Wherever between two pings it begins.
    for (let fromMs = 10_000; fromMs < 10_500; fromMs += 10) {
      for (const delayMs of [1, 20]) {
        const { frames } = speak(stalling(delayMs, fromMs, stallMs), 20_000);
        const late = frames.filter(({ sentMs, readMs }) => readMs - sentMs > delayMs);
        mostMs = Math.max(mostMs, late.length * frameMs);
        const roundTripMs = 2 * delayMs;
        expect(late.length * frameMs).toBeLessThanOrEqual(
          limits.voicePingEveryMs + limits.voiceWaitMsMax + roundTripMs + 2 * frameMs,
        );
        const after = frames.filter(({ sentMs }) => sentMs > fromMs + stallMs + roundTripMs + frameMs);
        expect(after[0]?.sentMs).toBeLessThanOrEqual(fromMs + stallMs + roundTripMs + 3 * frameMs);
        expect(after.every(({ sentMs, readMs }) => readMs - sentMs === delayMs)).toBeTrue();
      }
    }
    // Otherwise the line has not stalled at all.
    expect(mostMs).toBeGreaterThan(limits.voiceWaitMsMax);
  });

  test("is not sent anything before it answers", () => {
    const { frames } = speak(stalling(1, 1_000, 1e9), 600_000);
    expect(frames.at(-1)?.sentMs).toBeLessThan(2_000);
  });
});

/** A line with this delay, whose round trip is this much longer from then on. */
function lengthening(roundTripMs: number, fromMs: number, longerMs: number): Line {
  const oneWay = (atMs: number) => (roundTripMs + (atMs < fromMs ? 0 : longerMs)) / 2;
  return { readAt: (atMs) => atMs + oneWay(atMs), answeredAt: (atMs) => atMs + oneWay(atMs) };
}

/** A line that carries only this share of speech. */
function tooSlow(share: number, delayMs: number): Line {
  let freeMs = 0;
  return {
    readAt(sentMs) {
      freeMs = Math.max(freeMs, sentMs) + frameMs / share;
      return freeMs + delayMs;
    },
    answeredAt: (atMs) => atMs + delayMs,
  };
}

describe("a round trip that becomes longer for good", () => {
  test.each([310, 400, 800])("by %d ms costs a few seconds of gaps, and no more", (longerMs) => {
    const { frames } = speak(lengthening(2, 10_000, longerMs), 60_000);
    const lost = (fromMs: number, toMs: number) =>
      (toMs - fromMs) / frameMs - frames.filter(({ sentMs }) => sentMs >= fromMs && sentMs < toMs).length;
    expect(lost(0, 10_000)).toBe(0);
    expect(lost(10_000, 25_000) * frameMs).toBeLessThan(10 * longerMs);
    expect(lost(25_000, 60_000)).toBe(0);
  });

  test("is known from the first answer on when it became so while nobody talked", () => {
    const gate = createCongestionGate();
    const answer = (sentMs: number, roundTripMs: number) => {
      const sent = gate.ping(sentMs) ?? -1;
      const wasOpen = gate.isOpen(sentMs + roundTripMs - 1);
      gate.answered(sent, sentMs + roundTripMs);
      return wasOpen;
    };
    expect(answer(0, 1)).toBeTrue();
    expect(answer(2_000, 400)).toBeFalse();
    for (let sentMs = 2_500; sentMs < 10_000; sentMs += 500) expect(answer(sentMs, 400)).toBeTrue();
  });
});

describe("a line that is too slow for speech", () => {
  test.each([0.5, 0.67, 0.9, 0.98])("for %d of it is never much behind, for as long as it lasts", (share) => {
    const delayMs = 5;
    const { frames } = speak(tooSlow(share, delayMs), 300_000);
    const behindMs = Math.max(...frames.map(({ sentMs, readMs }) => readMs - sentMs));
    const queuedMsMax = limits.voicePingEveryMs + limits.voiceWaitMsMax + 2 * delayMs + 2 * frameMs;
    expect(behindMs).toBeLessThanOrEqual(queuedMsMax / share);
    // Most of what it can carry, it does.
    expect((frames.length * frameMs) / 300_000).toBeGreaterThan(0.7 * share);
  });
});

test("one who never answers is never shut out, and asked once", () => {
  const { frames, pings } = speak(stalling(0, 0, 1e9), 10_000);
  expect(frames).toHaveLength(10_000 / frameMs);
  expect(pings).toEqual([0]);
});

test("an answer to no ping of ours opens nothing", () => {
  const gate = createCongestionGate();
  const first = gate.ping(0) ?? -1;
  gate.answered(first, 1);
  const second = gate.ping(1_000) ?? -1;
  for (const wrong of [first, second + 1, 0]) gate.answered(wrong, 1_100);
  expect(gate.isOpen(1_000 + limits.voiceWaitMsMax + 1)).toBeTrue();
  expect(gate.isOpen(1_000 + limits.voiceWaitMsMax + 2)).toBeFalse();
  gate.answered(second, 2_000);
  expect(gate.isOpen(2_000)).toBeTrue();
});
