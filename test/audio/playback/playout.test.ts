import { expect, test } from "bun:test";
import { DeviceError } from "../../../lib/audio/device.ts";
import { chunkMs } from "../../../lib/audio/dsp/format.ts";
import type { PlayoutReport } from "../../../lib/audio/playback/playout.ts";
import { createPlayout } from "../../../lib/audio/playback/playout.ts";
import { createFakeAudio, createFakeDecoder, settle } from "../../support/fake-audio.ts";

const defaults = { gain: 1, output: { buffering: "low" } } as const;

function start(audio = createFakeAudio()) {
  const events: PlayoutReport[] = [];
  const clock = { micros: 0 };
  const playout = createPlayout({
    system: audio,
    createDecoder: async () => createFakeDecoder(),
    now: () => clock.micros,
    clockMs: () => clock.micros / 1000,
    report: (event) => events.push(event),
    onProgress: () => {},
  });
  /** Frames that were captured every 20 ms and arrive now. */
  const send = (stream: number, ...values: number[]) => {
    for (const [sequence, value] of values.entries()) {
      const payload = new Uint8Array(40).fill(value);
      const arrivedAt = clock.micros;
      playout.frame(stream, { sequence, capturedAt: sequence * 20_000, arrivedAt, payload });
    }
  };
  /** The speaker accepts chunks at its pace. */
  const pass = async (chunks: number) => {
    for (let chunk = 0; chunk < chunks; chunk++) {
      clock.micros += chunkMs * 1000;
      await audio.pass(1);
    }
  };
  const of = <T extends PlayoutReport["type"]>(type: T) =>
    events.filter((event): event is Extract<PlayoutReport, { type: T }> => event.type === type);
  /** The played chunks, with one value for each run of equal chunks. */
  const played = () => audio.played.filter((value, i) => value !== audio.played[i - 1]);
  return { audio, events, clock, playout, send, pass, of, played };
}

test("playout plays silence, then each frame for 20 ms, and then closes the output", async () => {
  const { audio, of, playout, send, pass, played } = start();
  playout.begin(7, defaults);
  await settle();
  await pass(2);
  send(7, 10, 20, 30);
  playout.end(7, "drain");
  await pass(20);
  expect(played()).toEqual([0, 10, 20, 30, 0]);
  for (const value of [10, 20, 30]) expect(audio.played.filter((one) => one === value)).toHaveLength(4);
  expect(of("played")).toMatchObject([{ stream: 7, frames: 3, concealed: 0, dropped: 0, underruns: 0 }]);
  expect(audio.open.speakers).toBe(0);
});

test("playout mixes two streams, each with its own jitter buffer and gain", async () => {
  const { of, playout, send, pass, played } = start();
  playout.begin(1, defaults);
  playout.begin(2, { ...defaults, gain: 0.5 });
  await settle();
  send(1, 10, 20);
  send(2, 100, 100, 100);
  for (const stream of [1, 2]) playout.end(stream, "drain");
  await pass(20);
  expect(played()).toEqual([0, 60, 70, 50, 0]);
  expect(of("played").map(({ stream }) => stream)).toEqual([1, 2]);
});

test("a changed gain applies from the next chunk on", async () => {
  const { audio, playout, send, pass } = start();
  playout.begin(1, defaults);
  await settle();
  send(1, 100);
  playout.end(1, "drain");
  await pass(2);
  playout.gain(1, 0);
  await pass(2);
  playout.gain(2, 1);
  await pass(4);
  // The fake speaker keeps the first sample of each chunk, where the gain has hardly changed.
  expect(audio.played).toEqual([0, 100, 100, 100, 0, 0]);
});

test("a stream that is cut drops the frames that have arrived", async () => {
  const { audio, of, playout, send, pass, played } = start();
  playout.begin(1, defaults);
  await settle();
  send(1, 10, 20, 30);
  await pass(1);
  playout.end(1, "cut");
  await pass(5);
  expect(played()).toEqual([0, 10]);
  expect(of("played")).toMatchObject([{ stream: 1, frames: 1 }]);
  expect(audio.open.speakers).toBe(0);
});

test("a stream that begins while the output closes is played", async () => {
  const { audio, playout, send, pass } = start();
  playout.begin(1, defaults);
  playout.end(1, "cut");
  playout.begin(2, defaults);
  await settle();
  send(2, 10, 10);
  playout.end(2, "drain");
  await pass(20);
  expect(audio.played).toContain(10);
});

test("playout reports the mouth-to-ear delay and its parts", async () => {
  const { of, clock, playout, send, pass } = start();
  playout.begin(1, defaults);
  await settle();
  clock.micros = 30_000;
  send(1, 1);
  playout.end(1, "drain");
  await pass(20);
  // The frame is taken for the write after the current one. Each chunk is audible 20 ms after it was accepted, and
  // Opus adds 6.5 ms.
  const [report] = of("played");
  expect(report?.partsMs).toEqual({ arrival: 30, buffer: 5, output: 31.5 });
  expect(report?.delayMs).toEqual({ median: 66.5, p95: 66.5 });
});

test("frames with an impossible capture time are played, and no delay is reported", async () => {
  for (const capturedAt of [Number.NaN, 1e15, -61e6]) {
    const { of, playout, pass } = start();
    playout.begin(1, defaults);
    await settle();
    playout.frame(1, { sequence: 0, capturedAt, arrivedAt: 0, payload: new Uint8Array(40).fill(9) });
    playout.end(1, "drain");
    await pass(20);
    const [report] = of("played");
    expect(report).toMatchObject({ frames: 1 });
    expect(report?.delayMs).toBeUndefined();
    expect(report?.partsMs).toBeUndefined();
  }
});

test("a clip is played frame by frame, ends by itself, and has no delay", async () => {
  const { of, playout, pass, played } = start();
  playout.replay(
    -1,
    [5, 6, 7].map((value) => new Uint8Array([value])),
    { ...defaults, gain: 2 },
  );
  await settle();
  await pass(20);
  expect(played()).toEqual([0, 10, 12, 14, 0]);
  const [report] = of("played");
  expect(report).toMatchObject({ stream: -1, frames: 3, concealed: 0, dropped: 0 });
  expect(report?.delayMs).toBeUndefined();
  expect(of("buffering-feedback").map(({ targetDelayMs }) => targetDelayMs)).toEqual([undefined]);
});

test("a clip can be cut", async () => {
  const { audio, of, playout, pass } = start();
  playout.replay(-1, Array(100).fill(new Uint8Array([5])), defaults);
  await settle();
  await pass(10);
  playout.end(-1, "cut");
  await pass(2);
  expect(of("played")).toMatchObject([{ stream: -1, frames: 3 }]);
  expect(audio.open.speakers).toBe(0);
});

test("playout reports buffering feedback before the end of a stream", async () => {
  const { events, playout, send, pass } = start();
  playout.begin(1, { ...defaults, targetDelayMs: 60 });
  await settle();
  send(1, 10);
  playout.end(1, "drain");
  await pass(20);
  expect(events).toMatchObject([
    { type: "buffering-feedback", buffering: "low", underruns: 0, targetDelayMs: 58 },
    { type: "played", stream: 1 },
  ]);
});

test("a missing or failing speaker ends every stream with its error", async () => {
  const none = start(createFakeAudio(new DeviceError("no-speaker", "none")));
  none.playout.begin(1, defaults);
  await settle();
  expect(none.events).toMatchObject([{ type: "playback-failed", stream: 1, error: { code: "no-speaker" } }]);

  const going = start();
  for (const stream of [1, 2]) going.playout.begin(stream, defaults);
  await settle();
  going.audio.failSpeaker();
  await settle();
  expect(going.events).toMatchObject([
    { type: "playback-failed", stream: 1, error: { code: "audio-failed" } },
    { type: "playback-failed", stream: 2, error: { code: "audio-failed" } },
  ]);
  expect(going.audio.open.speakers).toBe(0);
});

test("playout ignores frames of a stream that does not play", async () => {
  const { audio, events, playout, send } = start();
  send(9, 1, 2, 3);
  playout.gain(9, 2);
  playout.end(9, "drain");
  await settle();
  expect(audio.played).toEqual([]);
  expect(events).toEqual([]);
});
