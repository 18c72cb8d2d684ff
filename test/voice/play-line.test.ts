import { expect, test } from "bun:test";
import { chunkMs } from "../../lib/voice/format.ts";
import { createPlayLine } from "../../lib/voice/play-line.ts";
import { seeded } from "../support/random.ts";

/** A device that holds `heldMs`, plays from 40 ms on, and takes each chunk as soon as the program and its room let it. */
function play(options: {
  chunks: number;
  heldMs: number;
  paceShare?: number;
  busyMs?: (chunk: number) => number;
}) {
  const { chunks, heldMs, paceShare = 1, busyMs = () => 0 } = options;
  const line = createPlayLine();
  const takings = [];
  let playedAt = 40;
  let now = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    now += busyMs(chunk);
    // It ran dry: what comes is played only now.
    if (now > playedAt) playedAt = now;
    now = Math.max(now, playedAt - heldMs);
    playedAt += chunkMs * paceShare;
    takings.push(line.taken(now));
  }
  return { takings, ranOut: takings.filter((taking) => taking.ranOut).length };
}

test("a device that is fed in time never runs out, however it opened, and none is late", () => {
  for (const heldMs of [5, 20, 75]) {
    const { takings, ranOut } = play({ chunks: 2000, heldMs });
    expect(ranOut).toBe(0);
    expect(Math.max(...takings.slice(50).map((taking) => taking.lateMs))).toBeLessThan(0.001);
  }
});

test("a program that is busy for less than the device holds is late, and nothing runs out", () => {
  const { takings, ranOut } = play({
    chunks: 2000,
    heldMs: 40,
    busyMs: (chunk) => (chunk % 50 === 0 ? 30 : 0),
  });
  expect(ranOut).toBe(0);
  expect(takings[1000]?.lateMs).toBeCloseTo(30 - chunkMs, 6);
  expect(takings[1025]?.lateMs).toBeCloseTo(0, 6);
});

test("each time that it is busy for longer counts once", () => {
  const { ranOut } = play({ chunks: 2000, heldMs: 20, busyMs: (chunk) => (chunk % 400 === 399 ? 40 : 0) });
  expect(ranOut).toBe(4);
});

test("clocks that run apart by 200 ppm are no underrun", () => {
  for (const paceShare of [0.9998, 1.0002]) {
    expect(play({ chunks: 12_000, heldMs: 20, paceShare }).ranOut).toBe(0);
  }
});

test("a device that takes sound in large pieces does not run out", () => {
  const quantumMs = 1024 / 48;
  const line = createPlayLine();
  let ranOut = 0;
  for (let chunk = 0; chunk < 4000; chunk++) {
    const now = Math.ceil(((chunk + 1) * chunkMs) / quantumMs) * quantumMs;
    if (line.taken(now).ranOut) ranOut++;
  }
  expect(ranOut).toBe(0);
});

test("random lateness below what the device holds is never an underrun", () => {
  const random = seeded(5);
  const { ranOut } = play({
    chunks: 20_000,
    heldMs: 40,
    busyMs: (chunk) => (chunk % 10 === 0 ? random.below(36) : 0),
  });
  expect(ranOut).toBe(0);
});
