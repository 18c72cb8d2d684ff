/** One connection between a wire and its host: what comes in, what goes out, and how it closes. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Refusal } from "../../../lib/protocol/errors.ts";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeClientMessage, encodeServerMessage } from "../../../lib/protocol/messages.ts";
import { decodeVoice } from "../../../lib/protocol/voice-frame.ts";
import { createConnection } from "../../../lib/server/runtime/client-connection.ts";
import { expected, vectors } from "../../protocol/vectors.ts";
import { createFakeWire } from "../../support/fake-wire.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function createStage() {
  const wire = createFakeWire();
  const heard: unknown[] = [];
  const connection = createConnection(wire, {
    message: (message) => void heard.push({ message }),
    voice(_stream, body) {
      const { payload = new Uint8Array(), ...header } = decodeVoice(body) ?? {};
      heard.push({ voice: { ...header, payload: payload.toHex() } });
    },
    broken: ({ code }) => void heard.push({ error: code }),
  });
  return { wire, heard, connection };
}

const goodbye = encodeServerMessage({ type: "goodbye", code: "too-slow", message: "Bye." });
const line = encodeServerMessage({ type: "joined", name: "carol" });

describe("what comes in", () => {
  const fromClients = vectors.filter(({ from }) => from === "client");

  test.each(fromClients.map((vector) => [vector.name, vector] as const))("%s", (_, vector) => {
    const { heard, connection } = createStage();
    connection.receive(Uint8Array.fromHex(vector.bytes));
    expect(heard).toEqual("ignored" in vector ? [] : [expected(vector)]);
  });

  test("is said to be wrong with the field that is", () => {
    const broken: Refusal[] = [];
    const connection = createConnection(createFakeWire(), {
      message() {},
      voice() {},
      broken: (why) => void broken.push(why),
    });
    connection.receive(encodeFrame(2, new TextEncoder().encode('{"text":"hi"}')));
    expect(broken).toEqual([
      { code: "bad-message", message: expect.stringContaining("say.ref"), at: "say.ref" },
    ]);
  });

  test("after an error is not read", () => {
    for (const vector of fromClients) {
      if (!("error" in vector)) continue;
      const { heard, connection } = createStage();
      const whole = encodeFrame(4, new TextEncoder().encode("{}"));
      connection.receive(Buffer.concat([whole, Uint8Array.fromHex(vector.bytes), whole]));
      connection.receive(whole);
      expect(heard).toEqual([{ message: { type: "who" } }, expected(vector)]);
    }
  });

  describe("before a hello", () => {
    const sayOf = (bytes: number) => encodeFrame(2, new Uint8Array(bytes));
    const hello = encodeClientMessage({ type: "hello", protocol: 1, name: "alice", voice: false });

    test("is short, or an error as soon as its length is there", () => {
      const { heard, connection } = createStage();
      connection.receive(sayOf(limits.pendingBodyBytesMax + 1).subarray(0, 5));
      expect(heard).toEqual([{ error: "frame-too-long" }]);
    });

    test("and behind it is as long as it may be, also within one piece", () => {
      const { heard, connection } = createStage();
      connection.receive(Buffer.concat([hello, sayOf(limits.clientBodyBytesMax).subarray(0, 1_000)]));
      expect(heard).toHaveLength(1);
      connection.receive(sayOf(limits.clientBodyBytesMax).subarray(1_000));
      expect(heard.slice(1)).toEqual([{ error: "bad-message" }]);
    });
  });

  test("after the close is not read, also within one piece", () => {
    const { heard, connection } = createStage();
    connection.close(undefined, 0);
    connection.receive(encodeFrame(4, new TextEncoder().encode("{}")));
    expect(heard).toEqual([]);
  });
});

describe("what goes out", () => {
  test("waits for the flush, and is one write", () => {
    const { wire, connection } = createStage();
    connection.push(line, "text", 0);
    connection.push(line, "text", 0);
    expect(wire.calls).toEqual([]);
    connection.flush(0);
    expect(wire.calls).toEqual([2 * line.length]);
  });

  test("waits while the socket is full, and leaves when it has drained", () => {
    const { wire, connection } = createStage();
    wire.takeOnly(5);
    connection.push(line, "text", 0);
    connection.flush(0);
    wire.takeOnly(1_000);
    connection.flush(0);
    expect(wire.calls).toEqual([5]);
    connection.drained(0);
    expect(wire.calls).toEqual([5, line.length - 5]);
  });

  test("is refused past the limit", () => {
    const { connection } = createStage();
    const half = new Uint8Array(limits.outboxBytesMax / 2);
    expect(connection.push(half, "text", 0)).toBeTrue();
    expect(connection.push(half, "text", 0)).toBeTrue();
    expect(connection.push(line, "text", 0)).toBeFalse();
    expect(connection.push(encodeFrame(voiceKind, half), "voice", 0)).toBeTrue();
  });
});

describe("closing", () => {
  test("writes what waits, the last frame, and ends", () => {
    const { wire, connection } = createStage();
    connection.push(line, "text", 0);
    connection.close(goodbye, 0);
    expect(wire.calls).toEqual([line.length + goodbye.length, "end"]);
    expect(wire.received()).toEqual([
      { type: "joined", name: "carol" },
      { type: "goodbye", code: "too-slow", message: "Bye." },
    ]);
  });

  test("ends once the socket has taken everything", () => {
    const { wire, connection } = createStage();
    wire.takeOnly(3);
    connection.close(goodbye, 0);
    expect(wire.calls).toEqual([3]);
    wire.takeOnly(1_000);
    connection.drained(0);
    expect(wire.calls).toEqual([3, goodbye.length - 3, "end"]);
  });

  test("by force, when the other end does not read", () => {
    const { wire, connection } = createStage();
    wire.takeOnly(0);
    connection.close(goodbye, 0);
    jest.advanceTimersByTime(limits.closeTimeoutMs - 1);
    expect(wire.calls).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(wire.calls).toEqual(["terminate"]);
  });

  test("past the limit drops what waits, but no frame that was begun", () => {
    const { wire, connection } = createStage();
    while (connection.push(line, "text", 0)) wire.takeOnly(5);
    connection.flush(0);
    connection.close(goodbye, 0);
    wire.takeOnly(Number.POSITIVE_INFINITY);
    connection.drained(0);
    expect(wire.calls).toEqual([5, line.length - 5 + goodbye.length, "end"]);
    expect(wire.received().at(-1)).toMatchObject({ type: "goodbye" });
  });

  test("happens once, and needs no force when the socket is gone", () => {
    const { wire, connection } = createStage();
    connection.close(goodbye, 0);
    connection.close(goodbye, 0);
    connection.flush(0);
    connection.closed();
    jest.advanceTimersByTime(2 * limits.closeTimeoutMs);
    expect(wire.calls).toEqual([goodbye.length, "end"]);
  });
});
