/** Shows that a broken or hostile client gets one error code and is cut off, and that the others notice nothing. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage } from "../../lib/protocol/messages.ts";
import { encodeClientMessage } from "../../lib/protocol/messages.ts";
import { encodeVoice } from "../../lib/protocol/voice-frame.ts";
import { type Client, openStage, type Server, type Stage } from "../support/holler.ts";
import { connectRaw, joinRaw } from "../support/raw-client.ts";

setDefaultTimeout(120_000);

const json = (kind: number, text: string) => encodeFrame(kind, new TextEncoder().encode(text));
const hello: ClientMessage = { type: "hello", protocol: 1, name: "mallory", voice: true };
const say: ClientMessage = { type: "say", text: "hi", ref: "r1" };
const after = (rest: Uint8Array) => Buffer.concat([encodeClientMessage(hello), rest]);
const voice = (bytes: number) => encodeFrame(voiceKind, new Uint8Array(bytes).fill(0x78, 16));
const voiceOf = (...packet: number[]) =>
  encodeFrame(voiceKind, Buffer.from([...new Array(16).fill(0), ...packet]));

/** The bytes that are sent, and the code of the goodbye that answers them. */
const broken: [title: string, code: string, bytes: Uint8Array][] = [
  ["a frame of length zero", "frame-empty", new Uint8Array(4)],
  ["a frame of four gigabytes", "frame-too-long", new Uint8Array(4).fill(255)],
  ["a frame one byte too long", "frame-too-long", Buffer.from("0001000201", "hex")],
  ["an HTTP request", "frame-too-long", Buffer.from("GET / HTTP/1.1\r\nHost: lab\r\n\r\n")],
  ["noise", "frame-too-long", Buffer.from("9f3ac1d2e07b44aa", "hex")],
  ["half an object", "bad-message", json(1, '{"protocol":1,')],
  ["null instead of an object", "bad-message", json(1, "null")],
  ["a list instead of an object", "bad-message", after(json(4, "[]"))],
  ["a field of the wrong shape", "bad-message", json(1, '{"protocol":"1","name":"mallory","voice":true}')],
  ["a missing field", "bad-message", json(1, '{"protocol":1,"name":"mallory"}')],
  ["bytes that are not UTF-8", "bad-message", encodeFrame(1, Buffer.from("7b22ff227d", "hex"))],
  ["sixty thousand brackets", "bad-message", after(json(2, "[".repeat(60_000)))],
  ["a frame before hello that is too long", "frame-too-long", json(1, " ".repeat(4_097))],
  [
    "a number beyond the range of numbers",
    "bad-message",
    json(1, '{"protocol":1e999,"name":"m","voice":true}'),
  ],
  ["an empty reference", "bad-message", after(json(2, '{"text":"hi","ref":""}'))],
  ["a line before hello", "out-of-order", encodeClientMessage(say)],
  ["voice before hello", "out-of-order", voice(20)],
  ["a second hello", "out-of-order", after(encodeClientMessage(hello))],
  ["voice without a packet", "bad-voice", after(voice(16))],
  ["voice that is too long", "frame-too-long", after(voice(16 + 1_276))],
  ["voice of ten milliseconds", "bad-voice", after(voiceOf(0x70, 1, 2, 3))],
  ["voice of sixty milliseconds", "bad-voice", after(voiceOf(0x18, 1, 2, 3))],
  ["voice of two seconds in one packet", "bad-voice", after(voiceOf(0x7b, 0x3f, 1, 2, 3))],
  [
    "a floor release that took a day",
    "bad-message",
    after(json(7, '{"stream":1,"reason":"done","captureMs":86400000}')),
  ],
  ["a clip from a negative frame on", "bad-message", after(json(12, '{"first":-1,"ref":"r"}'))],
  ["clips before hello", "out-of-order", json(11, '{"ref":"r"}')],
  ["a version from the future", "protocol-version", json(1, '{"protocol":99,"name":"m","voice":true}')],
  [
    "a name with a control sequence",
    "name-invalid",
    json(1, '{"protocol":1,"name":"\\u001b[2J","voice":true}'),
  ],
  ["a name with a line break", "name-invalid", json(1, '{"protocol":1,"name":"a\\nbob","voice":true}')],
  [
    "a name with a bidirectional override",
    "name-invalid",
    json(1, '{"protocol":1,"name":"a\\u202ebob","voice":true}'),
  ],
  ["the name of another member", "name-taken", json(1, '{"protocol":1,"name":"ALICE","voice":true}')],
];

for (const tls of [true, false]) {
  describe(tls ? "with TLS" : "in plaintext", () => {
    let stage: Stage;
    let server: Server;
    let alice: Client;
    let bob: Client;
    beforeAll(async () => {
      stage = await openStage();
      server = await stage.server({ args: tls ? [] : ["--plaintext"] });
      alice = await stage.join("alice", server);
      bob = await stage.join("bob", server);
    });
    afterAll(() => stage[Symbol.asyncDispose]());

    /** The two still talk, and were told only that mallory joined and left. */
    async function unmoved(before: number): Promise<void> {
      alice.do({ do: "say", text: "still here" });
      await bob.next("said", { text: "still here" });
      for (const event of bob.events.slice(before, -1))
        expect(event).toMatchObject({ event: expect.stringMatching(/^(joined|left)$/), name: "mallory" });
    }

    for (const [title, code, bytes] of broken) {
      test(`${title} is answered with ${code} and closed`, async () => {
        const before = bob.events.length;
        using mallory = await connectRaw({ port: server.port, tls });
        await mallory.write(bytes);
        expect(await mallory.next("goodbye")).toMatchObject({
          code,
          message: expect.stringMatching(/^\S.*\.$/),
        });
        await mallory.closed;
        expect(mallory.messages.at(-1)?.type).toBe("goodbye");
        await unmoved(before);
      });
    }

    test("half a frame before the end of a connection is ignored", async () => {
      const before = bob.events.length;
      for (const bytes of [Buffer.from("0000"), after(Buffer.from("00000020022a", "hex"))]) {
        using mallory = await connectRaw({ port: server.port, tls });
        await mallory.write(bytes);
        mallory.socket.end();
        await mallory.closed;
      }
      await bob.next("left", { name: "mallory", reason: "lost" });
      await unmoved(before);
    });

    test("voice without the floor is refused once and heard by no one", async () => {
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      using listener = await joinRaw({ port: server.port, tls }, "listener");
      mallory.speak(77, 50);
      mallory.send({ type: "say", text: "done", ref: "r1" });
      await mallory.next("said", { ref: "r1" });
      expect(mallory.messages.filter(({ type }) => type === "error")).toEqual([
        { type: "error", code: "no-floor", message: expect.any(String) },
      ]);
      await listener.next("said", { text: "done" });
      expect(listener.voice.items).toEqual([]);
    });

    test("voice that is faster than speech is refused, ends the transmission and is heard no more", async () => {
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      using listener = await joinRaw({ port: server.port, tls }, "listener");
      mallory.send({ type: "requestFloor", seconds: 300, ref: "t" });
      const { stream } = await mallory.next("floorGranted");
      mallory.speak(stream, 5_000);
      mallory.send({ type: "say", text: "done", ref: "r1" });
      await mallory.next("error", { code: "voice-too-fast" });
      expect(await listener.next("voiceEnded")).toMatchObject({ stream, reason: "stopped" });
      await listener.next("said", { text: "done" });
      // Two seconds, and the frames that become due while they are sent.
      expect(listener.voice.items.length).toBeGreaterThanOrEqual(100);
      expect(listener.voice.items.length).toBeLessThan(150);
      expect(mallory.messages.filter(({ type }) => type === "error")).toHaveLength(1);
    });

    test("an invalid packet ends the transmission and its speaker, and is not relayed", async () => {
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      using listener = await joinRaw({ port: server.port, tls }, "listener");
      mallory.send({ type: "requestFloor", seconds: 5, ref: "t" });
      const { stream } = await mallory.next("floorGranted");
      mallory.speak(stream, 10);
      const body = encodeVoice({ stream, sequence: 10, capturedAt: 0, payload: Uint8Array.of(0xff, 0xff) });
      await mallory.write(encodeFrame(voiceKind, body));
      expect(await mallory.next("goodbye")).toMatchObject({ code: "bad-voice" });
      expect(await listener.next("voiceEnded")).toMatchObject({ stream, seconds: 0.2, reason: "lost" });
      expect(listener.voice.items).toHaveLength(10);
    });

    test("unknown kinds and fields are ignored", async () => {
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      await mallory.write(json(200, "not even JSON"));
      await mallory.write(json(2, '{"text":"hi","ref":"r1","mood":"fine"}'));
      expect(await mallory.next("said")).toMatchObject({ text: "hi", ref: "r1" });
    });

    test("control characters are removed from a line before it is relayed", async () => {
      using mallory = await joinRaw({ port: server.port, tls }, "mallory");
      const lines: [string, string][] = [
        ["\u001b[2J\u001b]0;title\u0007red", "[2J]0;titlered"],
        ["\u009b31mC1\u0085next", "31mC1 next"],
        ["one\ntwo\r\nalice: three\u2028four", "one two alice: three four"],
        ["abc\u202edef\u2066ghi\u2069", "abcdefghi"],
        ["nul\u0000 del\u007f bom\ufeff tag\u{e0041}", "nul del bom tag"],
        ["half \ud83d pair", "half \ufffd pair"],
        [`marks${"\u0301".repeat(500)}`, `marks${"\u0301".repeat(8)}`],
      ];
      for (const [index, [sent, shown]] of lines.entries()) {
        const body = JSON.stringify({ text: sent, ref: `${index}` });
        await mallory.write(json(2, body));
        expect((await mallory.next("said", { ref: `${index}` })).text).toBe(shown);
        await bob.next("said", { from: "mallory", text: shown });
      }
    });
  });
}

describe("a connection that never says hello", () => {
  test.concurrent("is closed after ten seconds, be it silent, dribbling or without a TLS handshake", async () => {
    await using stage = await openStage();
    const [encrypted, bare] = [await stage.server(), await stage.server({ args: ["--plaintext"] })];
    const began = performance.now();
    using silent = await connectRaw({ port: encrypted.port, tls: true });
    using dribbling = await connectRaw({ port: bare.port });
    using mute = await connectRaw({ port: encrypted.port });
    const drip = setInterval(() => dribbling.socket.write(Buffer.from([0])), 3_500);
    for (const one of [silent, dribbling])
      expect(await one.next("goodbye")).toMatchObject({ code: "hello-timeout" });
    await Promise.all([silent.closed, dribbling.closed, mute.closed]);
    clearInterval(drip);
    expect(performance.now() - began).toBeGreaterThan(9_900);
    expect(performance.now() - began).toBeLessThan(13_000);
    await stage.join("alice", encrypted);
  });
});

test("a client gets in among any number of silent connections", async () => {
  await using stage = await openStage();
  const server = await stage.server({ args: ["--plaintext"] });
  const longest = await connectRaw({ port: server.port });
  const others = await Promise.all(
    Array.from({ length: limits.pendingConnectionsMax - 1 }, () => connectRaw({ port: server.port })),
  );
  expect(longest.messages).toEqual([]);
  const alice = await stage.join("alice", server);
  expect(await longest.next("goodbye")).toMatchObject({ code: "too-many" });
  await longest.closed;
  alice.do({ do: "say", text: "hi" });
  await alice.next("said", { text: "hi" });
  expect(others.flatMap(({ messages }) => messages)).toEqual([]);
  for (const one of [longest, ...others]) one.vanish();
});
