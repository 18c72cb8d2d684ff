/** Tests a session with a sound system, and one that saves clips. */
import { describe, expect, test } from "bun:test";
import type { AudioPort, OpenAudio } from "../../../lib/client/session/audio.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { confirm, createScene, room } from "./scene.ts";

/** Notes each order. */
function fakeAudio(orders: unknown[][]): AudioPort {
  const note =
    (order: string) =>
    (...details: unknown[]): void =>
      void orders.push([order, ...details]);
  return {
    warm() {},
    record: note("record"),
    stop: note("stop"),
    cancel: note("cancel"),
    play: note("play"),
    frame: note("frame"),
    replay: note("replay"),
    gain: note("gain"),
    end: note("end"),
    close: () => Promise.resolve(),
  };
}

describe("voice", () => {
  test("the server is pinged right after the welcome, and orders reach the sound system unchanged", async () => {
    const pinged = Promise.withResolvers<void>();
    const react = room((message, connection) => {
      if (message.type !== "ping") return;
      pinged.resolve();
      connection.receive({ type: "voiceStarted", stream: 8, from: "bob" });
    });
    const orders: unknown[][] = [];
    const openAudio: OpenAudio = () => Promise.resolve(fakeAudio(orders));
    const { session, shown } = createScene(react, { openAudio });
    const started = shown("voice-started");
    const left = session.run();
    await Promise.all([pinged.promise, started]);
    void session.submit({ type: "volume", percent: 50, name: "bob" });
    session.leave();
    await left;
    expect(orders).toEqual([
      ["play", 8, 1],
      ["gain", 8, 0.5],
    ]);
  });

  test("a sound system that cannot be loaded is told when it is used, and the chat goes on", async () => {
    const react = room((message, connection) => {
      if (message.type === "requestFloor")
        connection.receive({ type: "floorGranted", ref: message.ref, stream: 1, seconds: 5 });
      if (message.type === "releaseFloor")
        connection.receive({ type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "device" });
      confirm(message, connection);
    });
    const openAudio: OpenAudio = () => Promise.reject(new Error("It cannot be loaded."));
    const { session, events, shown } = createScene(react, { openAudio });
    const ended = shown("voice-ended");
    const left = session.run();
    void session.submit({ type: "record" });
    await ended;
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    await left;
    const told = events.filter(({ type }) => type === "error" || type === "said");
    expect(told).toMatchObject([
      { type: "error", code: "audio-failed", message: "It cannot be loaded." },
      { type: "said", text: "hi" },
    ]);
  });

  test("the server is not pinged when voice is off", async () => {
    const messages: string[] = [];
    const react = room((message, connection) => {
      messages.push(message.type);
      confirm(message, connection);
    });
    const { session } = createScene(react);
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    await session.run();
    expect(messages).toEqual(["say"]);
  });

  test("an open-ended recording stops when the input ends", async () => {
    const releases: ClientMessage[] = [];
    const react = room((message, connection) => {
      if (message.type === "requestFloor")
        connection.receive({ type: "floorGranted", ref: message.ref, stream: 1, seconds: 300 });
      if (message.type !== "releaseFloor") return;
      releases.push(message);
      connection.receive({ type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "stopped" });
    });
    const openAudio: OpenAudio = async (onEvent) => ({
      ...fakeAudio([]),
      stop: () => onEvent({ type: "capture-ended", reason: "stopped" }),
    });
    const { session, shown } = createScene(react, { openAudio });
    const recording = shown("recording");
    const left = session.run();
    void session.submit({ type: "talk" });
    await recording;
    session.finish();
    expect(await left).toBeTrue();
    expect(releases).toEqual([{ type: "releaseFloor", stream: 1, reason: "stopped" }]);
  });
});

describe("a script that saves clips", () => {
  const silence = Uint8Array.of(0xf8, 0xff, 0xfe).toBase64();
  const clips = room((message, connection) => {
    if (message.type !== "fetch") return;
    const { first, ref } = message;
    const clip = { clip: 7, from: "bob", at: "2026-11-22T10:00:00.000Z", seconds: 0.06, frames: 3 };
    const packets = [silence, silence, silence];
    connection.receive({ type: "clip", ref, ...clip, first, packets });
  });

  test.each(["the end of the input", "quit"])("%s waits until the file is written", async (how) => {
    const { session, events, files } = createScene(clips);
    void session.submit({ type: "save", clip: 7, file: "bob.wav" });
    if (how === "quit") void session.submit({ type: "quit" });
    else session.finish();
    expect(await session.run()).toBeTrue();
    expect(events.at(-1)).toEqual({ type: "saved", clip: 7, file: "bob.wav", seconds: 0.06 });
    expect(files).toEqual(["bob.wav"]);
  });

  test("the outcome of each clip is shown before a `quit` behind them leaves", async () => {
    const { session, events } = createScene(clips);
    void session.submit({ type: "save", clip: 7, file: "nowhere/x.wav" });
    void session.submit({ type: "save", clip: 7, file: "second.wav" });
    void session.submit({ type: "quit" });
    expect(await session.run()).toBeFalse();
    expect(events.slice(1)).toMatchObject([
      { type: "error", code: "save-failed" },
      { type: "saved", file: "second.wav" },
    ]);
  });
});
