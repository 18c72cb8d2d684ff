/** A real room with a body of fake wires: gathered writes, slow readers, and the end. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import type { PassphraseLoginSink } from "../../../lib/server/auth/passphrase-login.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import type { FakeWire } from "../../support/fake-wire.ts";
import { createFakeWire } from "../../support/fake-wire.ts";
import { createKeyHolder } from "../../support/keys.ts";
import { memoryHost, memoryRegistry } from "../../support/rooms.ts";

let host: Host;
let logged: [string, Record<string, string | number>][];

beforeEach(() => {
  logged = [];
  const log = {
    event: (what: string, fields: Record<string, string | number>) => void logged.push([what, fields]),
    listening() {},
    notice() {},
  };
  host = memoryHost(log, { registry: memoryRegistry(["alice"]) });
});
afterEach(() => void jest.useRealTimers());

/** Everything that this turn of the event loop produced has been written. */
const turnIsOver = () => new Promise((resolve) => setImmediate(resolve));

/** An operator: others may not say so much at once. */
const alices = createKeyHolder();

function connect(name?: string) {
  const wire = createFakeWire();
  const hosted = host.connect(wire, { address: "192.0.2.7", isLocal: false });
  const tell = (message: ClientMessage) => hosted.receive(encodeClientMessage(message));
  if (name !== undefined)
    tell({ type: "hello", protocol: 1, name, voice: true, ...(name === "alice" ? alices.sign() : {}) });
  return { wire, hosted, tell };
}

let lines = 0;

function say(text: string): ClientMessage {
  lines += 1;
  return { type: "say", text, ref: `r${lines}` };
}

describe("a turn of the event loop", () => {
  test("costs one write a connection, however much it brought", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await turnIsOver();
    alice.wire.calls.length = 0;
    bob.wire.calls.length = 0;
    for (let line = 1; line <= 50; line += 1) alice.tell(say(String(line)));
    bob.tell(say("me too"));
    expect(bob.wire.calls).toEqual([]);
    await turnIsOver();
    expect(alice.wire.calls).toHaveLength(1);
    expect(bob.wire.calls).toHaveLength(1);
    const texts = bob.wire
      .received()
      .flatMap((got) => (got !== "voice" && got.type === "said" ? got.text : []));
    expect(texts).toEqual([...Array.from({ length: 50 }, (_, index) => String(index + 1)), "me too"]);
  });

  test("that brought nothing costs nothing", async () => {
    const alice = connect("alice");
    await turnIsOver();
    const writes = alice.wire.calls.length;
    await turnIsOver();
    expect(alice.wire.calls).toHaveLength(writes);
  });

  test("relays voice byte for byte", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    alice.tell({ type: "requestFloor", seconds: 5, ref: "r" });
    // No clock and no number of ours could have made this time.
    const body = Uint8Array.fromHex("00000001fffffffffffffffffffffff1780203");
    const frame = encodeFrame(voiceKind, body);
    await turnIsOver();
    const written: Uint8Array[] = [];
    bob.wire.write = (bytes) => written.push(bytes.slice()) && bytes.length;
    alice.hosted.receive(frame);
    await turnIsOver();
    expect(Buffer.concat(written).toHex()).toContain(frame.toHex());
  });
});

describe("one who does not read", () => {
  test("is cut off with a reason, while the others get everything", async () => {
    const [alice, bob, slow] = [connect("alice"), connect("bob"), connect("slow")];
    await turnIsOver();
    slow.wire.takeOnly(10);
    const text = "x".repeat(limits.textCharsMax);
    const lines = Math.ceil(limits.outboxBytesMax / text.length) + 10;
    for (let line = 0; line < lines; line += 1) {
      alice.tell(say(text));
      if (line % 50 === 0) await turnIsOver();
    }
    await turnIsOver();
    const got = bob.wire.received().filter((one) => one !== "voice");
    expect(got.filter(({ type }) => type === "said")).toHaveLength(lines);
    expect(got).toContainEqual({ type: "left", name: "slow", reason: "lost" });
    expect(bob.wire.calls).not.toContain("end");
    expect(logged).toContainEqual([
      "left",
      { name: "slow", address: "192.0.2.7", connection: 3, detail: "too-slow" },
    ]);

    slow.wire.takeOnly(Number.POSITIVE_INFINITY);
    slow.hosted.drained();
    expect(slow.wire.received().at(-1)).toMatchObject({ type: "goodbye", code: "too-slow" });
    expect(slow.wire.received().length, "what was not read does not stand before the reason").toBeLessThan(5);
    expect(slow.wire.calls.at(-1)).toBe("end");
    slow.hosted.closed();
  });
});

describe("a burst larger than an outbox in one turn", () => {
  const text = "x".repeat(limits.textCharsMax);
  const linesOf = (outboxes: number) => Math.ceil((outboxes * limits.outboxBytesMax) / text.length);
  const saidTo = ({ wire }: { wire: FakeWire }) =>
    wire.received().filter((got) => got !== "voice" && got.type === "said");

  test("cuts nobody off who reads", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    const lines = linesOf(1.5);
    for (let line = 0; line < lines; line += 1) alice.tell(say(text));
    await turnIsOver();
    for (const one of [alice, bob]) {
      expect(saidTo(one)).toHaveLength(lines);
      expect(one.wire.calls).not.toContain("end");
    }
  });

  test("cuts nobody off whose socket was full before and takes bytes again, though nobody was told so yet", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await turnIsOver();
    const lines = linesOf(3);
    for (let line = 0; line < lines; line += 1) {
      // Its socket is full at first; then it takes 150 kB, and that much is read while 25 lines arrive.
      if (line % 25 === 0) bob.wire.takeOnly(line < 100 ? 0 : 150_000);
      alice.tell(say(text));
    }
    bob.wire.takeOnly(Number.POSITIVE_INFINITY);
    bob.hosted.drained();
    await turnIsOver();
    expect(saidTo(bob)).toHaveLength(lines);
    expect(logged.filter(([what]) => what === "left")).toEqual([]);
  });

  test("cuts off who takes nothing, and nobody else", async () => {
    const [alice, bob, slow] = [connect("alice"), connect("bob"), connect("slow")];
    await turnIsOver();
    slow.wire.takeOnly(0);
    const lines = linesOf(1.5);
    for (let line = 0; line < lines; line += 1) alice.tell(say(text));
    await turnIsOver();
    expect(saidTo(bob)).toHaveLength(lines);
    expect(logged.filter(([what]) => what === "left").map(([, { name }]) => name)).toEqual(["slow"]);
    slow.hosted.closed();
  });
});

test("a turn that brings more than one write takes is written on the way", async () => {
  const [alice, bob] = [connect("alice"), connect("bob")];
  await turnIsOver();
  bob.wire.calls.length = 0;
  const text = "x".repeat(limits.textCharsMax);
  const lines = Math.ceil((4 * limits.writeBytesMax) / text.length);
  for (let line = 0; line < lines; line += 1) alice.tell(say(text));
  expect(bob.wire.calls.length).toBeGreaterThanOrEqual(3);
  await turnIsOver();
  expect(bob.wire.calls.length).toBeLessThanOrEqual(7);
  expect(bob.wire.received().filter((got) => got !== "voice" && got.type === "said")).toHaveLength(lines);
});

describe("what happens while something happens", () => {
  test.each(["alice", "bob", "carol"])("waits its turn: %s's socket closes under a write", async (name) => {
    const people = ["alice", "bob", "carol"].map((one) => ({ name: one, ...connect(one) }));
    await turnIsOver();
    for (const { name: own, wire, hosted } of people) {
      wire.onWrite = () => {
        wire.onWrite = () => {};
        if (own === name) hosted.closed();
      };
    }
    people[0]?.tell(say("hi"));
    await turnIsOver();
    await turnIsOver();
    const others = people.filter((one) => one.name !== name);
    for (const { wire } of others)
      expect(wire.received().at(-1)).toEqual({ type: "left", name, reason: "lost" });
  });

  test("a client that left gets nothing more", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await turnIsOver();
    bob.tell({ type: "quit" });
    alice.tell(say("hi"));
    await turnIsOver();
    const end = bob.wire.calls.indexOf("end");
    expect(bob.wire.calls.slice(end + 1).filter((call) => typeof call === "number")).toEqual([]);
    bob.hosted.closed();
  });
});

test("who is too slow for what comes from outside the room is cut off without anything else happening", async () => {
  let outside: PassphraseLoginSink | undefined;
  host = memoryHost(
    { event() {}, listening() {}, notice() {} },
    {
      createUnlocking(sink) {
        outside = sink;
        return { take() {}, forget() {} };
      },
    },
  );
  const slow = connect();
  slow.wire.takeOnly(0);
  const response = "x".repeat(limits.serverBodyBytesMax - 1_000);
  // Each in a turn of its own, so that nothing else is due when the outbox is full.
  for (let sent = 0; sent < 3; sent += 1) {
    outside?.send(1, { type: "challenge", response });
    await turnIsOver();
  }
  slow.wire.takeOnly(Number.POSITIVE_INFINITY);
  slow.hosted.drained();
  expect(slow.wire.received().at(-1)).toMatchObject({ type: "goodbye", code: "too-slow" });
  slow.hosted.closed();
});

test("a client that never says hello is closed in time", () => {
  jest.useFakeTimers();
  const silent = connect();
  jest.advanceTimersByTime(limits.helloTimeoutMs + 10);
  expect(silent.wire.received()).toMatchObject([{ type: "goodbye", code: "hello-timeout" }]);
  expect(logged).toEqual([
    ["refused", { name: "", address: "192.0.2.7", connection: 1, detail: "hello-timeout" }],
  ]);
  silent.hosted.closed();
});

test("what breaks the protocol is answered once", () => {
  const rude = connect("rude");
  rude.hosted.receive(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0));
  rude.tell(say("hi"));
  expect(rude.wire.received().slice(1)).toMatchObject([{ type: "goodbye", code: "frame-empty" }]);
  rude.hosted.closed();
});

describe("the end", () => {
  test("says goodbye to everybody, and is over when all are gone", async () => {
    const [alice, silent] = [connect("alice"), connect()];
    const over = host.shutdown();
    for (const { wire } of [alice, silent]) {
      expect(wire.received().at(-1)).toMatchObject({ type: "goodbye", code: "server-stopped" });
      expect(wire.calls.at(-1)).toBe("end");
    }
    alice.hosted.closed();
    expect(Bun.peek.status(over)).toBe("pending");
    silent.hosted.closed();
    await over;
  });

  test("of an empty room is at once", () => host.shutdown());
});
