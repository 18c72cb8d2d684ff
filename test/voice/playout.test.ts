import { expect, test } from "bun:test";
import { DeviceError } from "../../lib/voice/device.ts";
import type { VoiceEvent } from "../../lib/voice/events.ts";
import { createPlayout } from "../../lib/voice/playout.ts";
import { createFakeAudio, createFakeDecoder, settle } from "../support/fake-audio.ts";

function start(audio = createFakeAudio()) {
  const events: VoiceEvent[] = [];
  const clock = { now: 0 };
  const playout = createPlayout({
    system: audio,
    createDecoder: async () => createFakeDecoder(),
    now: () => clock.now,
    report: (event) => events.push(event),
    onProgress: () => {},
  });
  const send = (stream: number, ...values: number[]) => {
    for (const [sequence, value] of values.entries()) {
      playout.frame(stream, { sequence, capturedAt: sequence * 20_000, payload: new Uint8Array([value]) });
    }
  };
  return { audio, events, clock, playout, send };
}

test("silence until there is something, then each frame for 20 ms, then the output is closed", async () => {
  const { audio, events, playout, send } = start();
  playout.begin(7);
  await settle();
  await audio.pass(2);
  send(7, 10, 20, 30);
  playout.end(7, "drain");
  await audio.pass(10);
  expect(audio.played).toEqual([0, 0, 0, 10, 10, 20, 20, 30, 30, 0]);
  expect(events).toMatchObject([{ type: "played", stream: 7, frames: 3, concealed: 0, dropped: 0 }]);
  expect(audio.open.speakers).toBe(0);
});

test("two speakers are mixed, each from their own buffer", async () => {
  const { audio, events, playout, send } = start();
  for (const stream of [1, 2]) playout.begin(stream);
  await settle();
  send(1, 10, 20);
  send(2, 100, 100, 100);
  for (const stream of [1, 2]) playout.end(stream, "drain");
  await audio.pass(10);
  expect(audio.played).toEqual([0, 110, 110, 120, 120, 100, 100, 0]);
  expect(events.map((event) => event.type === "played" && event.stream)).toEqual([1, 2]);
});

test("cut drops what has come", async () => {
  const { audio, events, playout, send } = start();
  playout.begin(1);
  await settle();
  send(1, 10, 20, 30);
  await audio.pass(1);
  playout.end(1, "cut");
  await audio.pass(5);
  expect(audio.played).toEqual([0, 10]);
  expect(events).toMatchObject([{ type: "played", stream: 1, frames: 1 }]);
  expect(audio.open.speakers).toBe(0);
});

test("one who begins while the output closes is heard", async () => {
  const { audio, playout, send } = start();
  playout.begin(1);
  playout.end(1, "cut");
  playout.begin(2);
  await settle();
  send(2, 10, 10);
  playout.end(2, "drain");
  await audio.pass(10);
  expect(audio.played).toContain(10);
});

test("tells how long it took from capture to output", async () => {
  const { audio, events, clock, playout, send } = start();
  playout.begin(1);
  await settle();
  send(1, 1, 2);
  playout.end(1, "drain");
  clock.now = 60_000;
  await audio.pass(10);
  expect(events).toMatchObject([{ type: "played", delayMs: { median: 40, p95: 40 } }]);
});

test("no speaker, or one that goes away, ends every stream with the reason", async () => {
  const none = start(createFakeAudio(new DeviceError("no-speaker", "none")));
  none.playout.begin(1);
  await settle();
  expect(none.events).toMatchObject([{ type: "playback-failed", stream: 1, error: { code: "no-speaker" } }]);

  const going = start();
  for (const stream of [1, 2]) going.playout.begin(stream);
  await settle();
  going.audio.failSpeaker();
  await settle();
  expect(going.events).toMatchObject([
    { type: "playback-failed", stream: 1, error: { code: "audio-failed" } },
    { type: "playback-failed", stream: 2, error: { code: "audio-failed" } },
  ]);
  expect(going.audio.open.speakers).toBe(0);
});

test("frames of a stream that does not play are ignored", async () => {
  const { audio, events, playout, send } = start();
  send(9, 1, 2, 3);
  playout.end(9, "drain");
  await settle();
  expect(audio.played).toEqual([]);
  expect(events).toEqual([]);
});
