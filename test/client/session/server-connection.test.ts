/** The client's connection without a socket: what it makes of what a server sends. */
import { expect, test } from "bun:test";
import type { LinkSink } from "../../../lib/client/session/server-connection.ts";
import { createLink } from "../../../lib/client/session/server-connection.ts";
import { noChannelBinding } from "../../../lib/protocol/channel-binding.ts";
import { encodeFrame, voiceKind } from "../../../lib/protocol/frame.ts";
import { encodeClientMessage, encodeServerMessage } from "../../../lib/protocol/messages.ts";
import type { VoiceFrame } from "../../../lib/protocol/voice-frame.ts";
import { encodeVoice } from "../../../lib/protocol/voice-frame.ts";
import { createFakeWire } from "../../support/fake-wire.ts";

function createStage() {
  const wire = createFakeWire();
  const { link, sink } = createLink(wire, { identity: "identity", binding: noChannelBinding });
  const voices: VoiceFrame[] = [];
  const owner: LinkSink = { message() {}, voice: (frame) => void voices.push(frame), closed() {} };
  return { wire, link, sink, owner, voices };
}

test("a voice frame keeps only its own bytes, however much came with it", () => {
  const { link, sink, owner, voices } = createStage();
  link.attach(owner);
  const frame = encodeFrame(
    voiceKind,
    encodeVoice({ stream: 1, sequence: 0, capturedAt: 0, payload: new Uint8Array(80).fill(0x78) }),
  );
  sink.data(Buffer.concat(Array.from({ length: 500 }, () => frame)));
  expect(voices).toHaveLength(500);
  expect(voices.every(({ payload }) => payload.buffer.byteLength === 80)).toBe(true);
});

test("a server that speaks before it is spoken to is none of ours, and nothing of it is kept", () => {
  const { wire, sink, link, owner, voices } = createStage();
  sink.data(Buffer.alloc(1_000_000));
  expect(wire.calls).toEqual(["terminate"]);
  const reasons: (string | undefined)[] = [];
  sink.closed();
  link.attach({ ...owner, closed: (why) => void reasons.push(why?.code) });
  expect(reasons).toEqual(["not-holler"]);
  expect(voices).toEqual([]);
});

test("a server that asks whether we keep up is answered at once, and nobody else is bothered", () => {
  const { wire, link, sink, owner } = createStage();
  const messages: string[] = [];
  link.attach({ ...owner, message: ({ type }) => void messages.push(type) });
  const before = wire.calls.length;
  sink.data(encodeServerMessage({ type: "ping", sent: 77 }));
  expect(wire.calls.slice(before)).toEqual([encodeClientMessage({ type: "pong", sent: 77 }).length]);
  expect(messages).toEqual([]);
});

test("closing does not wait for the other side", () => {
  const { wire, link } = createStage();
  link.close();
  expect(wire.calls).toEqual(["terminate"]);
});
