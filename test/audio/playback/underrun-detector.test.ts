import { expect, test } from "bun:test";
import { chunkMs } from "../../../lib/audio/dsp/format.ts";
import { createUnderrunDetector } from "../../../lib/audio/playback/underrun-detector.ts";
import { seeded } from "../../support/random.ts";

interface Device {
  chunks: number;
  latencyMs: number;
  /** 1.0002: the clock of the device is 200 ppm slower than ours. */
  pace?: number;
  /** How long the process is busy before it writes a chunk. */
  busyMs?: (chunk: number) => number;
}

/** A device that plays from 40 ms on and accepts each chunk as soon as there is room and the process writes it. */
function play({ chunks, latencyMs, pace = 1, busyMs = () => 0 }: Device) {
  const detector = createUnderrunDetector();
  const timings = [];
  let playedAt = 40;
  let now = 0;
  for (let chunk = 0; chunk < chunks; chunk++) {
    now += busyMs(chunk);
    // An underrun: this chunk is played now.
    if (now > playedAt) playedAt = now;
    now = Math.max(now, playedAt - latencyMs);
    playedAt += chunkMs * pace;
    timings.push(detector.accepted(now));
  }
  return { timings, underruns: timings.filter((timing) => timing.isUnderrun).length };
}

/** A device with periods of `ownMs` on a sound server with periods of `serverMs`. */
function playInPeriods(ownMs: number, serverMs: number, { chunks = 6000, busyAt = 0, busyMs = 0 } = {}) {
  const detector = createUnderrunDetector();
  const timings = Array.from({ length: chunks }, (_, chunk) => {
    const own = Math.ceil(((chunk + 1) * chunkMs) / ownMs) * ownMs;
    return detector.accepted(Math.ceil(own / serverMs) * serverMs + (chunk < busyAt ? 0 : busyMs));
  });
  return { timings, underruns: timings.filter((timing) => timing.isUnderrun).length };
}

test("a device that is written to in time has no underrun and no late chunk", () => {
  for (const latencyMs of [5, 20, 75]) {
    const { timings, underruns } = play({ chunks: 2000, latencyMs });
    expect(underruns).toBe(0);
    expect(Math.max(...timings.map((timing) => timing.lateMs))).toBeLessThan(0.001);
    expect(timings.at(-1)?.periodMs).toBeCloseTo(chunkMs, 3);
  }
});

test("a process that is busy for less than the latency of the device causes late chunks and no underrun", () => {
  const busyMs = (chunk: number) => (chunk % 50 === 0 ? 30 : 0);
  const { timings, underruns } = play({ chunks: 2000, latencyMs: 40, busyMs });
  expect(underruns).toBe(0);
  expect(timings[1000]?.lateMs).toBeCloseTo(30 - chunkMs, 6);
  expect(timings[1025]?.lateMs).toBeCloseTo(0, 6);
});

test("an underrun is detected 360 ms after a process was busy for longer than the latency", () => {
  for (const busyAt of [25, 100, 777]) {
    const { timings } = play({ chunks: 1000, latencyMs: 20, busyMs: (chunk) => (chunk === busyAt ? 60 : 0) });
    const reported = timings.flatMap(({ isUnderrun }, chunk) => (isUnderrun ? [chunk] : []));
    expect(reported).toHaveLength(1);
    expect(reported[0]).toBeWithin(busyAt + 60, busyAt + 75);
  }
});

test("a device that runs out of sound all the time reports about two underruns a second", () => {
  const busyMs = (chunk: number) => (chunk % 40 === 39 ? 60 : 0);
  expect(play({ chunks: 200, latencyMs: 20, busyMs }).underruns).toBeWithin(1, 3);
  expect(play({ chunks: 2000, latencyMs: 20, busyMs }).underruns).toBeWithin(18, 28);
});

test("one underrun of a device with long periods is reported once, at any place in a period", () => {
  for (let busyAt = 200; busyAt < 300; busyAt++) {
    const { underruns } = playInPeriods(20, 1024 / 48, { chunks: 600, busyAt, busyMs: 150 });
    expect(underruns).toBe(1);
  }
});

test("clocks that drift by 200 ppm cause no underrun", () => {
  for (const pace of [0.9998, 1.0002]) {
    expect(play({ chunks: 12_000, latencyMs: 20, pace }).underruns).toBe(0);
  }
});

test("random lateness below the latency of the device is never an underrun", () => {
  const random = seeded(5);
  const busyMs = (chunk: number) => (chunk % 10 === 0 ? random.below(36) : 0);
  expect(play({ chunks: 20_000, latencyMs: 40, busyMs }).underruns).toBe(0);
});

test("periods of any length cause no underrun, and the detector finds their length", () => {
  for (const ownMs of [5, 10, 20]) {
    for (const samples of [256, 480, 512, 1024, 2048]) {
      const serverMs = samples / 48;
      const { timings, underruns } = playInPeriods(ownMs, serverMs);
      expect(underruns).toBe(0);
      const periodMs = timings.at(-1)?.periodMs ?? 0;
      expect(periodMs).toBeWithin(Math.max(ownMs, serverMs) - 2.5, ownMs + serverMs + 1);
    }
  }
});
