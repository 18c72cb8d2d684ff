/** A host with a real room and fake transports: one write a tick, slow clients, and the shutdown. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../../lib/protocol/messages.ts";
import type { Host } from "../../../lib/server/runtime/host.ts";
import type { PassphraseLoginSink } from "../../../lib/server/runtime/host-parts.ts";
import type { FakeTransport } from "../../support/fake-transport.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";
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

/** Everything that this tick produced has been written. */
const tickIsOver = () => new Promise((resolve) => setImmediate(resolve));

/** An operator: others may not say so much at once. */
const alices = createKeyHolder();

function connect(name?: string) {
  const transport = createFakeTransport();
  const hosted = host.connect(transport, { address: "192.0.2.7", isLocal: false });
  const tell = (message: ClientMessage) => hosted.receive(encodeClientMessage(message));
  if (name !== undefined)
    tell({ type: "hello", protocol: 1, name, voice: true, ...(name === "alice" ? alices.sign() : {}) });
  return { transport, hosted, tell };
}

let lines = 0;

function say(text: string): ClientMessage {
  lines += 1;
  return { type: "say", text, ref: `r${lines}` };
}

describe("a tick of the event loop", () => {
  test("costs one write a connection, however many lines it brought", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    alice.transport.calls.length = 0;
    bob.transport.calls.length = 0;
    for (let line = 1; line <= 50; line += 1) alice.tell(say(String(line)));
    bob.tell(say("me too"));
    expect(bob.transport.calls).toEqual([]);
    await tickIsOver();
    expect(alice.transport.calls).toHaveLength(1);
    expect(bob.transport.calls).toHaveLength(1);
    const texts = bob.transport
      .received()
      .flatMap((got) => (got !== "voice" && got.type === "said" ? got.text : []));
    expect(texts).toEqual([...Array.from({ length: 50 }, (_, index) => String(index + 1)), "me too"]);
  });

  test("that brought nothing costs no write", async () => {
    const alice = connect("alice");
    await tickIsOver();
    const writes = alice.transport.calls.length;
    await tickIsOver();
    expect(alice.transport.calls).toHaveLength(writes);
  });

  test("relays voice byte for byte", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    alice.tell({ type: "requestFloor", seconds: 5, ref: "r" });
    // No clock and no number of ours could have made this time.
    const body = Uint8Array.fromHex("00000001fffffffffffffffffffffff1780203");
    const frame = encodeFrame(voiceKind, body);
    await tickIsOver();
    const written: Uint8Array[] = [];
    bob.transport.write = (bytes) => {
      written.push(bytes.slice());
      return { accepted: bytes.length, mayFollow: true };
    };
    alice.hosted.receive(frame);
    await tickIsOver();
    expect(Buffer.concat(written).toHex()).toContain(frame.toHex());
  });
});

describe("a client that does not read", () => {
  test("is cut off with a reason, while the others get everything", async () => {
    const [alice, bob, slow] = [connect("alice"), connect("bob"), connect("slow")];
    await tickIsOver();
    slow.transport.takeOnly(10);
    const text = "x".repeat(limits.textCharsMax);
    const lines = Math.ceil(limits.outboxBytesMax / text.length) + 10;
    for (let line = 0; line < lines; line += 1) {
      alice.tell(say(text));
      if (line % 50 === 0) await tickIsOver();
    }
    await tickIsOver();
    const got = bob.transport.received().filter((one) => one !== "voice");
    expect(got.filter(({ type }) => type === "said")).toHaveLength(lines);
    expect(got).toContainEqual({ type: "left", name: "slow", reason: "lost" });
    expect(bob.transport.calls).not.toContain("end");
    expect(logged).toContainEqual([
      "left",
      { name: "slow", address: "192.0.2.7", connection: 3, detail: "too-slow" },
    ]);

    slow.transport.takeOnly(Number.POSITIVE_INFINITY);
    slow.hosted.drained();
    expect(slow.transport.received().at(-1)).toMatchObject({ type: "goodbye", code: "too-slow" });
    expect(
      slow.transport.received().length,
      "what was not read does not stand before the reason",
    ).toBeLessThan(5);
    expect(slow.transport.calls.at(-1)).toBe("end");
    slow.hosted.closed();
  });
});

describe("a burst larger than an outbox in one tick", () => {
  const text = "x".repeat(limits.textCharsMax);
  const linesOf = (outboxes: number) => Math.ceil((outboxes * limits.outboxBytesMax) / text.length);
  const saidTo = ({ transport }: { transport: FakeTransport }) =>
    transport.received().filter((got) => got !== "voice" && got.type === "said");

  test("cuts no client off that reads", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    const lines = linesOf(1.5);
    for (let line = 0; line < lines; line += 1) alice.tell(say(text));
    await tickIsOver();
    for (const one of [alice, bob]) {
      expect(saidTo(one)).toHaveLength(lines);
      expect(one.transport.calls).not.toContain("end");
    }
  });

  test("cuts no client off whose transport was full and accepts bytes again, though that was not told yet", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    const lines = linesOf(3);
    for (let line = 0; line < lines; line += 1) {
      // Its socket is full at first; then it takes 150 kB, and that much is read while 25 lines arrive.
      if (line % 25 === 0) bob.transport.takeOnly(line < 100 ? 0 : 150_000);
      alice.tell(say(text));
    }
    bob.transport.takeOnly(Number.POSITIVE_INFINITY);
    bob.hosted.drained();
    await tickIsOver();
    expect(saidTo(bob)).toHaveLength(lines);
    expect(logged.filter(([what]) => what === "left")).toEqual([]);
  });

  test("cuts off the client that accepts nothing, and no other", async () => {
    const [alice, bob, slow] = [connect("alice"), connect("bob"), connect("slow")];
    await tickIsOver();
    slow.transport.takeOnly(0);
    const lines = linesOf(1.5);
    for (let line = 0; line < lines; line += 1) alice.tell(say(text));
    await tickIsOver();
    expect(saidTo(bob)).toHaveLength(lines);
    expect(logged.filter(([what]) => what === "left").map(([, { name }]) => name)).toEqual(["slow"]);
    slow.hosted.closed();
  });
});

test("a tick that brings more than one write takes is written on the way", async () => {
  const [alice, bob] = [connect("alice"), connect("bob")];
  await tickIsOver();
  bob.transport.calls.length = 0;
  const text = "x".repeat(limits.textCharsMax);
  const lines = Math.ceil((4 * limits.writeBytesMax) / text.length);
  for (let line = 0; line < lines; line += 1) alice.tell(say(text));
  expect(bob.transport.calls.length).toBeGreaterThanOrEqual(3);
  await tickIsOver();
  expect(bob.transport.calls.length).toBeLessThanOrEqual(7);
  expect(bob.transport.received().filter((got) => got !== "voice" && got.type === "said")).toHaveLength(
    lines,
  );
});

describe("an event during a write", () => {
  test.each(["alice", "bob", "carol"])(
    "waits until the write is over: the transport of %s closes",
    async (name) => {
      const people = ["alice", "bob", "carol"].map((one) => ({ name: one, ...connect(one) }));
      await tickIsOver();
      for (const { name: own, transport, hosted } of people) {
        transport.onWrite = () => {
          transport.onWrite = () => {};
          if (own === name) hosted.closed();
        };
      }
      people[0]?.tell(say("hi"));
      await tickIsOver();
      await tickIsOver();
      const others = people.filter((one) => one.name !== name);
      for (const { transport } of others)
        expect(transport.received().at(-1)).toEqual({ type: "left", name, reason: "lost" });
    },
  );

  test("a client that has quit gets nothing more", async () => {
    const [alice, bob] = [connect("alice"), connect("bob")];
    await tickIsOver();
    bob.tell({ type: "quit" });
    alice.tell(say("hi"));
    await tickIsOver();
    const end = bob.transport.calls.indexOf("end");
    expect(bob.transport.calls.slice(end + 1).filter((call) => typeof call === "number")).toEqual([]);
    bob.hosted.closed();
  });
});

test("a client that is too slow for messages from outside the room is cut off although nothing else happens", async () => {
  let outside: PassphraseLoginSink | undefined;
  host = memoryHost(
    { event() {}, listening() {}, notice() {} },
    {
      createPassphraseLogin(sink) {
        outside = sink;
        return { take() {}, forget() {} };
      },
    },
  );
  const slow = connect();
  slow.transport.takeOnly(0);
  const response = "x".repeat(limits.serverBodyBytesMax - 1_000);
  // Each in a tick of its own, so that nothing else is due when the outbox is full.
  for (let sent = 0; sent < 3; sent += 1) {
    outside?.send(1, { type: "challenge", response });
    await tickIsOver();
  }
  slow.transport.takeOnly(Number.POSITIVE_INFINITY);
  slow.hosted.drained();
  expect(slow.transport.received().at(-1)).toMatchObject({ type: "goodbye", code: "too-slow" });
  slow.hosted.closed();
});

test("a client that never says hello is closed in time", () => {
  jest.useFakeTimers();
  const silent = connect();
  jest.advanceTimersByTime(limits.helloTimeoutMs + 10);
  expect(silent.transport.received()).toMatchObject([{ type: "goodbye", code: "hello-timeout" }]);
  expect(logged).toEqual([
    ["refused", { name: "", address: "192.0.2.7", connection: 1, detail: "hello-timeout" }],
  ]);
  silent.hosted.closed();
});

test("a client that breaks the protocol gets one goodbye", () => {
  const rude = connect("rude");
  rude.hosted.receive(Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0));
  rude.tell(say("hi"));
  expect(rude.transport.received().slice(1)).toMatchObject([{ type: "goodbye", code: "frame-empty" }]);
  rude.hosted.closed();
});

describe("a shutdown", () => {
  test("says goodbye to every client, and is over when all are gone", async () => {
    const [alice, silent] = [connect("alice"), connect()];
    const over = host.shutdown();
    for (const { transport } of [alice, silent]) {
      expect(transport.received().at(-1)).toMatchObject({ type: "goodbye", code: "server-stopped" });
      expect(transport.calls.at(-1)).toBe("end");
    }
    alice.hosted.closed();
    expect(Bun.peek.status(over)).toBe("pending");
    silent.hosted.closed();
    await over;
  });

  test("of an empty room is over at once", () => host.shutdown());
});
