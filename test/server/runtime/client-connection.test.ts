/** One client's connection between a transport and its host: what the server alone does with it. */
import { afterEach, beforeEach, describe, expect, jest, test } from "bun:test";
import type { Refusal } from "../../../lib/protocol/errors.ts";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeClientMessage, encodeServerMessage } from "../../../lib/protocol/messages.ts";
import { decodeVoice, encodeVoice } from "../../../lib/protocol/voice-frame.ts";
import { ClientConnection } from "../../../lib/server/runtime/client-connection.ts";
import { expected, vectors } from "../../protocol/vectors.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function createStage(limitsPings = true) {
  const transport = createFakeTransport();
  const heard: unknown[] = [];
  const broken: Refusal[] = [];
  const connection = new ClientConnection(
    { id: 1, address: "192.0.2.7", transport, limitsPings },
    {
      message: (_, message) => void heard.push({ message }),
      voice(_, _stream, body) {
        const { payload = new Uint8Array(), ...header } = decodeVoice(body) ?? {};
        heard.push({ voice: { ...header, payload: payload.toHex() } });
      },
      broken(_, why) {
        heard.push({ error: why.code });
        broken.push(why);
      },
      closed: () => void heard.push("closed"),
    },
  );
  return { transport, heard, broken, connection };
}

const goodbye = encodeServerMessage({ type: "goodbye", code: "too-slow", message: "Bye." });
const line = encodeServerMessage({ type: "joined", name: "carol" });

describe("a frame of a client", () => {
  const fromClients = vectors.filter(({ from }) => from === "client");
  /** The connection answers these itself. */
  const isHeard = (vector: (typeof fromClients)[number]): boolean =>
    !("message" in vector && (vector.message.type === "ping" || vector.message.type === "pong"));

  test.each(fromClients.map((vector) => [vector.name, vector] as const))("is read: %s", (_, vector) => {
    const { heard, connection } = createStage();
    connection.receive(Uint8Array.fromHex(vector.bytes));
    expect(heard).toEqual("ignored" in vector || !isHeard(vector) ? [] : [expected(vector)]);
  });

  test("that is wrong is refused with the field that is wrong", () => {
    const { broken, connection } = createStage();
    connection.receive(encodeFrame(2, new TextEncoder().encode('{"text":"hi"}')));
    expect(broken).toEqual([
      { code: "bad-message", message: expect.stringContaining("say.ref"), at: "say.ref" },
    ]);
  });

  test("is not read after an error", () => {
    for (const vector of fromClients) {
      if (!("error" in vector)) continue;
      const { heard, connection } = createStage();
      const whole = encodeFrame(4, new TextEncoder().encode("{}"));
      connection.receive(Buffer.concat([whole, Uint8Array.fromHex(vector.bytes), whole]));
      connection.receive(whole);
      expect(heard).toEqual([{ message: { type: "who" } }, expected(vector)]);
    }
  });

  describe("before the hello", () => {
    const sayOf = (bytes: number) => encodeFrame(2, new Uint8Array(bytes));
    const hello = encodeClientMessage({ type: "hello", protocol: 1, name: "alice", voice: false });

    test("must be short, which is checked as soon as its length is there", () => {
      const { heard, connection } = createStage();
      connection.receive(sayOf(limits.pendingBodyBytesMax + 1).subarray(0, 5));
      expect(heard).toEqual([{ error: "frame-too-long" }]);
    });

    test("is short, and behind it a frame may be long, also within one chunk", () => {
      const { heard, connection } = createStage();
      connection.receive(Buffer.concat([hello, sayOf(limits.clientBodyBytesMax).subarray(0, 1_000)]));
      expect(heard).toHaveLength(1);
      connection.receive(sayOf(limits.clientBodyBytesMax).subarray(1_000));
      expect(heard.slice(1)).toEqual([{ error: "bad-message" }]);
    });
  });

  test("is not read after the close, also within one chunk", () => {
    const { heard, connection } = createStage();
    connection.close(undefined, 0);
    connection.receive(encodeFrame(4, new TextEncoder().encode("{}")));
    expect(heard).toEqual([]);
  });
});

describe("pings of a client", () => {
  const pings = Buffer.concat(
    Array.from({ length: limits.messagesBurst + 1 }, (_, sent) =>
      encodeClientMessage({ type: "ping", sent }),
    ),
  );

  test("are answered before the hello, too", () => {
    const { transport, connection } = createStage();
    connection.receive(encodeClientMessage({ type: "ping", sent: 7 }));
    expect(transport.received()).toEqual([{ type: "pong", sent: 7, at: expect.any(Number) }]);
  });

  test("are limited in number, where there are limits", () => {
    for (const limitsPings of [true, false]) {
      const { heard, connection } = createStage(limitsPings);
      connection.receive(pings);
      expect(heard).toEqual(limitsPings ? [{ error: "flooded" }] : []);
    }
  });
});

test("voice does not reach a client before its welcome, which names the streams", () => {
  const { transport, connection } = createStage();
  const frame = encodeFrame(
    voiceKind,
    encodeVoice({ stream: 1, sequence: 0, capturedAt: 0, payload: new Uint8Array(80).fill(0x78) }),
  );
  connection.pushVoice(frame, 0);
  connection.flush(0);
  expect(transport.received()).toEqual([]);
  connection.welcomed();
  connection.pushVoice(frame, 0);
  connection.flush(0);
  expect(transport.received()).toContain("voice");
});

describe("closing", () => {
  test("writes what waits and the last frame, and ends", () => {
    const { transport, connection } = createStage();
    connection.push(line, 0);
    connection.close(goodbye, 0);
    expect(transport.calls).toEqual([line.length + goodbye.length, "end"]);
    expect(transport.received()).toEqual([
      { type: "joined", name: "carol" },
      { type: "goodbye", code: "too-slow", message: "Bye." },
    ]);
  });

  test("ends once the transport has accepted everything", () => {
    const { transport, connection } = createStage();
    transport.takeOnly(3);
    connection.close(goodbye, 0);
    expect(transport.calls).toEqual([3]);
    transport.takeOnly(1_000);
    connection.drained();
    expect(transport.calls).toEqual([3, goodbye.length - 3, "end"]);
  });

  test("is by force when the client does not read", () => {
    const { transport, connection } = createStage();
    transport.takeOnly(0);
    connection.close(goodbye, 0);
    jest.advanceTimersByTime(limits.closeTimeoutMs - 1);
    expect(transport.calls).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(transport.calls).toEqual(["terminate"]);
  });

  test("is by force and without delay before the TLS handshake is done, when nothing can reach the client", () => {
    const { transport, connection } = createStage();
    Object.assign(transport, { isReady: false });
    transport.takeOnly(0);
    connection.close(goodbye, 0);
    jest.advanceTimersByTime(1);
    expect(transport.calls).toEqual(["terminate"]);
  });

  test("past the limit drops what waits, but no frame that was begun", () => {
    const { transport, connection } = createStage();
    transport.takeOnly(5);
    while (connection.push(line, 0));
    connection.close(goodbye, 0);
    transport.takeOnly(Number.POSITIVE_INFINITY);
    connection.drained();
    expect(transport.calls).toEqual([5, line.length - 5 + goodbye.length, "end"]);
    expect(transport.received().at(-1)).toMatchObject({ type: "goodbye" });
  });

  test("of a client that is too slow writes the last frame without what waits", () => {
    const { transport, connection } = createStage();
    connection.push(line, 0);
    connection.close(goodbye, 0, true);
    expect(transport.received()).toEqual([{ type: "goodbye", code: "too-slow", message: "Bye." }]);
  });

  test("happens once, and needs no force when the transport is closed", () => {
    const { transport, heard, connection } = createStage();
    connection.close(goodbye, 0);
    connection.close(goodbye, 0);
    connection.flush(0);
    connection.closed();
    connection.closed();
    jest.advanceTimersByTime(2 * limits.closeTimeoutMs);
    expect(transport.calls).toEqual([goodbye.length, "end"]);
    expect(heard).toEqual(["closed"]);
  });
});
