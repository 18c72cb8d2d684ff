import { expect, test } from "bun:test";
import { chunkMs } from "../../../lib/audio/dsp/format.ts";
import { createUnderrunDetector } from "../../../lib/audio/playback/underrun-detector.ts";
import { seeded } from "../../support/random.ts";

interface Scene {
  chunks: number;
  heldMs: number;
  /** 1.0002: the device's clock is 200 ppm slower than ours. */
  pace?: number;
  busyMs?: (chunk: number) => number;
}

/** A device that plays from 40 ms on, and takes each chunk as soon as its room and the program let it. */
function play({ chunks, heldMs, pace = 1, busyMs = () => 0 }: Scene) {
  const detector = createUnderrunDetector();
  const timings = [];
  let playedAt = 40;
  let now = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    now += busyMs(chunk);
    // It ran dry: what comes is played only now.
    if (now > playedAt) playedAt = now;
    now = Math.max(now, playedAt - heldMs);
    playedAt += chunkMs * pace;
    timings.push(detector.accepted(now));
  }
  return { timings, ranOut: timings.filter((timing) => timing.isUnderrun).length };
}

/** A device that takes pieces of `ownMs` from a sound server that handles pieces of `serverMs`. */
function playInPieces(ownMs: number, serverMs: number, { chunks = 6000, busyAt = 0, busyMs = 0 } = {}) {
  const detector = createUnderrunDetector();
  const timings = Array.from({ length: chunks }, (_, chunk) => {
    const own = Math.ceil(((chunk + 1) * chunkMs) / ownMs) * ownMs;
    return detector.accepted(Math.ceil(own / serverMs) * serverMs + (chunk < busyAt ? 0 : busyMs));
  });
  return { timings, ranOut: timings.filter((timing) => timing.isUnderrun).length };
}

test("a device that is fed in time never runs out, however it opened, and none is late", () => {
  for (const heldMs of [5, 20, 75]) {
    const { timings, ranOut } = play({ chunks: 2000, heldMs });
    expect(ranOut).toBe(0);
    expect(Math.max(...timings.map((timing) => timing.lateMs))).toBeLessThan(0.001);
    expect(timings.at(-1)?.periodMs).toBeCloseTo(chunkMs, 3);
  }
});

test("a program that is busy for less than the device holds is late, and nothing runs out", () => {
  const busyMs = (chunk: number) => (chunk % 50 === 0 ? 30 : 0);
  const { timings, ranOut } = play({ chunks: 2000, heldMs: 40, busyMs });
  expect(ranOut).toBe(0);
  expect(timings[1000]?.lateMs).toBeCloseTo(30 - chunkMs, 6);
  expect(timings[1025]?.lateMs).toBeCloseTo(0, 6);
});

test("each time that it is busy for longer is told 360 ms later, also soon after the beginning", () => {
  for (const busyAt of [25, 100, 777]) {
    const { timings } = play({ chunks: 1000, heldMs: 20, busyMs: (chunk) => (chunk === busyAt ? 60 : 0) });
    const told = timings.flatMap(({ isUnderrun }, chunk) => (isUnderrun ? [chunk] : []));
    expect(told).toHaveLength(1);
    expect(told[0]).toBeWithin(busyAt + 60, busyAt + 75);
  }
});

test("a device that runs out all the time is told about it about twice in a second, from the first second on", () => {
  const busyMs = (chunk: number) => (chunk % 40 === 39 ? 60 : 0);
  expect(play({ chunks: 200, heldMs: 20, busyMs }).ranOut).toBeWithin(1, 3);
  expect(play({ chunks: 2000, heldMs: 20, busyMs }).ranOut).toBeWithin(18, 28);
});

test("a device that takes large pieces and runs out once is told once, wherever in a piece it happens", () => {
  for (let busyAt = 200; busyAt < 300; busyAt++) {
    const { ranOut } = playInPieces(20, 1024 / 48, { chunks: 600, busyAt, busyMs: 150 });
    expect(ranOut).toBe(1);
  }
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
      const { timings, ranOut } = playInPieces(ownMs, serverMs);
      expect(ranOut).toBe(0);
      const periodMs = timings.at(-1)?.periodMs ?? 0;
      expect(periodMs).toBeWithin(Math.max(ownMs, serverMs) - 2.5, ownMs + serverMs + 1);
    }
  }
});
