/** The contract of a framed connection, by its numbers, as the server and the client use it. */
import { describe, expect, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../lib/protocol/messages.ts";
import {
  decodeClientMessage,
  encodeClientMessage,
  encodeServerMessage,
} from "../../lib/protocol/messages.ts";
import type { Side } from "../../lib/transport/framed-connection.ts";
import { FramedConnection } from "../../lib/transport/framed-connection.ts";
import { checkEveryMs } from "../../lib/transport/heartbeat.ts";
import type { Transport } from "../../lib/transport/transport.ts";
import { createFakeTransport } from "../support/fake-transport.ts";
import { createFakeWebSocket } from "../support/fake-websocket.ts";

const side: Side<ClientMessage> = {
  decode: decodeClientMessage,
  encodePing: (sent) => encodeServerMessage({ type: "ping", sent }),
  encodePong: (sent, nowMs) => encodeServerMessage({ type: "pong", sent, at: nowMs * 1_000 }),
  bodyBytesMax: limits.clientBodyBytesMax,
  pingAfterMs: limits.pingAfterMs,
  peerAnswersPings: true,
};

function createStage(transport: Transport, changes: Partial<Side<ClientMessage>> = {}) {
  const told: unknown[] = [];
  const owner = {
    message: (message: ClientMessage) => void told.push(message),
    voice: (body: Uint8Array) => void told.push(`voice ${body.length}`),
    broken: ({ code }: { code: string }) => void told.push(code),
    badFrame: (code: string, isFirst: boolean) => void told.push(`${code}${isFirst ? " first" : ""}`),
    lost: () => void told.push("lost"),
    voiceDropped: () => void told.push("voice dropped"),
  };
  const connection = new FramedConnection<ClientMessage>(transport, { ...side, ...changes }, owner, 0);
  return { told, connection };
}

const who = encodeClientMessage({ type: "who" });
const pingOf = (sent: number) => encodeClientMessage({ type: "ping", sent });
const pongOf = (sent: number) => encodeClientMessage({ type: "pong", sent });
const line = encodeServerMessage({ type: "joined", name: "carol" });
const voice = encodeFrame(voiceKind, new Uint8Array(100));

describe("frames of the peer", () => {
  test("reach the owner in order, however they are cut (1)", () => {
    const bytes = Buffer.concat([who, encodeFrame(voiceKind, new Uint8Array(30)), who]);
    for (const cut of [1, 7, bytes.length]) {
      const { told, connection } = createStage(createFakeTransport());
      for (let at = 0; at < bytes.length; at += cut) connection.receive(bytes.subarray(at, at + cut), 0);
      expect(told).toEqual([{ type: "who" }, "voice 30", { type: "who" }]);
    }
  });

  test("are not read after the first error, which is told once (1)", () => {
    const empty = Uint8Array.of(0, 0, 0, 0, 0);
    const { told, connection } = createStage(createFakeTransport());
    connection.receive(Buffer.concat([who, empty, who]), 0);
    connection.receive(who, 0);
    expect(told).toEqual([{ type: "who" }, "frame-empty"]);
    const other = createStage(createFakeTransport());
    other.connection.receive(empty, 0);
    expect(other.told).toEqual(["frame-empty first"]);
    const bad = createStage(createFakeTransport());
    bad.connection.receive(Buffer.concat([encodeFrame(2, new Uint8Array(3)), who]), 0);
    expect(bad.told).toEqual(["bad-message"]);
  });

  test("of a kind that is not known are ignored (1)", () => {
    const { told, connection } = createStage(createFakeTransport());
    connection.receive(Buffer.concat([encodeFrame(200, new Uint8Array(3)), who]), 0);
    expect(told).toEqual([{ type: "who" }]);
  });
});

describe("a ping of the peer", () => {
  test("is answered at once with the time, and the owner does not see it (2)", () => {
    const transport = createFakeTransport();
    const { told, connection } = createStage(transport);
    connection.receive(Buffer.concat([pingOf(7), pingOf(8)]), 1_234);
    expect(transport.received()).toEqual([
      { type: "pong", sent: 7, at: 1_234_000 },
      { type: "pong", sent: 8, at: 1_234_000 },
    ]);
    expect(transport.calls, "one write for all of a chunk").toHaveLength(1);
    expect(told).toEqual([]);
  });

  test("is answered although the owner has not flushed what it pushed before (2)", () => {
    const transport = createFakeTransport();
    const { connection } = createStage(transport);
    connection.push(line, 0);
    connection.receive(pingOf(7), 0);
    expect(transport.received().map((got) => (got === "voice" ? got : got.type))).toEqual(["joined", "pong"]);
  });

  test("past the rate breaks the connection off with `flooded`, pongs count too (4)", () => {
    const pingRate = { perSecond: 1, burst: 4 };
    const { told, connection } = createStage(createFakeTransport(), { pingRate });
    connection.receive(Buffer.concat([pingOf(1), pongOf(1), pingOf(2), pongOf(2)]), 0);
    expect(told).toEqual([]);
    connection.receive(pingOf(3), 1_000);
    expect(told).toEqual([]);
    connection.receive(Buffer.concat([pingOf(4), who]), 1_000);
    expect(told).toEqual(["flooded"]);
  });

  test("without a rate is answered however many there are (4)", () => {
    const { told, connection } = createStage(createFakeTransport());
    for (let sent = 0; sent < 5_000; sent += 1) connection.receive(pingOf(sent), 0);
    expect(told).toEqual([]);
  });

  test("whose answers are not read breaks the connection off with `too-slow`, once the outbox is full (2)", () => {
    const transport = createFakeTransport();
    const { told, connection } = createStage(transport);
    transport.takeOnly(0);
    connection.push(new Uint8Array(limits.outboxBytesMax), 0);
    connection.receive(pingOf(1), 0);
    expect(told).toEqual(["too-slow"]);
  });
});

describe("a pong of the peer", () => {
  test("reaches the owner once, if it answers a ping of ours (3)", () => {
    const { told, connection } = createStage(createFakeTransport());
    connection.ping(7, 0);
    connection.receive(Buffer.concat([pongOf(6), pongOf(7), pongOf(7)]), 0);
    expect(told).toEqual([{ type: "pong", sent: 7 }]);
  });

  test("of a ping that is long superseded is ignored: a bounded number of pings is remembered (3)", () => {
    const { told, connection } = createStage(createFakeTransport());
    for (let sent = 0; sent < 100; sent += 1) connection.ping(sent, 0);
    connection.receive(Buffer.concat([pongOf(0), pongOf(99)]), 0);
    expect(told).toEqual([{ type: "pong", sent: 99 }]);
  });
});

describe("voice for a peer", () => {
  const sentPings = (transport: ReturnType<typeof createFakeTransport>) =>
    transport.received().flatMap((got) => (got !== "voice" && got.type === "ping" ? [got.sent] : []));

  test("is followed by pings, and dropped while one is unanswered for too long (5)", () => {
    const transport = createFakeTransport();
    const { told, connection } = createStage(transport);
    let nowMs = 1_000;
    const speak = (ms: number, isAnswered: boolean) => {
      for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += 20) {
        connection.pushVoice(voice, nowMs);
        connection.flush(nowMs);
        const sent = sentPings(transport).at(-1);
        if (isAnswered && sent !== undefined) connection.receive(pongOf(sent), nowMs);
      }
    };
    speak(1_000, true);
    expect(told.filter((one) => one === "voice dropped")).toEqual([]);
    const before = transport.received().filter((got) => got === "voice").length;
    speak(3_000, false);
    const after = transport.received().filter((got) => got === "voice").length;
    expect((after - before) * 20).toBeLessThanOrEqual(limits.voicePingEveryMs + limits.voiceWaitMsMax + 40);
    expect(told.filter((one) => one === "voice dropped").length).toBeGreaterThan(100);
    connection.receive(pongOf(sentPings(transport).at(-1) ?? -1), nowMs);
    connection.pushVoice(voice, nowMs);
    connection.flush(nowMs);
    expect(transport.received().filter((got) => got === "voice")).toHaveLength(after + 1);
  });

  test("is dropped behind a large backlog of text (5)", () => {
    const transport = createFakeTransport();
    const { told, connection } = createStage(transport);
    transport.takeOnly(0);
    connection.push(new Uint8Array(limits.outboxBytesMax / 2 + 1), 0);
    connection.pushVoice(voice, 0);
    expect(told).toEqual(["voice dropped"]);
  });
});

describe("a silent peer", () => {
  test("is pinged, then found lost; anything received keeps it (6)", () => {
    const transport = createFakeTransport();
    const { told, connection } = createStage(transport);
    let nowMs = 0;
    const pass = (ms: number) => {
      for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
        nowMs += checkEveryMs;
        connection.checkHeartbeat(nowMs);
      }
    };
    pass(limits.pingAfterMs);
    expect(transport.received()).toEqual([{ type: "ping", sent: limits.pingAfterMs * 1_000 }]);
    pass(limits.lostAfterMs - limits.pingAfterMs - 1_000);
    connection.receive(pongOf(limits.pingAfterMs * 1_000), nowMs);
    pass(limits.lostAfterMs - 1_000);
    expect(told).toEqual([{ type: "pong", sent: limits.pingAfterMs * 1_000 }]);
    pass(1_000);
    expect(told.at(-1)).toBe("lost");
  });

  test("that may not know pings is found lost only after it has shown that it does (6)", () => {
    const { told, connection } = createStage(createFakeTransport(), { peerAnswersPings: false });
    const passAMinute = (fromMs: number) => {
      for (let ms = fromMs; ms < fromMs + 60_000; ms += 1_000) connection.checkHeartbeat(ms);
    };
    passAMinute(0);
    expect(told).toEqual([]);
    connection.receive(pingOf(1), 60_000);
    passAMinute(60_000);
    expect(told).toContain("lost");
  });
});

describe("what is pushed", () => {
  test("waits for the flush, and is one write", () => {
    const transport = createFakeTransport();
    const { connection } = createStage(transport);
    connection.push(line, 0);
    connection.push(line, 0);
    expect(transport.calls).toEqual([]);
    connection.flush(0);
    expect(transport.calls).toEqual([2 * line.length]);
  });

  test("is refused past the limit, unless the transport accepts bytes again", () => {
    const transport = createFakeTransport();
    const { connection } = createStage(transport);
    transport.takeOnly(0);
    const half = new Uint8Array(limits.outboxBytesMax / 2);
    for (let count = 0; count < 2; count += 1) expect(connection.push(half, 0)).toBeTrue();
    connection.flush(0);
    expect(connection.push(line, 0)).toBeFalse();
    // That it accepts bytes again is told only later.
    transport.takeOnly(Number.POSITIVE_INFINITY);
    expect(connection.push(line, 0)).toBeTrue();
  });
});

describe("over a transport of messages, such as a WebSocket", () => {
  test("borders of messages mean nothing, in both directions", () => {
    const bytes = Buffer.concat([who, pingOf(7), who]);
    for (const messageBytes of [1, 6, bytes.length]) {
      const socket = createFakeWebSocket();
      const { told, connection } = createStage(socket);
      socket.sink = { receive: (chunk) => connection.receive(chunk, 0), drained() {}, closed() {} };
      socket.deliver(bytes, messageBytes);
      expect(told).toEqual([{ type: "who" }, { type: "who" }]);
      expect(Buffer.concat(socket.sent)).toEqual(
        Buffer.from(encodeServerMessage({ type: "pong", sent: 7, at: 0 })),
      );
    }
  });

  test("a message that was queued is not sent again, and nothing follows it until it has drained", () => {
    const socket = createFakeWebSocket();
    const { connection } = createStage(socket);
    socket.sink = { receive() {}, drained: () => connection.drained(0), closed() {} };
    socket.stall();
    connection.push(line, 0);
    connection.flush(0);
    connection.push(who, 0);
    connection.flush(0);
    expect([socket.queued.length, connection.pending()]).toEqual([1, who.length]);
    socket.resume();
    expect(Buffer.concat(socket.sent)).toEqual(Buffer.concat([line, who]));
  });

  test("a peer that does not read is too slow after as much as on any other transport", () => {
    const socket = createFakeWebSocket();
    const { connection } = createStage(socket);
    socket.stall();
    let pushed = 0;
    const chunk = new Uint8Array(10_000);
    for (; connection.push(chunk, 0); pushed += chunk.length) connection.flush(0);
    const queued = socket.queued.reduce((sum, { length }) => sum + length, 0);
    expect(queued).toBeLessThanOrEqual(2 * limits.writeBytesMax);
    expect(pushed).toBeLessThanOrEqual(limits.outboxBytesMax + 2 * limits.writeBytesMax);
  });
});
