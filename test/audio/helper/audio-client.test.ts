import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import type { AudioClient } from "../../../lib/audio/audio-client.ts";
import type { AudioEvent } from "../../../lib/audio/events.ts";
import type { AudioClientOptions } from "../../../lib/audio/helper/audio-client.ts";
import { createAudioClient } from "../../../lib/audio/helper/audio-client.ts";
import { crashFrames, echoDevice, floodBytes, floodFrames, hangFrames } from "../../support/fake-helper.ts";

const fakeHelper = [process.execPath, join(import.meta.dir, "../../support/fake-helper.ts")];
const opened: AudioClient[] = [];

function start(command = fakeHelper, options: Partial<AudioClientOptions> = {}) {
  const events: AudioEvent[] = [];
  /** Those that nobody has asked for yet: several may come at once. */
  const unread: AudioEvent[] = [];
  const waiting: { type: AudioEvent["type"]; resolve: (event: AudioEvent) => void }[] = [];
  const voice = createAudioClient({
    ...options,
    command,
    onEvent(event) {
      events.push(event);
      const index = waiting.findIndex((one) => one.type === event.type);
      if (index >= 0) waiting.splice(index, 1)[0]?.resolve(event);
      else unread.push(event);
    },
  });
  opened.push(voice);
  const next = (type: AudioEvent["type"]) =>
    new Promise<AudioEvent>((resolve) => {
      const index = unread.findIndex((event) => event.type === type);
      const [event] = index < 0 ? [] : unread.splice(index, 1);
      if (event === undefined) waiting.push({ type, resolve });
      else resolve(event);
    });
  return { voice, events, next };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((voice) => voice.close()));
});

test("records what the helper captures, in order", async () => {
  const { voice, events, next } = start();
  voice.record(0.06);
  await next("capture-ended");
  expect(events).toEqual([
    { type: "capture-started" },
    ...[0, 1, 2].map((sequence) => ({
      type: "captured" as const,
      sequence,
      capturedAt: sequence * 20_000,
      payload: new Uint8Array([sequence]),
    })),
    { type: "capture-ended", reason: "done" },
  ]);
});

test("plays the frames of streams that play, and no others", async () => {
  const { voice, next } = start();
  voice.play(1, 1);
  voice.frame(1, 0, 0, new Uint8Array([1]));
  voice.frame(2, 0, 0, new Uint8Array([1]));
  voice.end(1, "drain");
  expect(await next("played")).toMatchObject({ stream: 1, frames: 1 });
});

/** What the helper was told, as the echo says. */
async function told(notice: Promise<AudioEvent>): Promise<unknown> {
  const event = await notice;
  return event.type === "notice" ? JSON.parse(event.message) : undefined;
}

test("a frame is given the moment when it came to this process", async () => {
  const { voice, next } = start();
  voice.play(1, 1);
  voice.frame(1, 0, (Date.now() - 70) * 1000, new Uint8Array([1]));
  voice.end(1, "drain");
  const played = await next("played");
  expect(played.type === "played" && played.partsMs?.arrival).toBeWithin(70, 90);
});

test("the helper is told which devices, and how loud", async () => {
  const device = { name: echoDevice, isRemembered: true };
  const { voice, next } = start(fakeHelper, { input: device, output: device, autoGain: true });
  const recorded = next("capture-ended");
  voice.record(0.02);
  expect(await told(next("notice"))).toEqual({ type: "record", frames: 1, device, autoGain: true });
  await recorded;

  voice.play(1, 0.5);
  expect(await told(next("notice"))).toEqual({
    type: "play",
    stream: 1,
    gain: 0.5,
    output: { device, buffering: "low" },
  });
  voice.gain(2, 1);
  voice.gain(1, 2);
  expect(await told(next("notice"))).toEqual({ type: "gain", stream: 1, gain: 2 });
});

test("what one clip taught is where the next one begins, in another helper", async () => {
  const device = { name: echoDevice, isRemembered: false };
  const { voice, next } = start(fakeHelper, { output: device });
  voice.play(1, 1);
  voice.end(1, "drain");
  await next("notice");
  await next("played");
  const notice = next("notice");
  voice.play(2, 1);
  expect(await told(notice)).toMatchObject({ targetDelayMs: 80, output: { buffering: "normal" } });
});

test("replays what it is given", async () => {
  const { voice, events, next } = start();
  voice.replay(-1, [new Uint8Array([1]), new Uint8Array([2])], 1);
  expect(await next("played")).toMatchObject({ stream: -1, frames: 2 });
  expect(events.map((event) => event.type)).toEqual(["played"]);
});

test("a helper that floods its outputs costs neither memory nor the turn", async () => {
  const { voice, next } = start();
  const before = process.memoryUsage.rss();
  voice.record(floodFrames / 50);
  expect(await next("capture-ended")).toEqual({ type: "capture-ended", reason: "done" });
  expect(process.memoryUsage.rss() - before).toBeLessThan(floodBytes / 2);
});

test("a helper that was used makes way for a fresh one, which sees the devices of then", async () => {
  const { voice } = start();
  const [first, again] = await Promise.all([voice.devices(), voice.devices()]);
  const second = await voice.devices();
  expect(again[0]?.name).toBe(first[0]?.name);
  expect(second[0]?.name).not.toBe(first[0]?.name);
});

test("a crash ends what runs, with the reason, and the next use works", async () => {
  const { voice, next } = start();
  const ended = next("capture-ended");
  const failed = next("playback-failed");
  voice.play(5, 1);
  voice.record(crashFrames / 50);
  const message = "The audio helper ended unexpectedly (exit code 3): please try again.";
  const error = { code: "audio-failed", message } as const;
  expect(await ended).toEqual({ type: "capture-ended", reason: "device", error });
  expect(await failed).toEqual({ type: "playback-failed", stream: 5, error });

  voice.record(0.02);
  expect(await next("capture-ended")).toMatchObject({ reason: "done" });
});

test("a helper that cannot be started is an event, not an exception", async () => {
  const { voice, next } = start(["/nonexistent/holler", "--audio-helper"]);
  voice.warm();
  voice.record(1);
  expect(await next("capture-ended")).toMatchObject({ reason: "device", error: { code: "audio-failed" } });
  await expect(voice.devices()).rejects.toMatchObject({ code: "audio-failed" });
});

test("a second recording does not begin while one runs", async () => {
  const { voice, events, next } = start();
  voice.record(0.02);
  voice.record(0.02);
  await next("capture-ended");
  await voice.devices();
  expect(events.filter((event) => event.type === "capture-started")).toHaveLength(1);
});

test("a recording that begins while the one before still ends waits for that end", async () => {
  const { voice, events, next } = start();
  voice.record(hangFrames / 50);
  voice.cancel();
  voice.record(0.02);
  await next("capture-ended");
  await next("capture-ended");
  expect(events.map((event) => ("reason" in event ? event.reason : event.type))).toEqual([
    "cancelled",
    "capture-started",
    "captured",
    "done",
  ]);
});

test("of a recording that was ended only its end is told once another has begun", async () => {
  const { voice, events, next } = start();
  voice.record(0.06);
  voice.stop();
  voice.record(0.02);
  await next("capture-ended");
  await next("capture-ended");
  expect(events.map((event) => ("reason" in event ? event.reason : event.type))).toEqual([
    "done",
    "capture-started",
    "captured",
    "done",
  ]);
});

test("a crash ends every recording that was begun", async () => {
  const { voice, events, next } = start();
  voice.record(hangFrames / 50);
  voice.cancel();
  voice.record(crashFrames / 50);
  await next("capture-ended");
  await next("capture-ended");
  voice.record(0.02);
  await next("capture-ended");
  expect(events.flatMap((event) => ("reason" in event ? event.reason : []))).toEqual([
    "cancelled",
    "device",
    "done",
  ]);
});

/** Runs this as a helper, which tells its process id as soon as it runs. */
function scripted(onMessage: string): string[] {
  const hello = "process.send({ type: 'notice', code: 'default-device', message: String(process.pid) });";
  return [process.execPath, "-e", `process.on("message", ${onMessage}); ${hello}`];
}

/** Its helpers never quit by themselves. */
const stubborn = scripted(`({ type: what, stream }) => {
  if (what === "end") process.send({ type: "played", stream });
  if (what === "record") process.send({ type: "capture-ended", reason: "done" });
}`);

function isAlive({ message }: { message: string }): boolean {
  try {
    return process.kill(Number(message), 0);
  } catch {
    return false;
  }
}

function notices(events: AudioEvent[]) {
  return events.filter((event) => event.type === "notice");
}

test("a recording does not wait for a helper that has only played, and playing does", async () => {
  const { voice, events, next } = start(stubborn);
  voice.play(1, 1);
  voice.end(1, "drain");
  await next("played");
  const [first] = notices(events);
  voice.record(1);
  await next("capture-ended");
  expect(first && isAlive(first)).toBe(true);
  voice.play(2, 1);
  voice.end(2, "drain");
  await next("played");
  expect(first && isAlive(first)).toBe(false);
});

test("after a crash a fresh helper is warmed", async () => {
  const { voice, next } = start(scripted("() => process.exit(3)"));
  voice.record(1);
  const first = await next("notice");
  await next("capture-ended");
  const second = await next("notice");
  expect(second).not.toEqual(first);
});

test("a helper that cannot be spoken to any more has failed, and nothing else has", async () => {
  const { voice, events } = start(scripted("() => { process.disconnect(); setTimeout(() => {}, 10_000); }"));
  voice.play(1, 1);
  while (!events.some((event) => event.type === "playback-failed")) {
    voice.frame(1, 0, 0, new Uint8Array([1]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(events.at(-1)).toMatchObject({ type: "playback-failed", error: { code: "audio-failed" } });
});

test("after close nothing is heard any more", async () => {
  const { voice, events } = start();
  voice.record(hangFrames / 50);
  await voice.close();
  voice.record(1);
  voice.play(1, 1);
  voice.replay(-1, [], 1);
  expect(events).toEqual([]);
});
