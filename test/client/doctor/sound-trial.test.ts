/** The doctor plays long enough to detect underruns and to measure the output delay. */
import { expect, test } from "bun:test";
import type { AudioSystem } from "../../../lib/audio/device.ts";
import { chunkMs, chunkSamples, frameMs } from "../../../lib/audio/dsp/format.ts";
import { openOutput } from "../../../lib/audio/playback/output.ts";
import { playFrames } from "../../../lib/client/doctor/sound-trial.ts";

const heldMs = 20;
const playMs = playFrames * frameMs;

/** Plays as the doctor does, through a sound server that takes `serverMs` at a time, with an optional stall. */
async function play({ serverMs = chunkMs, stallAtMs = Number.NaN }) {
  let nowMs = 0;
  let playedAtMs = 0;
  const speaker = {
    latencyMs: heldMs,
    periodMs: chunkMs,
    async write() {
      playedAtMs = Math.max(playedAtMs, nowMs) + chunkMs;
      const roomAtMs = Math.max(nowMs, playedAtMs - heldMs);
      nowMs = Math.ceil(roomAtMs / serverMs) * serverMs;
    },
    close: async () => {},
  };
  const system: AudioSystem = {
    load: async () => {},
    devices: () => [],
    openMicrophone() {
      throw new Error("not here");
    },
    openSpeaker: () => speaker,
  };
  const clockMs = () => nowMs;
  const output = openOutput({ system, buffering: "low", clockMs, onNotice: () => {} });
  const untilHeardMs: number[] = [];
  for (let atMs = 0; atMs < playMs; atMs += chunkMs) {
    if (atMs === stallAtMs) nowMs += 150;
    untilHeardMs.push(await output.write(new Int16Array(chunkSamples)));
  }
  await output.close();
  const median = untilHeardMs.toSorted((a, b) => a - b)[untilHeardMs.length >> 1] ?? 0;
  return { median, settled: untilHeardMs.at(-1) ?? 0, underruns: output.underruns };
}

test("a stalled speaker is counted as an underrun in the first two thirds of the playback", async () => {
  expect((await play({})).underruns).toBe(0);
  for (const stallAtMs of [600, 900, 1200]) expect((await play({ stallAtMs })).underruns).toBe(1);
});

test("the buffer of the sound server counts in the output delay", async () => {
  const without = await play({});
  const large = await play({ serverMs: 20 });
  expect(without.median).toBeCloseTo(heldMs, 6);
  expect(large.median).toBeGreaterThan(heldMs + 15);
  expect(Math.abs(large.median - large.settled)).toBeLessThanOrEqual(20);
});
