import { expect, test } from "bun:test";
import { chunkMs } from "../../lib/voice/format.ts";
import { createPlayLine } from "../../lib/voice/play-line.ts";
import { seeded } from "../support/random.ts";

interface Scene {
  chunks: number;
  heldMs: number;
  /** 1.0002: the device's clock is 200 ppm slower than ours. */
  pace?: number;
  busyMs?: (chunk: number) => number;
}

/** A device that plays from 40 ms on, and takes each chunk as soon as its room and the program let it. */
function play({ chunks, heldMs, pace = 1, busyMs = () => 0 }: Scene) {
  const line = createPlayLine();
  const takings = [];
  let playedAt = 40;
  let now = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    now += busyMs(chunk);
    // It ran dry: what comes is played only now.
    if (now > playedAt) playedAt = now;
    now = Math.max(now, playedAt - heldMs);
    playedAt += chunkMs * pace;
    takings.push(line.taken(now));
  }
  return { takings, ranOut: takings.filter((taking) => taking.ranOut).length };
}

/** A device that takes pieces of `ownMs` from a sound server that handles pieces of `serverMs`. */
function playInPieces(ownMs: number, serverMs: number) {
  const line = createPlayLine();
  return Array.from({ length: 6000 }, (_, chunk) => {
    const own = Math.ceil(((chunk + 1) * chunkMs) / ownMs) * ownMs;
    return line.taken(Math.ceil(own / serverMs) * serverMs);
  });
}

test("a device that is fed in time never runs out, however it opened, and none is late", () => {
  for (const heldMs of [5, 20, 75]) {
    const { takings, ranOut } = play({ chunks: 2000, heldMs });
    expect(ranOut).toBe(0);
    expect(Math.max(...takings.map((taking) => taking.lateMs))).toBeLessThan(0.001);
    expect(takings.at(-1)?.pieceMs).toBeCloseTo(chunkMs, 3);
  }
});

test("a program that is busy for less than the device holds is late, and nothing runs out", () => {
  const busyMs = (chunk: number) => (chunk % 50 === 0 ? 30 : 0);
  const { takings, ranOut } = play({ chunks: 2000, heldMs: 40, busyMs });
  expect(ranOut).toBe(0);
  expect(takings[1000]?.lateMs).toBeCloseTo(30 - chunkMs, 6);
  expect(takings[1025]?.lateMs).toBeCloseTo(0, 6);
});

test("each half second in which it is busy for longer counts once", () => {
  const busyMs = (chunk: number) => (chunk % 400 === 399 || chunk % 400 === 350 ? 30 : 0);
  expect(play({ chunks: 2000, heldMs: 20, busyMs }).ranOut).toBe(4);
});

test("a device that runs out all the time runs out in every half second", () => {
  const busyMs = (chunk: number) => (chunk % 20 === 0 ? 30 : 0);
  expect(play({ chunks: 2000, heldMs: 20, busyMs }).ranOut).toBe(18);
});

test("clocks that run apart by 200 ppm are no underrun", () => {
  for (const pace of [0.9998, 1.0002]) {
    expect(play({ chunks: 12_000, heldMs: 20, pace }).ranOut).toBe(0);
  }
});

test("random lateness below what the device holds is never an underrun", () => {
  const random = seeded(5);
  const busyMs = (chunk: number) => (chunk % 10 === 0 ? random.below(36) : 0);
  expect(play({ chunks: 20_000, heldMs: 40, busyMs }).ranOut).toBe(0);
});

test("pieces of any size are no underrun, and their size is found", () => {
  for (const ownMs of [5, 10, 20]) {
    for (const samples of [256, 480, 512, 1024, 2048]) {
      const serverMs = samples / 48;
      const takings = playInPieces(ownMs, serverMs);
      expect(takings.filter((taking) => taking.ranOut)).toEqual([]);
      const pieceMs = takings.at(-1)?.pieceMs ?? 0;
      expect(pieceMs).toBeWithin(Math.max(ownMs, serverMs) - 2.5, ownMs + serverMs + 1);
    }
  }
});
