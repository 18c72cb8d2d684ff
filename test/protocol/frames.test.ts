/** One table of golden bytes, tested in both directions and however the network cuts them. */
import { describe, expect, test } from "bun:test";
import { encodeFrame, headerBytes, lengthBytes, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../lib/protocol/messages.ts";
import {
  clientMessages,
  encodeClientMessage,
  encodeServerMessage,
  serverMessages,
} from "../../lib/protocol/messages.ts";
import { encodeVoice, voiceHeaderBytes } from "../../lib/protocol/voice-frame.ts";
import { cutAtRandom, eachSeed } from "../support/random.ts";
import type { Vector } from "./vectors.ts";
import { bytesOf, expected, receive, vectors } from "./vectors.ts";

const isError = (vector: Vector) => "error" in vector;
const good = vectors.filter((vector) => !isError(vector));
/** Frames that a connection breaks off at, before their body or after it. */
const framingErrors = ["frame-empty", "frame-too-long"];

function encode(vector: Vector): Uint8Array | undefined {
  if ("message" in vector) {
    return vector.from === "client"
      ? encodeClientMessage(vector.message as ClientMessage)
      : encodeServerMessage(vector.message as ServerMessage);
  }
  if (!("voice" in vector)) return undefined;
  const payload = Uint8Array.fromHex(vector.voice.payload);
  return encodeFrame(voiceKind, encodeVoice({ ...vector.voice, payload }));
}

describe.each(vectors.map((vector) => [`${vector.from}: ${vector.name}`, vector] as const))(
  "%s",
  (_, vector) => {
    const bytes = bytesOf(vector);
    const outcomes = [expected(vector)];

    const encoded = encode(vector);
    if (encoded !== undefined) test("is written so", () => expect(encoded.toHex()).toBe(vector.bytes));

    test("is read whole", () => expect(receive(vector.from, [bytes]).outcomes).toEqual(outcomes));

    test("is read byte by byte", () => {
      const bytewise = [...bytes].map((byte) => Uint8Array.of(byte));
      expect(receive(vector.from, bytewise).outcomes).toEqual(outcomes);
    });

    test("is read with another frame's beginning behind it", () => {
      const trailing = Buffer.concat([bytes, Uint8Array.of(0, 0, 0)]);
      expect(receive(vector.from, [trailing]).outcomes).toEqual(outcomes);
    });
  },
);

describe.each(["client", "server"] as const)("many frames of a %s in a row", (from) => {
  const own = good.filter((vector) => vector.from === from);
  const stream = Buffer.concat(own.map(bytesOf));
  const outcomes = own.map(expected);

  test("are read in their order, whole", () => {
    expect(receive(from, [stream])).toEqual({ outcomes, pending: 0 });
  });

  test("are read in their order, cut at random", () => {
    eachSeed(200, (random) => {
      const pieces = cutAtRandom(stream, random, random.pick([2, 7, 40, 300]));
      expect(receive(from, pieces)).toEqual({ outcomes, pending: 0 });
    });
  });

  test("are read up to the first that breaks the framing", () => {
    const broken = vectors.filter(
      (vector) => vector.from === from && "error" in vector && framingErrors.includes(vector.error),
    );
    for (const vector of broken) {
      const all = Buffer.concat([stream, bytesOf(vector), stream]);
      expect(receive(from, [all]).outcomes).toEqual([...outcomes, expected(vector)]);
    }
  });
});

describe("the kinds", () => {
  interface Kind {
    from: string;
    type: string;
    kind: number | undefined;
  }
  const inUse: Kind[] = [
    ...Object.entries(clientMessages).map(([type, { kind }]) => ({ from: "client", type, kind })),
    ...Object.entries(serverMessages).map(([type, { kind }]) => ({ from: "server", type, kind })),
  ];
  const kindOf = (vector: Vector) => bytesOf(vector)[lengthBytes];
  const frozen: Kind[] = vectors.flatMap((vector) =>
    "message" in vector ? [{ from: vector.from, type: vector.message.type, kind: kindOf(vector) }] : [],
  );

  test("each have a vector", () => {
    for (const one of inUse) expect(frozen).toContainEqual(one);
  });

  test("are what the vectors say they always were", () => {
    for (const one of frozen) expect(inUse).toContainEqual(one);
  });

  test("are used once, voice included", () => {
    const kinds = [voiceKind, ...inUse.map(({ kind }) => kind)];
    expect(new Set(kinds).size).toBe(kinds.length);
  });

  test("fit a byte", () => {
    for (const { kind } of inUse) expect(Uint8Array.of(kind ?? -1)[0]).toBe(kind);
  });
});

describe("a frame of exactly its limit", () => {
  test("is read, from a client", () => {
    const frame = encodeFrame(99, new Uint8Array(limits.clientBodyBytesMax));
    expect(receive("client", [frame]).outcomes).toEqual([{ ignored: true }]);
  });

  test("is read, from a server", () => {
    const frame = encodeFrame(99, new Uint8Array(limits.serverBodyBytesMax));
    expect(receive("server", [frame]).outcomes).toEqual([{ ignored: true }]);
  });

  test("is read, as voice", () => {
    const body = new Uint8Array(limits.voiceBytesMax).fill(0x78, voiceHeaderBytes);
    const [outcome] = receive("client", [encodeFrame(voiceKind, body)]).outcomes;
    expect(outcome).toHaveProperty("voice.payload", "78".repeat(limits.packetBytesMax));
  });

  test("leaves room for the longest text in the longest spelling", () => {
    const text = "\u{10000}".repeat(limits.textCharsMax);
    const spelled = JSON.stringify({ text, ref: "r".repeat(limits.refCharsMax) }).replace(
      /[\ud800-\udfff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16)}`,
    );
    const frame = encodeFrame(clientMessages.say.kind, new TextEncoder().encode(spelled));
    expect(frame.length).toBeGreaterThan(headerBytes + 12 * limits.textCharsMax);
    expect(receive("client", [frame]).outcomes).toEqual([
      { message: { type: "say", text, ref: "r".repeat(limits.refCharsMax) } },
    ]);
  });

  test("leaves room for the longest page of history", () => {
    // A page is full once its lines pass their size, so the last one comes on top of it; six bytes a UTF-16 unit.
    const longest = {
      from: "\u{10000}".repeat(limits.nameCharsMax),
      to: "\u{10000}".repeat(limits.nameCharsMax),
      text: "\ud800".repeat(2 * limits.textCharsMax),
      at: "2026-11-22T10:00:00.000Z",
      ref: "\ud800".repeat(limits.refCharsMax),
    };
    const entries: ({ id: number } & typeof longest)[] = [];
    while (Buffer.byteLength(JSON.stringify(entries)) <= limits.historyPageBytesMax)
      entries.push({ id: Number.MAX_SAFE_INTEGER, ...longest });
    const page = { type: "history" as const, ref: "r", entries, more: true, since: 1 };
    expect(receive("server", [encodeServerMessage(page)]).outcomes).toEqual([{ message: page }]);
  });

  test("holds as many lines of history as may be asked for, and no more", () => {
    const entry = { id: 1, from: "a", text: "b", at: "" };
    const pageOf = (lines: number) => {
      const entries = Array.from({ length: lines }, () => entry);
      return encodeServerMessage({ type: "history", ref: "r", entries, more: true, since: 1 });
    };
    const [full] = receive("server", [pageOf(limits.historyPageMax)]).outcomes;
    expect(full).toHaveProperty("message.entries.length", limits.historyPageMax);
    expect(receive("server", [pageOf(limits.historyPageMax + 1)]).outcomes).toEqual([
      { error: "bad-message" },
    ]);
  });
});
