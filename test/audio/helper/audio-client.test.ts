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
  /** Events that no `next` has returned yet. */
  const unread: AudioEvent[] = [];
  const waiting: { type: AudioEvent["type"]; resolve: (event: AudioEvent) => void }[] = [];
  const client = createAudioClient({
    ...options,
    command,
    onEvent(event) {
      events.push(event);
      const index = waiting.findIndex((one) => one.type === event.type);
      if (index >= 0) waiting.splice(index, 1)[0]?.resolve(event);
      else unread.push(event);
    },
  });
  opened.push(client);
  const next = (type: AudioEvent["type"]) =>
    new Promise<AudioEvent>((resolve) => {
      const index = unread.findIndex((event) => event.type === type);
      const [event] = index < 0 ? [] : unread.splice(index, 1);
      if (event === undefined) waiting.push({ type, resolve });
      else resolve(event);
    });
  return { client, events, next };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((client) => client.close()));
});

test("a recording reports the events of the helper in order", async () => {
  const { client, events, next } = start();
  client.record(0.06);
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

test("frames of a stream that plays reach the helper, and others do not", async () => {
  const { client, next } = start();
  client.play(1, 1);
  client.frame(1, 0, 0, new Uint8Array([1]));
  client.frame(2, 0, 0, new Uint8Array([1]));
  client.end(1, "drain");
  expect(await next("played")).toMatchObject({ stream: 1, frames: 1 });
});

/** The command that the helper received, from its echo. */
async function echoed(notice: Promise<AudioEvent>): Promise<unknown> {
  const event = await notice;
  return event.type === "notice" ? JSON.parse(event.message) : undefined;
}

test("a frame carries the time of its arrival at this process", async () => {
  const { client, next } = start();
  client.play(1, 1);
  const beforeMs = Date.now();
  client.frame(1, 0, (beforeMs - 70) * 1_000, new Uint8Array([1]));
  const afterMs = Date.now();
  client.end(1, "drain");
  const played = await next("played");
  expect(played.type === "played" && played.partsMs?.arrival).toBeWithin(70, 70 + afterMs - beforeMs + 1);
});

test("the helper receives the devices, automatic gain and the gain of a stream", async () => {
  const device = { name: echoDevice, isRemembered: true };
  const { client, next } = start(fakeHelper, { input: device, output: device, autoGain: true });
  const recorded = next("capture-ended");
  client.record(0.02);
  expect(await echoed(next("notice"))).toEqual({ type: "record", frames: 1, device, autoGain: true });
  await recorded;

  client.play(1, 0.5);
  expect(await echoed(next("notice"))).toEqual({
    type: "play",
    stream: 1,
    gain: 0.5,
    output: { device, buffering: "low" },
  });
  client.gain(2, 1);
  client.gain(1, 2);
  expect(await echoed(next("notice"))).toEqual({ type: "gain", stream: 1, gain: 2 });
});

test("the feedback of one clip sets the start of the next one, in another helper", async () => {
  const device = { name: echoDevice, isRemembered: false };
  const { client, next } = start(fakeHelper, { output: device });
  client.play(1, 1);
  client.end(1, "drain");
  await next("notice");
  await next("played");
  const notice = next("notice");
  client.play(2, 1);
  expect(await echoed(notice)).toMatchObject({ targetDelayMs: 80, output: { buffering: "normal" } });
});

test("a clip is played, and its end is reported", async () => {
  const { client, events, next } = start();
  client.replay(-1, [new Uint8Array([1]), new Uint8Array([2])], 1);
  expect(await next("played")).toMatchObject({ stream: -1, frames: 2 });
  expect(events.map((event) => event.type)).toEqual(["played"]);
});

test("a helper that prints 64 MB costs neither memory nor the recording", async () => {
  const { client, next } = start();
  const before = process.memoryUsage.rss();
  client.record(floodFrames / 50);
  expect(await next("capture-ended")).toEqual({ type: "capture-ended", reason: "done" });
  expect(process.memoryUsage.rss() - before).toBeLessThan(floodBytes / 2);
});

test("a fresh helper replaces one that was used, and lists the devices again", async () => {
  const { client } = start();
  const [first, again] = await Promise.all([client.devices(), client.devices()]);
  const second = await client.devices();
  expect(again[0]?.name).toBe(first[0]?.name);
  expect(second[0]?.name).not.toBe(first[0]?.name);
});

test("a crash of the helper ends recording and playback with an error, and the next use works", async () => {
  const { client, next } = start();
  const ended = next("capture-ended");
  const failed = next("playback-failed");
  client.play(5, 1);
  client.record(crashFrames / 50);
  const message = "The audio helper ended unexpectedly (exit code 3): please try again.";
  const error = { code: "audio-failed", message } as const;
  expect(await ended).toEqual({ type: "capture-ended", reason: "device", error });
  expect(await failed).toEqual({ type: "playback-failed", stream: 5, error });

  client.record(0.02);
  expect(await next("capture-ended")).toMatchObject({ reason: "done" });
});

test("a helper that cannot be started is reported as an event and throws nothing", async () => {
  const { client, next } = start(["/nonexistent/holler", "--audio-helper"]);
  client.warm();
  client.record(1);
  expect(await next("capture-ended")).toMatchObject({ reason: "device", error: { code: "audio-failed" } });
  await expect(client.devices()).rejects.toMatchObject({ code: "audio-failed" });
});

test("a second recording does not begin while one is open", async () => {
  const { client, events, next } = start();
  client.record(0.02);
  client.record(0.02);
  await next("capture-ended");
  await client.devices();
  expect(events.filter((event) => event.type === "capture-started")).toHaveLength(1);
});

test("a recording that begins before the end of another one is reported after that end", async () => {
  const { client, events, next } = start();
  client.record(hangFrames / 50);
  client.cancel();
  client.record(0.02);
  await next("capture-ended");
  await next("capture-ended");
  expect(events.map((event) => ("reason" in event ? event.reason : event.type))).toEqual([
    "cancelled",
    "capture-started",
    "captured",
    "done",
  ]);
});

test("a stopped recording reports only its end when another one has begun", async () => {
  const { client, events, next } = start();
  client.record(0.06);
  client.stop();
  client.record(0.02);
  await next("capture-ended");
  await next("capture-ended");
  expect(events.map((event) => ("reason" in event ? event.reason : event.type))).toEqual([
    "done",
    "capture-started",
    "captured",
    "done",
  ]);
});

test("a crash of the helper ends every recording", async () => {
  const { client, events, next } = start();
  client.record(hangFrames / 50);
  client.cancel();
  client.record(crashFrames / 50);
  await next("capture-ended");
  await next("capture-ended");
  client.record(0.02);
  await next("capture-ended");
  expect(events.flatMap((event) => ("reason" in event ? event.reason : []))).toEqual([
    "cancelled",
    "device",
    "done",
  ]);
});

/** The command of a helper with this message handler, which reports its process id at its start. */
function scripted(onMessage: string): string[] {
  const hello = "process.send({ type: 'notice', code: 'default-device', message: String(process.pid) });";
  return [process.execPath, "-e", `process.on("message", ${onMessage}); ${hello}`];
}

/** A helper that ignores `quit`. */
const stubborn = scripted(`({ type, stream }) => {
  if (type === "end") process.send({ type: "played", stream });
  if (type === "record") process.send({ type: "capture-ended", reason: "done" });
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

test("playback waits for the exit of a helper that has played, and a recording does not", async () => {
  const { client, events, next } = start(stubborn);
  client.play(1, 1);
  client.end(1, "drain");
  await next("played");
  const [first] = notices(events);
  client.record(1);
  await next("capture-ended");
  expect(first && isAlive(first)).toBe(true);
  client.play(2, 1);
  client.end(2, "drain");
  await next("played");
  expect(first && isAlive(first)).toBe(false);
});

test("a fresh helper is started after a crash", async () => {
  const { client, next } = start(scripted("() => process.exit(3)"));
  client.record(1);
  const first = await next("notice");
  await next("capture-ended");
  const second = await next("notice");
  expect(second).not.toEqual(first);
});

test("a helper whose channel is closed ends playback with an error", async () => {
  const { client, events } = start(scripted("() => { process.disconnect(); setTimeout(() => {}, 10_000); }"));
  client.play(1, 1);
  while (!events.some((event) => event.type === "playback-failed")) {
    client.frame(1, 0, 0, new Uint8Array([1]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(events.at(-1)).toMatchObject({ type: "playback-failed", error: { code: "audio-failed" } });
});

test("a closed client reports no event", async () => {
  const { client, events } = start();
  client.record(hangFrames / 50);
  await client.close();
  client.record(1);
  client.play(1, 1);
  client.replay(-1, [], 1);
  expect(events).toEqual([]);
});
