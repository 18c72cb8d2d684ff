/** The jitter buffer in simulated networks. The bounds are a little above the worst of 30 seeds. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { createJitterBuffer } from "../../lib/audio/dsp/jitter-buffer.ts";
import type { Trace } from "../support/arrival-traces.ts";
import { monologue, traceOf } from "../support/arrival-traces.ts";
import type { Outcome } from "../support/jitter-simulation.ts";
import { simulate } from "../support/jitter-simulation.ts";
import { jitterTable } from "./jitter-table.ts";

/** Checks the simulation of a trace with each of 12 seeds. */
function forEachSeed(trace: (seed: number) => Trace, check: (outcome: Outcome) => void): void {
  for (let seed = 1; seed <= 12; seed++) check(simulate(trace(seed)));
}

const longestMs = (outcome: Outcome, sinceMs: number) =>
  Math.max(...outcome.played.filter(({ takenMs }) => takenMs >= sinceMs).map(({ delayMs }) => delayMs));

/** The sequence numbers of speech that was captured between two moments and not played. */
function unheard(trace: Trace, outcome: Outcome, fromMs: number, toMs: number): number[] {
  const heard = new Set(outcome.played.map(({ frame }) => frame.sequence));
  return trace.frames
    .filter(({ capturedMs, isSpeech }) => isSpeech && capturedMs >= fromMs && capturedMs < toMs)
    .map(({ sequence }) => sequence)
    .filter((sequence) => !heard.has(sequence));
}

describe("in every simulated network", () => {
  for (const [name, trace] of Object.entries(traceOf)) {
    test(`${name}: frames are played in order, after their arrival, and within 820 ms`, () => {
      forEachSeed(trace, ({ played }) => {
        for (const [i, { frame, takenMs, delayMs }] of played.entries()) {
          expect(frame.sequence).toBeGreaterThan(played[i - 1]?.frame.sequence ?? -1);
          expect(takenMs).toBeGreaterThanOrEqual(Number(frame.arrivedMs));
          expect(delayMs).toBeLessThanOrEqual(820);
        }
      });
    });
  }
});

describe("the counters of the jitter buffer", () => {
  for (const [name, trace] of Object.entries(traceOf)) {
    test(`${name}: speech that is not played counts as missing or concealed, and pauses do not`, () => {
      forEachSeed(trace, ({ speechFrames, played, concealed, missing, unheard }) => {
        const heard = played.filter(({ frame }) => frame.isSpeech).length;
        expect(missing + concealed).toBeGreaterThanOrEqual(speechFrames - heard);
        expect(missing).toBeLessThanOrEqual(unheard);
      });
    });
  }
});

describe("on a quiet LAN", () => {
  test("no speech is missing, and 95 % of the frames wait 30 ms at most", () => {
    forEachSeed(traceOf.quiet, ({ underruns, droppedSpeech, concealed, delayMs }) => {
      expect({ underruns, droppedSpeech, concealed }).toEqual({
        underruns: 0,
        droppedSpeech: 0,
        concealed: 0,
      });
      expect(delayMs.p95).toBeLessThanOrEqual(30);
    });
  });

  test("a long initial target delay is reduced in the first pause", () => {
    const outcome = simulate(traceOf.quiet(), createJitterBuffer({ targetDelayMs: 200 }));
    expect(outcome.played[0]?.delayMs).toBeGreaterThan(190);
    expect(outcome.underruns).toBe(0);
    expect(outcome.droppedSpeech).toBeLessThanOrEqual(1);
    expect(longestMs(outcome, 8000)).toBeLessThanOrEqual(40);
  });
});

describe("with occasional late frames", () => {
  test("stalls of 200 ms every 4 s are bridged but for a few frames", () => {
    forEachSeed(traceOf.wifi, ({ interruptedMs, concealed, droppedSpeech, delayMs }) => {
      // 15 stalls last 3 s.
      expect(interruptedMs).toBeLessThanOrEqual(650);
      expect(concealed).toBeLessThanOrEqual(32);
      expect(droppedSpeech).toBeLessThanOrEqual(8);
      expect(delayMs.p95).toBeLessThanOrEqual(240);
    });
  });

  test("1 % of retransmissions conceals less than 2 % of the speech", () => {
    forEachSeed(traceOf.retransmissions, ({ speechFrames, concealed, droppedSpeech, delayMs }) => {
      expect(concealed / speechFrames).toBeLessThan(0.02);
      expect(droppedSpeech).toBeLessThanOrEqual(6);
      expect(delayMs.p95).toBeLessThanOrEqual(250);
    });
  });

  test("a single stall increases the delay for ten seconds at most", () => {
    const outcome = simulate(monologue({ stalls: [{ fromMs: 15_000, lastsMs: 200 }] }));
    expect(outcome).toMatchObject({ underruns: 1, concealed: 5 });
    expect(outcome.droppedSpeech).toBeLessThanOrEqual(10);
    expect(longestMs(outcome, 15_000)).toBeGreaterThan(190);
    expect(longestMs(outcome, 32_000)).toBeLessThanOrEqual(40);
  });

  test("a recorded link with downloads is bridged", () => {
    const { underruns, concealed, droppedSpeech, delayMs } = simulate(traceOf.sharedLink());
    expect(underruns).toBeLessThanOrEqual(6);
    expect(concealed).toBeLessThanOrEqual(12);
    expect(droppedSpeech).toBe(0);
    expect(delayMs.p95).toBeLessThanOrEqual(200);
  });
});

describe("after a stall that cannot be bridged", () => {
  test("of 2 s the delay is 60 ms at most, 100 ms after its end", () => {
    forEachSeed(traceOf.freeze, (outcome) => {
      expect(outcome.underruns).toBeLessThanOrEqual(1);
      expect(outcome.concealed).toBeLessThanOrEqual(5);
      expect(outcome.droppedSpeech).toBeLessThanOrEqual(100);
      expect(longestMs(outcome, 17_100)).toBeLessThanOrEqual(60);
      expect(outcome.delayMs.end).toBeLessThanOrEqual(40);
    });
  });

  test("all speech before and after it is played", () => {
    const trace = traceOf.freeze();
    const outcome = simulate(trace);
    expect(unheard(trace, outcome, 0, 15_000 - 20)).toEqual([]);
    expect(unheard(trace, outcome, 17_000, 40_000)).toEqual([]);
  });

  test("during which the server dropped frames, the others are played and the target delay stays", () => {
    forEachSeed(traceOf.gated, ({ underruns, concealed, droppedSpeech, delayMs }) => {
      expect(underruns).toBeLessThanOrEqual(6);
      expect(concealed).toBeLessThanOrEqual(30);
      expect(droppedSpeech).toBeLessThanOrEqual(10);
      expect(delayMs.median).toBeLessThanOrEqual(40);
    });
  });

  test("recorded from an unplugged cable, the delay between the stalls is short", () => {
    const { concealed, delayMs } = simulate(traceOf.cable());
    expect(concealed).toBeLessThanOrEqual(50);
    expect(delayMs.median).toBeLessThanOrEqual(40);
    expect(delayMs.p95).toBeLessThanOrEqual(80);
  });
});

describe("with clocks that drift by 200 ppm", () => {
  for (const [name, trace] of [
    ["towards more delay", traceOf.senderFast],
    ["towards less delay", traceOf.senderSlow],
  ] as const) {
    test(`${name}, no speech is missing in a minute, and the delay stays below 50 ms`, () => {
      forEachSeed(trace, (outcome) => {
        expect(outcome).toMatchObject({ underruns: 0, concealed: 0, droppedSpeech: 0 });
        expect(longestMs(outcome, 0)).toBeLessThanOrEqual(50);
      });
    });
  }

  test("and speech without pauses, five minutes lose three frames at most", () => {
    for (const ppm of [100, -100]) {
      const outcome = simulate(monologue({ seconds: 300, senderPpm: ppm, playerPpm: -ppm }));
      expect(outcome.concealed + outcome.droppedSpeech).toBeLessThanOrEqual(3);
      expect(longestMs(outcome, 0)).toBeLessThanOrEqual(50);
    }
  });
});

describe("an output that opens 300 ms late", () => {
  test("plays the first words, and reaches the target delay after the first pause", () => {
    forEachSeed(traceOf.late, (outcome) => {
      expect(outcome.played.slice(0, 40).map(({ frame }) => frame.sequence)).toEqual(
        Array.from({ length: 40 }, (_, i) => i),
      );
      expect(outcome.played[0]?.delayMs).toBeGreaterThanOrEqual(295);
      expect(outcome).toMatchObject({ underruns: 0, concealed: 0 });
      expect(outcome.droppedSpeech).toBeLessThanOrEqual(5);
      expect(longestMs(outcome, 8000)).toBeLessThanOrEqual(40);
    });
  });

  test("drops one frame a second of speech without pauses", () => {
    const trace = monologue({ opensLateMs: 300, seconds: 30 });
    const outcome = simulate(trace);
    const gone = unheard(trace, outcome, 0, 30_000);
    expect(gone.length).toBeLessThanOrEqual(14);
    for (const [i, one] of gone.entries()) expect(one - (gone[i - 1] ?? -1)).toBeGreaterThan(49);
    expect(outcome.delayMs.end).toBeLessThanOrEqual(40);
  });
});

test("docs/architecture.md holds the table that `bun test/audio/jitter-table.ts` prints", () => {
  const page = readFileSync(new URL("../../docs/architecture.md", import.meta.url), "utf8");
  expect(page).toContain(jitterTable());
});
