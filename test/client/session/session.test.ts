/** How a stay ends: what was sent, what was not, and who wanted to go. */
import { describe, expect, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AudioClient } from "../../../lib/audio/audio-client.ts";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { openStore } from "../../../lib/client/desktop/config-store.ts";
import type { Prompter } from "../../../lib/client/session/prompter.ts";
import type { Session, SessionOptions } from "../../../lib/client/session/session.ts";
import { createSession } from "../../../lib/client/session/session.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { type FakeServer, type Peer, startFakeServer, welcome } from "../../support/fake-server.ts";
import { makeFolder } from "../../support/folder.ts";

const folder = makeFolder();

interface Stay {
  session: Session;
  events: ClientEvent[];
  /** Resolves when such an event is shown. */
  shown(event: ClientEvent["type"]): Promise<void>;
}

interface Company {
  /** Nobody to ask: a script. */
  asker?: Prompter;
  /** No voice: `--no-voice`. */
  openVoice?: SessionOptions["openVoice"];
}

function stayAt({ port }: FakeServer, company: Company = {}): Stay {
  const events: ClientEvent[] = [];
  const waiting = new Map<string, () => void>();
  const session = createSession({
    name: "alice",
    loginName: "alice",
    server: { host: "127.0.0.1", port },
    plaintext: true,
    trustNewIdentity: false,
    guest: false,
    client: "holler test",
    earlierLines: 20,
    store: openStore(folder),
    onProblem() {},
    ...company,
    front: {
      show(event) {
        events.push(event);
        waiting.get(event.type)?.();
      },
    },
  });
  return { session, events, shown: (event) => new Promise((resolve) => waiting.set(event, resolve)) };
}

const person: Prompter = { ask: () => Promise.resolve(undefined), note() {} };

/** Lets everybody in; what is said is reacted to like this. */
function room(react: (message: ClientMessage, peer: Peer) => void): Promise<FakeServer> {
  return startFakeServer((message, peer) => {
    if (message.type === "hello") peer.send(welcome);
    else if (message.type === "quit") peer.close();
    else react(message, peer);
  });
}

/** A room that is never reached. */
const nowhere = () => startFakeServer(() => {});

function confirm(message: ClientMessage, peer: Peer): void {
  if (message.type !== "say") return;
  const { text, ref } = message;
  peer.send({ type: "said", id: 1, from: "alice", text, at: "2026-11-22T10:00:00.000Z", ref });
}

describe("before the room is joined", () => {
  test("a script that is ended with something to send has failed", async () => {
    using server = await nowhere();
    const { session } = stayAt(server);
    void session.intend({ type: "say", text: "hi" });
    session.finish();
    session.leave();
    expect(await session.run()).toBeFalse();
  });

  test("a script that is ended with nothing to send has not", async () => {
    using server = await nowhere();
    const { session } = stayAt(server);
    session.leave();
    expect(await session.run()).toBeTrue();
  });

  test.each(["quit", "the end of the input"])("a person leaves at once: %s", async (how) => {
    using server = await nowhere();
    const { session } = stayAt(server, { asker: person });
    const left = session.run();
    if (how === "quit") void session.intend({ type: "quit" });
    else session.finish();
    expect(await left).toBeTrue();
  });
});

describe("in the room", () => {
  test("a script leaves when all is confirmed", async () => {
    using server = await room(confirm);
    const { session, events } = stayAt(server);
    void session.intend({ type: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeTrue();
    expect(events.map(({ type: event }) => event)).toEqual(["welcome", "said"]);
  });

  test("what the client refuses is a failure, and the next wish is done", async () => {
    using server = await room(confirm);
    const { session, events } = stayAt(server);
    void session.intend({ type: "say", text: '"'.repeat(40_000) });
    void session.intend({ type: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeFalse();
    expect(events.slice(1)).toMatchObject([
      { type: "error", code: "text-too-long" },
      { type: "said", text: "hi" },
    ]);
  });

  test("a server that dies while a script leaves has lost what was not confirmed", async () => {
    using server = await room(() => {});
    const { session, shown } = stayAt(server);
    const welcomed = shown("welcome");
    const left = session.run();
    await welcomed;
    void session.intend({ type: "say", text: "hi" });
    session.leave();
    expect(await left).toBeFalse();
  });

  test("a person may leave before all is confirmed", async () => {
    using server = await room(() => {});
    const { session, shown } = stayAt(server, { asker: person });
    const welcomed = shown("welcome");
    const left = session.run();
    await welcomed;
    void session.intend({ type: "say", text: "hi" });
    void session.intend({ type: "quit" });
    expect(await left).toBeTrue();
  });

  test("a person who was refused something has seen it, and leaves well", async () => {
    using server = await room(() => {});
    const { session, shown } = stayAt(server, { asker: person });
    const welcomed = shown("welcome");
    const left = session.run();
    await welcomed;
    void session.intend({ type: "say", text: " " });
    void session.intend({ type: "quit" });
    expect(await left).toBeTrue();
  });
});

test("a script with too much on its way waits for the confirmations", async () => {
  using server = await room(confirm);
  const { session } = stayAt(server);
  const left = session.run();
  let taken = 0;
  const write = async () => {
    for (; taken < 200; taken += 1) await session.intend({ type: "say", text: `${taken}` });
    session.finish();
  };
  const written = write();
  await Bun.sleep(0);
  expect(taken).toBeLessThan(64);
  await written;
  expect(await left).toBeTrue();
});

/** Notes what it is told to do. */
function fakeVoice(orders: unknown[][]): AudioClient {
  const note =
    (what: string) =>
    (...details: unknown[]): void =>
      void orders.push([what, ...details]);
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
    devices: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

describe("with voice", () => {
  test("the server's clock is asked for right after the welcome, and orders reach the voice as they are", async () => {
    const pinged = Promise.withResolvers<void>();
    using server = await room((message, peer) => {
      if (message.type !== "ping") return;
      pinged.resolve();
      peer.send({ type: "voiceStarted", stream: 8, from: "bob" });
    });
    const orders: unknown[][] = [];
    const { session, shown } = stayAt(server, { openVoice: () => Promise.resolve(fakeVoice(orders)) });
    const started = shown("voice-started");
    const left = session.run();
    await Promise.all([pinged.promise, started]);
    void session.intend({ type: "volume", percent: 50, name: "bob" });
    session.leave();
    await left;
    expect(orders).toEqual([
      ["play", 8, 1],
      ["gain", 8, 0.5],
    ]);
  });

  test("nobody asks for it without", async () => {
    const messages: string[] = [];
    using server = await room((message, peer) => {
      messages.push(message.type);
      confirm(message, peer);
    });
    const { session } = stayAt(server);
    void session.intend({ type: "say", text: "hi" });
    session.finish();
    await session.run();
    expect(messages).toEqual(["say"]);
  });
});

describe("a script that saves a clip", () => {
  const silence = Uint8Array.of(0xf8, 0xff, 0xfe).toBase64();
  const shelf = () =>
    room((message, peer) => {
      if (message.type !== "fetch") return;
      const { first, ref } = message;
      const clip = { clip: 7, from: "bob", at: "2026-11-22T10:00:00.000Z", seconds: 0.06, frames: 3 };
      peer.send({ type: "clip", ref, ...clip, first, packets: [silence] });
    });

  test.each(["the end of the input", "quit"])("leaves when it is written: %s", async (how) => {
    using server = await shelf();
    const file = join(folder, `${how}.wav`);
    const { session, events } = stayAt(server);
    void session.intend({ type: "save", clip: 7, file });
    if (how === "quit") void session.intend({ type: "quit" });
    else session.finish();
    expect(await session.run()).toBeTrue();
    expect(events.at(-1)).toEqual({ type: "saved", clip: 7, file, seconds: 0.06 });
    expect((await readFile(file)).length).toBe(44 + 3 * 960 * 2);
  });

  test("and quits behind it is told of each, written or not", async () => {
    using server = await shelf();
    const { session, events } = stayAt(server);
    const file = join(folder, "second.wav");
    void session.intend({ type: "save", clip: 7, file: join(folder, "nowhere", "x.wav") });
    void session.intend({ type: "save", clip: 7, file });
    void session.intend({ type: "quit" });
    expect(await session.run()).toBeFalse();
    expect(events.slice(1)).toMatchObject([
      { type: "error", code: "save-failed" },
      { type: "saved", file },
    ]);
  });
});

test("an open microphone does not stay open when nobody is left to close it", async () => {
  const hushes: ClientMessage[] = [];
  using server = await room((message, peer) => {
    if (message.type === "requestFloor")
      peer.send({ type: "floorGranted", ref: message.ref, stream: 1, seconds: 300 });
    if (message.type !== "releaseFloor") return;
    hushes.push(message);
    peer.send({ type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "stopped" });
  });
  const { session, shown } = stayAt(server, {
    openVoice: async (onEvent) => ({
      ...fakeVoice([]),
      stop: () => onEvent({ type: "capture-ended", reason: "stopped" }),
    }),
  });
  const recording = shown("recording");
  const left = session.run();
  void session.intend({ type: "talk" });
  await recording;
  session.finish();
  expect(await left).toBeTrue();
  expect(hushes).toEqual([{ type: "releaseFloor", stream: 1, reason: "stopped" }]);
});
