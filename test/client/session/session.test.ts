/** Tests how a session ends, and what it does in between, with a room and ports that the tests play. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent, Prompter } from "../../../lib/client/api.ts";
import type { AudioPort, OpenAudio } from "../../../lib/client/session/audio.ts";
import type { Room, SessionPorts } from "../../../lib/client/session/ports.ts";
import type { Session } from "../../../lib/client/session/session.ts";
import { createSession } from "../../../lib/client/session/session.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { welcome } from "../../support/fake-server.ts";
import type { FakeClock, FakeLink } from "./fakes.ts";
import { createFakeClock, createFakeLink, noOpaque, settled, signature } from "./fakes.ts";

interface Scene {
  session: Session;
  clock: FakeClock;
  events: ClientEvent[];
  /** The files that were written. */
  files: string[];
  /** Resolves when such an event is shown. */
  shown(event: ClientEvent["type"]): Promise<void>;
}

type React = (message: ClientMessage, link: FakeLink) => void;

/** A session in a room that reacts like this; `ports` replaces some of its ports. */
function createScene(react: React, ports: Partial<SessionPorts> = {}): Scene {
  const clock = createFakeClock();
  const events: ClientEvent[] = [];
  const files: string[] = [];
  const waiting = new Map<string, () => void>();
  const connect = async () => createFakeLink(react);
  const room: Room = {
    place: "room:Lab 3",
    needsPassphrase: false,
    connect,
    track: () => ({ connect, close: () => Promise.resolve() }),
  };
  const session = createSession(
    { name: "alice", proposedName: "alice", guest: false, client: "test", earlierLines: 20 },
    {
      clock,
      random: () => 0,
      newId: () => "0a1b2c3d",
      show(event) {
        events.push(event);
        waiting.get(event.type)?.();
      },
      findRoom: () => Promise.resolve(room),
      names: { lastName: () => Promise.resolve(undefined), keepLastName: () => Promise.resolve() },
      loadKey: () => Promise.resolve({ isKept: true, sign: () => Promise.resolve(signature) }),
      readMarkers: { readMarkers: () => Promise.resolve({}), keepReadMarker: () => Promise.resolve() },
      async saveClip(file) {
        if (file.startsWith("nowhere/")) return { code: "save-failed", file, cause: "no-folder" };
        files.push(file);
        return undefined;
      },
      fingerprintWords: (key) => Promise.resolve(`words of ${key}`),
      loadOpaque: noOpaque,
      ...ports,
    },
  );
  return {
    session,
    clock,
    events,
    files,
    shown: (event) => new Promise((resolve) => waiting.set(event, resolve)),
  };
}

const person: Prompter = { ask: () => Promise.resolve(undefined), tell() {} };

/** Lets every client in, and closes when it quits; anything else is reacted to like this. */
function room(react: React = () => {}): React {
  return (message, link) => {
    if (message.type === "hello") link.receive(welcome);
    else if (message.type === "quit") link.end();
    else react(message, link);
  };
}

/** A room that does not answer. */
const nowhere: React = () => {};

const confirm: React = (message, link) => {
  if (message.type !== "say") return;
  const { text, ref } = message;
  link.receive({ type: "said", id: 1, from: "alice", text, at: "2026-11-22T10:00:00.000Z", ref });
};

/** A session that was welcomed, and the promise of its end. */
async function joined(react: React, ports: Partial<SessionPorts> = {}) {
  const scene = createScene(react, ports);
  const welcomed = scene.shown("welcome");
  const left = scene.session.run();
  await welcomed;
  return { ...scene, left };
}

describe("leaving before the room is joined", () => {
  test("a script that has something to send ends with a failure", async () => {
    const { session } = createScene(nowhere);
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    session.leave();
    expect(await session.run()).toBeFalse();
  });

  test("a script that has nothing to send ends well", async () => {
    const { session } = createScene(nowhere);
    session.leave();
    expect(await session.run()).toBeTrue();
  });

  test.each(["quit", "the end of the input"])("a person leaves at once with %s", async (how) => {
    const { session } = createScene(nowhere, { prompter: person });
    const left = session.run();
    if (how === "quit") void session.submit({ type: "quit" });
    else session.finish();
    expect(await left).toBeTrue();
  });
});

describe("leaving the room", () => {
  test("a script leaves when everything is confirmed", async () => {
    const { session, events } = createScene(room(confirm));
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeTrue();
    expect(events.map(({ type }) => type)).toEqual(["welcome", "said"]);
  });

  test("a command that the client refuses makes a failure, and the next command is carried out", async () => {
    const { session, events } = createScene(room(confirm));
    void session.submit({ type: "say", text: '"'.repeat(40_000) });
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    expect(await session.run()).toBeFalse();
    expect(events.slice(1)).toMatchObject([
      { type: "error", code: "text-too-long" },
      { type: "said", text: "hi" },
    ]);
  });

  test("a script that leaves before its line is confirmed ends with a failure", async () => {
    const { session, left } = await joined(room());
    void session.submit({ type: "say", text: "hi" });
    session.leave();
    expect(await left).toBeFalse();
  });

  test("a person who leaves before their line is confirmed ends well", async () => {
    const { session, left } = await joined(room(), { prompter: person });
    void session.submit({ type: "say", text: "hi" });
    void session.submit({ type: "quit" });
    expect(await left).toBeTrue();
  });

  test("a person whose command was refused ends well", async () => {
    const { session, left } = await joined(room(), { prompter: person });
    void session.submit({ type: "say", text: " " });
    void session.submit({ type: "quit" });
    expect(await left).toBeTrue();
  });

  test("a server that does not close the connection is waited for one second", async () => {
    const silent: React = (message, link) => {
      if (message.type === "hello") link.receive(welcome);
    };
    const { session, left, clock } = await joined(silent);
    let isOver = false;
    void left.then(() => {
      isOver = true;
    });
    session.leave();
    await clock.pass(999);
    expect(isOver).toBeFalse();
    await clock.pass(1);
    expect(await left).toBeTrue();
  });
});

describe("a lost connection", () => {
  /** Lets in, and hands out its connections. */
  function rooms() {
    const links: FakeLink[] = [];
    const react = room((message, link) => confirm(message, link));
    const noted: React = (message, link) => {
      if (message.type === "hello") links.push(link);
      react(message, link);
    };
    return { links, noted };
  }

  test("the session comes back at once, and goes on", async () => {
    const { links, noted } = rooms();
    const { session, events, left, clock } = await joined(noted);
    links[0]?.end();
    await clock.pass(0);
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    expect(await left).toBeTrue();
    expect(links).toHaveLength(2);
    expect(events.slice(1)).toMatchObject([
      { type: "connection", state: "lost" },
      { type: "connection", state: "restored" },
      { type: "said", text: "hi" },
    ]);
  });

  test("a goodbye that refuses us ends the session", async () => {
    const { links, noted } = rooms();
    const { left } = await joined(noted);
    links[0]?.end({ code: "banned", message: "Banned." });
    await expect(left).rejects.toMatchObject({ code: "banned", status: 4 });
  });

  test("a script whose input has ended waits 30 seconds for it, and then gives its line back", async () => {
    const links: FakeLink[] = [];
    const noted: React = (message, link) => {
      if (message.type === "hello") links.push(link);
      room()(message, link);
    };
    const lostRoom: Room = {
      place: "room:Lab 3",
      needsPassphrase: false,
      connect: async () => createFakeLink(noted),
      track: () => ({ connect: () => Promise.resolve(undefined), close: () => Promise.resolve() }),
    };
    const { session, left, clock, events } = await joined(noted, { findRoom: async () => lostRoom });
    void session.submit({ type: "say", text: "hi", ref: "r1" });
    session.finish();
    await clock.pass(0);
    links[0]?.end();
    await clock.pass(29_999);
    expect(events.at(-1)).toMatchObject({ type: "pending" });
    await clock.pass(1);
    expect(await left).toBeFalse();
    expect(events).toContainEqual({
      type: "error",
      code: "not-confirmed",
      fate: "unknown",
      ref: "r1",
      text: "hi",
    });
  });
});

test("a script waits for confirmations when 64 lines are unconfirmed", async () => {
  const unanswered: (() => void)[] = [];
  const { session, left } = await joined(
    room((message, link) => void unanswered.push(() => confirm(message, link))),
  );
  let taken = 0;
  const write = async () => {
    for (; taken < 200; taken += 1) await session.submit({ type: "say", text: `${taken}` });
    session.finish();
  };
  const written = write();
  for (let round = 0; round < 10; round += 1) await settled();
  expect(taken).toBe(63);
  while (taken < 200) {
    for (const answer of unanswered.splice(0)) answer();
    await settled();
  }
  await written;
  for (const answer of unanswered.splice(0)) answer();
  expect(await left).toBeTrue();
});

test("the words for a key come from the port", async () => {
  const { session, events, shown } = await joined(
    room((message, link) => {
      if (message.type !== "whois") return;
      link.receive({ type: "person", ref: message.ref, name: "bob", key: "k", here: true });
    }),
  );
  const answered = shown("whois");
  void session.submit({ type: "whois", name: "bob" });
  await answered;
  expect(events.at(-1)).toMatchObject({ type: "whois", name: "bob", key: "k", words: "words of k" });
  session.leave();
});

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
    const react = room((message, link) => {
      if (message.type !== "ping") return;
      pinged.resolve();
      link.receive({ type: "voiceStarted", stream: 8, from: "bob" });
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

  test("the server is not pinged when voice is off", async () => {
    const messages: string[] = [];
    const react = room((message, link) => {
      messages.push(message.type);
      confirm(message, link);
    });
    const { session } = createScene(react);
    void session.submit({ type: "say", text: "hi" });
    session.finish();
    await session.run();
    expect(messages).toEqual(["say"]);
  });

  test("an open-ended recording stops when the input ends", async () => {
    const releases: ClientMessage[] = [];
    const react = room((message, link) => {
      if (message.type === "requestFloor")
        link.receive({ type: "floorGranted", ref: message.ref, stream: 1, seconds: 300 });
      if (message.type !== "releaseFloor") return;
      releases.push(message);
      link.receive({ type: "voiceEnded", stream: 1, from: "alice", seconds: 0, reason: "stopped" });
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
  const clips = room((message, link) => {
    if (message.type !== "fetch") return;
    const { first, ref } = message;
    const clip = { clip: 7, from: "bob", at: "2026-11-22T10:00:00.000Z", seconds: 0.06, frames: 3 };
    const packets = [silence, silence, silence];
    link.receive({ type: "clip", ref, ...clip, first, packets });
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
