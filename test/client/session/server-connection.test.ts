/** The client's connection without a socket: what it makes of what a server sends. */
import { afterEach, describe, expect, jest, test } from "bun:test";
import type { ServerConnectionSink } from "../../../lib/client/session/server-connection.ts";
import { createServerConnection } from "../../../lib/client/session/server-connection.ts";
import { createFrameReader, encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { limits } from "../../../lib/protocol/limits.ts";
import type { ServerMessage } from "../../../lib/protocol/messages.ts";
import {
  decodeClientMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "../../../lib/protocol/messages.ts";
import type { VoiceFrame } from "../../../lib/protocol/voice-frame.ts";
import { encodeVoice } from "../../../lib/protocol/voice-frame.ts";
import type { TransportSink } from "../../../lib/transport/transport.ts";
import { createFakeTransport } from "../../support/fake-transport.ts";

afterEach(() => void jest.useRealTimers());

function createStage() {
  const transport = createFakeTransport();
  const connection = createServerConnection(transport, "identity");
  const sink: TransportSink = connection;
  const voices: VoiceFrame[] = [];
  const owner: ServerConnectionSink = {
    message() {},
    voice: (frame) => void voices.push(frame),
    closed() {},
  };
  return { transport, connection, sink, owner, voices };
}

test("a voice frame keeps only its own bytes, however much came with it", () => {
  const { connection, sink, owner, voices } = createStage();
  connection.attach(owner);
  const frame = encodeFrame(
    voiceKind,
    encodeVoice({ stream: 1, sequence: 0, capturedAt: 0, payload: new Uint8Array(80).fill(0x78) }),
  );
  sink.receive(Buffer.concat(Array.from({ length: 500 }, () => frame)));
  expect(voices).toHaveLength(500);
  expect(voices.every(({ payload }) => payload.buffer.byteLength === 80)).toBe(true);
});

test("a server that speaks before it is spoken to is none of ours, and nothing of it is kept", () => {
  const { transport, sink, connection, owner, voices } = createStage();
  sink.receive(Buffer.alloc(1_000_000));
  expect(transport.calls).toEqual(["terminate"]);
  const reasons: unknown[] = [];
  sink.closed();
  connection.attach({ ...owner, closed: (why) => void reasons.push(why) });
  expect(reasons).toEqual([{ code: "not-holler", isPlaintext: false }]);
  expect(voices).toEqual([]);
});

test("a ping of the server is answered at once, and the owner of the connection does not see it", () => {
  const { transport, connection, sink, owner } = createStage();
  const messages: string[] = [];
  connection.attach({ ...owner, message: ({ type }) => void messages.push(type) });
  const before = transport.calls.length;
  sink.receive(encodeServerMessage({ type: "ping", sent: 77 }));
  expect(transport.calls.slice(before)).toEqual([encodeClientMessage({ type: "pong", sent: 77 }).length]);
  expect(messages).toEqual([]);
});

test("a client that is busy answers a ping before it comes to the messages behind it", () => {
  const { transport, connection, sink, owner } = createStage();
  const written: number[] = [];
  // Its owner is not done with one message while others arrive.
  connection.attach({ ...owner, message: () => void written.push(transport.calls.length) });
  const joined = encodeServerMessage({ type: "joined", name: "carol" });
  sink.receive(joined);
  sink.receive(encodeServerMessage({ type: "ping", sent: 7 }));
  expect([written, transport.calls]).toEqual([[0], [encodeClientMessage({ type: "pong", sent: 7 }).length]]);
});

test("a pong reaches the owner only if it answers a ping of ours", () => {
  const { connection, sink, owner } = createStage();
  const messages: ServerMessage[] = [];
  connection.attach({ ...owner, message: (message) => void messages.push(message) });
  sink.receive(encodeServerMessage({ type: "pong", sent: 1, at: 77 }));
  connection.send({ type: "ping", sent: 1 });
  sink.receive(encodeServerMessage({ type: "pong", sent: 1, at: 78 }));
  expect(messages).toEqual([{ type: "pong", sent: 1, at: 78 }]);
});

test("voice that would only come late is dropped, and the owner is told", () => {
  jest.useFakeTimers();
  const { transport, connection, sink, owner } = createStage();
  let dropped = 0;
  const voiceDropped = () => {
    dropped += 1;
  };
  const sent: number[] = [];
  transport.write = (bytes) => {
    readPings(bytes, sent);
    return { accepted: bytes.length, mayFollow: true };
  };
  connection.attach({ ...owner, voiceDropped });
  const speak = (frames: number, isAnswered: boolean) => {
    for (let frame = 0; frame < frames; frame += 1) {
      connection.sendVoice({ stream: 1, sequence: 0, capturedAt: 0, payload: new Uint8Array(80).fill(0x78) });
      jest.advanceTimersByTime(20);
      for (const one of isAnswered ? sent.splice(0) : [])
        sink.receive(encodeServerMessage({ type: "pong", sent: one, at: 0 }));
    }
  };
  speak(50, true);
  expect(dropped).toBe(0);
  speak(50, false);
  expect(dropped * 20).toBeGreaterThan(300);
  sink.closed();
});

/** Adds the `sent` of each ping that a client has written. */
function readPings(bytes: Uint8Array, sent: number[]): void {
  const reader = createFrameReader(limits.clientBodyBytesMax, {
    frame(kind, body) {
      const decoded = decodeClientMessage(kind, body);
      if (decoded.type === "message" && decoded.message.type === "ping") sent.push(decoded.message.sent);
    },
    error() {},
  });
  reader.push(bytes);
}

describe("a silent server", () => {
  const passSeconds = (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) jest.advanceTimersByTime(1_000);
  };

  test("is pinged, then taken for lost: the owner is told once, and the transport ended", () => {
    jest.useFakeTimers();
    const { transport, connection, sink, owner } = createStage();
    const reasons: unknown[] = [];
    connection.attach({ ...owner, closed: (why) => void reasons.push(why) });
    passSeconds(limits.pingAfterMs / 1_000);
    expect(transport.calls).toHaveLength(1);
    passSeconds((limits.lostAfterMs - limits.pingAfterMs) / 1_000 - 1);
    expect([reasons, transport.calls.includes("terminate")]).toEqual([[], false]);
    passSeconds(1);
    expect([reasons, transport.calls.at(-1)]).toEqual([[undefined], "terminate"]);
    // The network says so in the end.
    sink.closed();
    passSeconds(60);
    expect([reasons, transport.calls.length]).toEqual([[undefined], 2]);
  });

  test("that says anything is not lost", () => {
    jest.useFakeTimers();
    const { transport, connection, sink, owner } = createStage();
    connection.attach(owner);
    for (let rounds = 0; rounds < 5; rounds += 1) {
      passSeconds(limits.lostAfterMs / 1_000 - 1);
      sink.receive(encodeServerMessage({ type: "joined", name: "carol" }));
    }
    expect(transport.calls).not.toContain("terminate");
    sink.closed();
  });
});

test("closing does not wait for the other side", () => {
  const { transport, connection } = createStage();
  connection.close();
  expect(transport.calls).toEqual(["terminate"]);
});
