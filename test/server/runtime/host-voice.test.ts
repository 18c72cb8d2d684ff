/** A host with a real room and fake transports: voice to clients that keep up and that do not, and clips. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeVoice } from "../../../lib/protocol/voice-frame.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import type { FakeTransport } from "../../support/fake-transport.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";
import { createKeyHolder } from "../../support/keys.ts";
import { memoryClips, memoryHost, memoryRegistry } from "../../support/rooms.ts";

let host: Host;
let isDiskFull = false;

beforeEach(() => {
  const log = { event() {}, listening() {}, notice() {} };
  const clips = memoryClips(log);
  const keep: typeof clips.keep = (clip, packets) => !isDiskFull && clips.keep(clip, packets);
  host = memoryHost(log, { clips: { ...clips, keep }, registry: memoryRegistry(["alice"]) });
});
afterEach(() => void jest.useRealTimers());

/** Everything that this tick produced has been written. */
const tickIsOver = () => new Promise((resolve) => setImmediate(resolve));

/** An operator: others may not say so much at once. */
const alices = createKeyHolder();

function connect(name: string) {
  const transport = createFakeTransport();
  const hosted = host.connect(transport, { address: "192.0.2.7", isLocal: false });
  const tell = (message: ClientMessage) => hosted.receive(encodeClientMessage(message));
  tell({ type: "hello", protocol: 1, name, voice: true, ...(name === "alice" ? alices.sign() : {}) });
  return { transport, hosted, tell };
}

let lines = 0;

function say(text: string): ClientMessage {
  lines += 1;
  return { type: "say", text, ref: `r${lines}` };
}

describe("voice", () => {
  const packet = (sequence: number) =>
    encodeFrame(
      voiceKind,
      encodeVoice({ stream: 1, sequence, capturedAt: 0, payload: new Uint8Array(80).fill(0x78) }),
    );
  /** The messages that a client received, without those before the voice. */
  const since = (one: { transport: FakeTransport }, before: number) => one.transport.received().slice(before);

  test("comes with pings, and stops for a client that leaves them unanswered; other clients and all text go on", async () => {
    jest.useFakeTimers({ now: Date.parse("2026-11-22T10:00:00.000Z") });
    const [alice, bob, stuck] = [connect("alice"), connect("bob"), connect("stuck")];
    alice.tell({ type: "requestFloor", seconds: 60, ref: "r" });
    await tickIsOver();
    const answered = new Map<unknown, number>();
    const answer = (one: ReturnType<typeof connect>) => {
      const pings = one.transport
        .received()
        .flatMap((got) => (got !== "voice" && got.type === "ping" ? [got] : []));
      for (const { sent } of pings.slice(answered.get(one) ?? 0)) one.tell({ type: "pong", sent });
      answered.set(one, pings.length);
    };
    const [beforeBob, beforeStuck] = [bob.transport.received().length, stuck.transport.received().length];
    for (let sequence = 0; sequence < 150; sequence += 1) {
      alice.hosted.receive(packet(sequence));
      if (sequence % 10 === 0) alice.tell(say(`line ${sequence}`));
      await tickIsOver();
      jest.advanceTimersByTime(20);
      answer(bob);
      // A second, then three seconds without a sign of life.
      if (sequence < 50) answer(stuck);
    }
    const voices = (all: ReturnType<typeof since>) => all.filter((got) => got === "voice").length;
    const lines = (all: ReturnType<typeof since>) =>
      all.filter((got) => got !== "voice" && got.type === "said").length;
    expect(voices(since(bob, beforeBob))).toBe(150);
    const toStuck = since(stuck, beforeStuck);
    expect(voices(toStuck)).toBeGreaterThan(50);
    expect(voices(toStuck) - 50).toBeLessThanOrEqual(
      (limits.voicePingEveryMs + limits.voiceWaitMsMax) / 20 + 3,
    );
    expect(lines(toStuck)).toBe(15);
    expect(lines(since(bob, beforeBob))).toBe(15);

    answer(stuck);
    alice.hosted.receive(packet(150));
    await tickIsOver();
    expect(stuck.transport.received().at(-2), "live speech again, and a ping behind it").toBe("voice");
    const pings = since(bob, beforeBob).filter((got) => got !== "voice" && got.type === "ping").length;
    expect(pings).toBeLessThanOrEqual(3_000 / limits.voicePingEveryMs + 1);
    expect(pings).toBeGreaterThan(8);
  });

  test("is not queued behind a megabyte of text, and its ping cuts no client off", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    bob.transport.takeOnly(0);
    const text = "x".repeat(limits.textCharsMax);
    // As much as just fits.
    const lines = Math.floor(limits.outboxBytesMax / (text.length + 100));
    for (let line = 0; line < lines; line += 1) alice.tell(say(text));
    alice.tell({ type: "requestFloor", seconds: 60, ref: "r" });
    for (let sequence = 0; sequence < 100; sequence += 1) alice.hosted.receive(packet(sequence));
    // All that is on its way to him now, while he takes nothing.
    await tickIsOver();
    bob.transport.takeOnly(Number.POSITIVE_INFINITY);
    bob.hosted.drained();
    await tickIsOver();
    const got = bob.transport.received();
    expect(got.filter((one) => one !== "voice" && one.type === "said")).toHaveLength(lines);
    expect(got).not.toContain("voice");
    expect(bob.transport.calls).not.toContain("end");
  });
});

describe("a clip", () => {
  const frames = 3;
  function speak(one: ReturnType<typeof connect>, to?: string): void {
    one.tell({ type: "requestFloor", seconds: 5, ref: "r", ...(to === undefined ? {} : { to }) });
    stream += 1;
    for (let sequence = 0; sequence < frames; sequence += 1) {
      const payload = Uint8Array.of(0x78, sequence);
      one.hosted.receive(encodeFrame(voiceKind, encodeVoice({ stream, sequence, capturedAt: 0, payload })));
    }
    one.tell({ type: "releaseFloor", stream, reason: "done" });
  }
  let stream = 0;
  beforeEach(() => {
    stream = 0;
  });

  test("is named by the end of its transmission, listed, and handed out", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    speak(alice);
    bob.tell({ type: "clips", ref: "c" });
    bob.tell({ type: "fetch", first: 1, ref: "f" });
    await tickIsOver();
    expect(alice.transport.received().at(-1)).toMatchObject({ type: "voiceEnded", stream: 1, clip: 1 });
    expect(bob.transport.received().slice(-3)).toMatchObject([
      { type: "voiceEnded", stream: 1, clip: 1 },
      { type: "clips", ref: "c", clips: [{ clip: 1, from: "alice", seconds: frames / 50 }] },
      { type: "clip", ref: "f", clip: 1, frames, first: 1, packets: ["eAE=", "eAI="] },
    ]);
  });

  test("for one person is refused to a third, and gone with the two people", async () => {
    const [alice, bob, carol] = [connect("alice"), connect("bob"), connect("carol")];
    speak(alice, "bob");
    for (const one of [bob, carol]) {
      one.tell({ type: "clips", ref: "c" });
      one.tell({ type: "fetch", clip: 1, first: 0, ref: "f" });
    }
    await tickIsOver();
    expect(bob.transport.received().at(-1)).toMatchObject({ type: "clip", clip: 1, to: "bob" });
    expect(carol.transport.received().slice(-2)).toMatchObject([
      { type: "clips", clips: [] },
      { type: "error", code: "no-such-clip", clip: 1, ref: "f" },
    ]);
    alice.tell({ type: "quit" });
    bob.tell({ type: "quit" });
    const again = connect("bob");
    again.tell({ type: "fetch", clip: 1, first: 0, ref: "f" });
    await tickIsOver();
    expect(again.transport.received().at(-1)).toMatchObject({ code: "no-such-clip" });
  });

  test("that could not be kept is not named", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    isDiskFull = true;
    speak(alice);
    await tickIsOver();
    isDiskFull = false;
    speak(alice);
    alice.tell(say("the chat goes on"));
    await tickIsOver();
    const [failed, kept] = bob.transport
      .received()
      .filter((got) => got !== "voice" && got.type === "voiceEnded");
    expect(failed).not.toHaveProperty("clip");
    expect(kept).toMatchObject({ clip: 2 });
    expect(bob.transport.received().at(-1)).toMatchObject({ type: "said" });
  });
});
