import { expect, test } from "bun:test";
import type { CaptureOptions } from "../../../lib/audio/capture/capture.ts";
import { startCapture } from "../../../lib/audio/capture/capture.ts";
import type { Encoder } from "../../../lib/audio/codec/codec.ts";
import type { AudioSystem } from "../../../lib/audio/device.ts";
import { DeviceError } from "../../../lib/audio/device.ts";
import type { AudioEvent } from "../../../lib/audio/events.ts";
import type { FakeAudio } from "../../support/fake-audio.ts";
import { createFakeAudio, createFakeEncoder, settle } from "../../support/fake-audio.ts";

interface Recording {
  events: AudioEvent[];
  audio: FakeAudio;
  capture: ReturnType<typeof startCapture>;
  /** The microphone captures `chunks` chunks of 10 ms, which arrive `lateMs` later. */
  speak(chunks: number, lateMs?: number): void;
}

async function record(
  frames: number,
  given: Partial<CaptureOptions> & { audio?: FakeAudio } = {},
): Promise<Recording> {
  const { audio = createFakeAudio(), ...rest } = given;
  const events: AudioEvent[] = [];
  let capturedMs = 0;
  let now = 0;
  const capture = startCapture({
    system: audio,
    autoGain: false,
    encoder: Promise.resolve(createFakeEncoder()),
    frames,
    now: () => now,
    report: (event) => events.push(event),
    ...rest,
  });
  await settle();
  return {
    events,
    audio,
    capture,
    speak(chunks, lateMs = 0) {
      for (let i = 0; i < chunks; i++) {
        const chunk = new Int16Array(480).fill(Math.floor(capturedMs / 20));
        capturedMs += 10;
        now = (capturedMs + lateMs) * 1000;
        audio.capture(chunk);
      }
    },
  };
}

const types = (events: AudioEvent[]) => events.map((event) => event.type);
const captured = (events: AudioEvent[]) =>
  events.flatMap((event) => (event.type === "captured" ? event : []));

test("a recording cuts chunks into numbered frames, ends after its last frame, and closes the microphone", async () => {
  const { events, speak, capture, audio } = await record(3);
  speak(7);
  expect(events).toEqual([
    { type: "capture-started" },
    { type: "captured", sequence: 0, capturedAt: 0, payload: new Uint8Array([0]) },
    { type: "captured", sequence: 1, capturedAt: 20_000, payload: new Uint8Array([1]) },
    { type: "captured", sequence: 2, capturedAt: 40_000, payload: new Uint8Array([2]) },
    {
      type: "capture-ended",
      reason: "done",
      sound: { peakDbfs: expect.closeTo(-84.3, 1), silent: true, clipped: false },
    },
  ]);
  await capture.closed;
  expect(audio.open.microphones).toBe(0);
});

test("chunks of any size make the same frames", async () => {
  const { events, audio } = await record(10);
  const said = Int16Array.from({ length: 2880 }, (_, i) => i / 960);
  for (const [from, to] of [
    [0, 1],
    [1, 960],
    [960, 2401],
    [2401, 2880],
  ])
    audio.capture(said.subarray(from, to));
  expect(captured(events).map(({ payload }) => payload[0])).toEqual([0, 1, 2]);
});

test("a recording reports its level and peak ten times a second", async () => {
  const { events, speak } = await record(1000);
  speak(100);
  const levels = events.flatMap((event) => (event.type === "level" ? event : []));
  expect(levels).toHaveLength(10);
  for (const { dbfs, peakDbfs } of levels) expect(peakDbfs).toBeGreaterThanOrEqual(dbfs);
});

test("a late chunk does not change the capture times, and a burst from the device corrects them", async () => {
  const late = await record(10);
  late.speak(2);
  late.speak(2, 80);
  late.speak(2);
  const times = captured(late.events).map(({ capturedAt }) => capturedAt);
  expect(times[0]).toBe(0);
  expect(times[1]).toBeCloseTo(20_000, -2);
  expect(times[2]).toBe(40_000);

  const burst = await record(10, { now: () => 1_000_000 });
  burst.audio.capture(new Int16Array(4800));
  expect(captured(burst.events).map(({ capturedAt }) => capturedAt)).toEqual([
    900_000, 920_000, 940_000, 960_000, 980_000,
  ]);
});

test("frames wait for an encoder that has not loaded", async () => {
  const encoder = Promise.withResolvers<Encoder>();
  const { events, speak } = await record(100, { encoder: encoder.promise });
  speak(20);
  expect(types(events)).toEqual(["capture-started", "level", "level"]);
  encoder.resolve(createFakeEncoder());
  await settle();
  speak(2);
  expect(captured(events).map(({ sequence, payload }) => [sequence, payload[0]])).toEqual(
    Array.from({ length: 11 }, (_, i) => [i, i]),
  );
  expect(captured(events).map(({ capturedAt }) => capturedAt)).toEqual(
    Array.from({ length: 11 }, (_, i) => i * 20_000),
  );
});

test("without an encoder a recording that is done or stopped ends after encoding, and a cancelled one ends at once", async () => {
  for (const { frames, ending } of [
    { frames: 2, ending: undefined },
    { frames: 100, ending: "stopped" as const },
  ]) {
    const encoder = Promise.withResolvers<Encoder>();
    const { events, speak, capture } = await record(frames, { encoder: encoder.promise });
    speak(4);
    if (ending) capture.end(ending);
    expect(types(events)).toEqual(["capture-started"]);
    encoder.resolve(createFakeEncoder());
    await capture.closed;
    expect(types(events)).toEqual(["capture-started", "captured", "captured", "capture-ended"]);
  }
  const encoder = Promise.withResolvers<Encoder>();
  const { events, speak, capture } = await record(100, { encoder: encoder.promise });
  speak(4);
  capture.end("cancelled");
  expect(types(events)).toEqual(["capture-started", "capture-ended"]);
  encoder.resolve(createFakeEncoder());
  await capture.closed;
  expect(events).toHaveLength(2);
});

test("an encoder that fails or never loads ends the recording with an error", async () => {
  const failing = await record(100, { encoder: Promise.reject(new Error("no memory")) });
  expect(failing.events).toEqual([
    {
      type: "capture-ended",
      reason: "device",
      error: { code: "audio-failed", message: "Sound failed: no memory." },
    },
  ]);
  await failing.capture.closed;
  expect(failing.audio.open.microphones).toBe(0);

  const encoder = Promise.withResolvers<Encoder>();
  const waiting = await record(1000, { encoder: encoder.promise });
  waiting.speak(498);
  expect(types(waiting.events)).not.toContain("capture-ended");
  waiting.speak(10);
  expect(waiting.events.at(-1)).toMatchObject({ reason: "device", error: { code: "audio-failed" } });
  encoder.resolve(createFakeEncoder());
  await waiting.capture.closed;
  expect(captured(waiting.events)).toEqual([]);
});

test("the chosen microphone is opened after the recording before has closed it, and a notice is reported", async () => {
  const before = Promise.withResolvers<void>();
  const device = { name: "headset", isRemembered: true };
  const audio = createFakeAudio();
  const asked: unknown[] = [];
  const system: AudioSystem = {
    ...audio,
    openMicrophone(options, ...rest) {
      asked.push(options.device);
      return { ...audio.openMicrophone(options, ...rest), notice: "It is not there." };
    },
  };
  const { events } = await record(1, { audio, system, device, after: before.promise });
  expect(asked).toEqual([]);
  before.resolve();
  await settle();
  expect(asked).toEqual([device]);
  expect(events).toEqual([{ type: "notice", code: "default-device", message: "It is not there." }]);
});

test("automatic gain changes the packets and not the reported level", async () => {
  const encode = (frame: Int16Array) => new Uint8Array(frame.slice(-1).buffer);
  const encoder = Promise.resolve({ encode, free() {} });
  const { events, audio } = await record(1000, { encoder, autoGain: true });
  for (let i = 0; i < 500; i++) audio.capture(new Int16Array(960).fill(i % 40 < 10 ? 0 : 300));
  const last = captured(events).map(({ payload }) => new Int16Array(payload.buffer)[0] ?? 0);
  expect(Math.max(...last.slice(0, 11))).toBeLessThanOrEqual(310);
  expect(Math.max(...last)).toBeGreaterThan(1500);
  const levels = events.flatMap((event) => (event.type === "level" ? event.peakDbfs : []));
  expect(Math.max(...levels)).toBeCloseTo(-40.8, 1);
});

test("a recording ends once and reports nothing after its end", async () => {
  const { events, speak, capture } = await record(10);
  speak(2);
  capture.end("stopped");
  capture.end("cancelled");
  speak(2);
  expect(types(events)).toEqual(["capture-started", "captured", "capture-ended"]);
  expect(events.at(-1)).toMatchObject({ type: "capture-ended", reason: "stopped" });
});

test("a recording that is cancelled at once never opens the microphone", async () => {
  const audio = createFakeAudio();
  const events: AudioEvent[] = [];
  const encoder = Promise.resolve(createFakeEncoder());
  const capture = startCapture({
    system: audio,
    autoGain: false,
    encoder,
    frames: 1,
    now: () => 0,
    report: (e) => events.push(e),
  });
  capture.end("cancelled");
  await capture.closed;
  expect(audio.open.microphones).toBe(0);
  expect(events).toEqual([{ type: "capture-ended", reason: "cancelled" }]);
});

test("a missing or failing microphone ends the recording with its error", async () => {
  const missing = await record(10, { audio: createFakeAudio(new DeviceError("no-microphone", "none")) });
  const error = { code: "no-microphone", message: "none" } as const;
  expect(missing.events).toEqual([{ type: "capture-ended", reason: "device", error }]);

  const failing = await record(10);
  failing.audio.failMicrophone();
  expect(failing.events.at(-1)).toMatchObject({ reason: "device", error: { code: "audio-failed" } });
  await failing.capture.closed;
});
