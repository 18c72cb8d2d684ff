/**
 * A conversation that runs in a browser and in Bun alike: the chat core, the codec of messages, the framing and the
 * outbox, joined as a client joins them. It returns a record of everything that happened, which must be the same.
 */
import { createJitterBuffer } from "../../lib/audio/dsp/jitter-buffer.ts";
import type { Command } from "../../lib/client/api.ts";
import { type Chat, createChat } from "../../lib/client/core/chat.ts";
import type { ChatEffect } from "../../lib/client/core/chat-io.ts";
import { createFrameReader, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  type ClientMessage,
  decodeClientMessage,
  decodeServerMessage,
  encodeClientMessage,
  encodeServerMessage,
  protocolVersion,
  type ServerMessage,
} from "../../lib/protocol/messages.ts";
import { decodeVoice, encodeVoice } from "../../lib/protocol/voice-frame.ts";
import { Outbox } from "../../lib/transport/outbox.ts";
import { countedRefs } from "./refs.ts";

const at = "2026-11-22T10:00:00.000Z";
const welcome: ServerMessage = {
  type: "welcome",
  protocol: protocolVersion,
  you: "Zoë",
  room: "Größe 日本",
  members: ["bob"],
  lastId: 0,
  talking: [],
};

/** The client's half: its chat, and the bytes between it and a server that the test plays. */
function openClient(record: (entry: object) => void) {
  const chat: Chat = createChat({ newRef: countedRefs("me"), voice: true, earlierLines: 20 });
  const outbox = new Outbox();
  let nowMs = 1_000;
  const now = () => ({ wallMs: nowMs, monotonicMs: nowMs });
  const sent: ClientMessage[] = [];

  const server = createFrameReader(limits.clientBodyBytesMax, {
    frame(kind, body) {
      if (kind === voiceKind) return record({ received: "voice", sequence: decodeVoice(body)?.sequence });
      const decoded = decodeClientMessage(kind, body);
      record({ received: decoded });
      if (decoded.type === "message") sent.push(decoded.message);
    },
    error: (code) => record({ received: code }),
  });
  const client = createFrameReader(limits.serverBodyBytesMax, {
    frame(kind, body) {
      const decoded = decodeServerMessage(kind, body);
      if (decoded.type === "message")
        run(chat.handle({ type: "server-message", message: decoded.message }, now()));
      else record({ refused: decoded });
    },
    error: (code) => record({ refused: code }),
  });

  function run(effects: ChatEffect[]): void {
    for (const effect of effects) {
      if (effect.type === "send") outbox.push(encodeClientMessage(effect.message), "text", nowMs);
      else record(effect);
    }
    // A transport that accepts few bytes at a time.
    const write = (bytes: Uint8Array) => {
      const accepted = Math.min(bytes.length, 7);
      server.push(bytes.slice(0, accepted));
      return { accepted, mayFollow: accepted === bytes.length };
    };
    while (outbox.pending() > 0) outbox.flush({ write }, nowMs);
  }

  return {
    command: (command: Command) => run(chat.handle({ type: "command", command }, now())),
    /** The bytes of a message arrive one by one. */
    server(message: ServerMessage) {
      for (const byte of encodeServerMessage(message)) client.push(Uint8Array.of(byte));
    },
    pass(ms: number) {
      nowMs += ms;
      run(chat.handle({ type: "tick" }, now()));
    },
    last: () => sent.at(-1),
  };
}

/** Everything that happened, one entry each, as JSON. */
export function converse(): string[] {
  const entries: string[] = [];
  const record = (entry: object) => void entries.push(JSON.stringify(entry, bytesAsHex));
  const client = openClient(record);
  client.server(welcome);
  client.server({ type: "history", entries: [], more: false, since: 0, ref: refIn(client.last()) });
  const texts = ["hi", "👩‍👩‍👧 🇨🇭", "e\u0301 ﬁ", "\u001b[31mred\u202e", "日本語".repeat(200)];
  for (const [index, text] of texts.entries()) {
    client.command({ type: "say", text, ref: `r${index}` });
    client.server({ type: "said", id: index + 1, from: "Zoë", text, at, ref: refIn(client.last()) });
  }
  client.command({ type: "whisper", to: "nobody", text: "psst" });
  client.command({ type: "rename", name: "A B" });
  client.server({ type: "joined", name: "Владимир" });
  client.server({ type: "voiceStarted", stream: 8, from: "bob" });
  client.server({ type: "voiceEnded", stream: 8, from: "bob", seconds: 1, reason: "done" });
  client.pass(1_000);
  client.pass(60_000);
  for (const entry of voiceThroughBuffer()) record(entry);
  return entries;
}

/** Voice frames that arrive late, doubled and not at all, as the jitter buffer hands them on. */
function voiceThroughBuffer(): object[] {
  const buffer = createJitterBuffer();
  const taken: object[] = [];
  for (let sequence = 0; sequence < 60; sequence += 1) {
    const payload = new Uint8Array(20).fill(sequence);
    const frame = decodeVoice(
      encodeVoice({ stream: 8, sequence, capturedAt: sequence * 20_000, payload }).slice(),
    );
    // Up to two frames late.
    const lateMs = (sequence * 7_919) % 45;
    if (frame !== undefined && sequence % 11 !== 0) buffer.push(frame, (sequence * 20 + lateMs) * 1_000);
    taken.push(buffer.take());
  }
  return taken;
}

function refIn(message: ClientMessage | undefined): string {
  return message !== undefined && "ref" in message && message.ref !== undefined ? message.ref : "none";
}

function bytesAsHex(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? value.toHex() : value;
}
