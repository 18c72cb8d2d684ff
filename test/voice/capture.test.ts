import { expect, test } from "bun:test";
import { startCapture } from "../../lib/voice/capture.ts";
import { DeviceError } from "../../lib/voice/device.ts";
import type { VoiceEvent } from "../../lib/voice/events.ts";
import { createFakeAudio, createFakeEncoder, type FakeAudio, settle } from "../support/fake-audio.ts";

interface Turn {
  events: VoiceEvent[];
  audio: FakeAudio;
  capture: ReturnType<typeof startCapture>;
  /** Speaks `chunks` chunks of 10 ms; they arrive `lateMs` after they were captured. */
  speak(chunks: number, lateMs?: number): void;
}

async function turn(frames: number, audio = createFakeAudio()): Promise<Turn> {
  const events: VoiceEvent[] = [];
  let capturedMs = 0;
  let now = 0;
  const capture = startCapture({
    system: audio,
    encoder: Promise.resolve(createFakeEncoder()),
    frames,
    now: () => now,
    report: (event) => events.push(event),
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
        audio.hear(chunk);
      }
    },
  };
}

const types = (events: VoiceEvent[]) => events.map((event) => event.type);

test("two chunks are a frame; numbers and times count up; it ends by itself and closes the device", async () => {
  const { events, speak, capture, audio } = await turn(3);
  speak(7);
  expect(events).toEqual([
    { type: "capture-started" },
    { type: "captured", sequence: 0, capturedAt: 0, payload: new Uint8Array([0]) },
    { type: "captured", sequence: 1, capturedAt: 20_000, payload: new Uint8Array([1]) },
    { type: "captured", sequence: 2, capturedAt: 40_000, payload: new Uint8Array([2]) },
    { type: "capture-ended", reason: "done" },
  ]);
  await capture.closed;
  expect(audio.open.microphones).toBe(0);
});

test("chunks of any size make the same frames", async () => {
  const { events, audio } = await turn(10);
  for (const size of [1, 959, 1441, 479]) audio.hear(new Int16Array(size));
  expect(events.filter((event) => event.type === "captured")).toHaveLength(3);
});

test("tells the level ten times a second", async () => {
  const { events, speak } = await turn(1000);
  speak(100);
  expect(types(events).filter((type) => type === "level")).toHaveLength(10);
});

test("a late chunk does not move the clock", async () => {
  const { events, speak } = await turn(10);
  speak(2);
  speak(2, 80);
  speak(2);
  const times = events.flatMap((event) => (event.type === "captured" ? event.capturedAt : []));
  expect(times[0]).toBe(0);
  expect(times[1]).toBeCloseTo(20_000, -2);
  expect(times[2]).toBe(40_000);
});

test("ends once, whatever is asked, and says nothing after", async () => {
  const { events, speak, capture } = await turn(10);
  speak(2);
  capture.end("stopped");
  capture.end("cancelled");
  speak(2);
  expect(types(events)).toEqual(["capture-started", "captured", "capture-ended"]);
  expect(events.at(-1)).toEqual({ type: "capture-ended", reason: "stopped" });
});

test("ended before the microphone opened, it never opens", async () => {
  const audio = createFakeAudio();
  const events: VoiceEvent[] = [];
  const encoder = Promise.resolve(createFakeEncoder());
  const capture = startCapture({
    system: audio,
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

test("a missing or a failing microphone is the end of the turn, with the reason", async () => {
  const missing = await turn(10, createFakeAudio(new DeviceError("no-microphone", "none")));
  const error = { code: "no-microphone", message: "none" } as const;
  expect(missing.events).toEqual([{ type: "capture-ended", reason: "device", error }]);

  const failing = await turn(10);
  failing.audio.failMicrophone();
  expect(failing.events.at(-1)).toMatchObject({ reason: "device", error: { code: "audio-failed" } });
  await failing.capture.closed;
});
