/** The session that docs/protocol.md shows byte by byte: what the room really answers to what a client really sends. */
import { encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import { encodeClientMessage, encodeServerMessage } from "../../lib/protocol/messages.ts";
import { encodeVoice } from "../../lib/protocol/voice-frame.ts";
import type { CoreMessage } from "../../lib/server/core.ts";
import { createCore } from "../../lib/server/core.ts";
import { deliveries, fakeHistory, memoryRegistry } from "../support/rooms.ts";

/** One frame of it, as alice's connection carries it. */
export interface Step {
  direction: "C→S" | "S→C";
  type: string;
  kind: number;
  frame: Uint8Array;
}

export const roomName = "Lab 3";
const historyName = "w3Kq9dZ0";
const hourMs = 3_600_000;
const noon = Date.parse("2026-11-22T10:00:00.000Z");

/** bob is there already; alice comes in, says hi and leaves. */
export function aliceSession(): Step[] {
  const room = createCore({
    name: roomName,
    clientsMax: 500,
    speakersMax: 1,
    // A name as a history has, but always the same one.
    history: { ...fakeHistory(), name: historyName },
    registry: memoryRegistry(),
    passphrase: false,
    limitsSenders: true,
    showsHistory: true,
    keepsClips: true,
    lastClip: 0,
    server: "holler-server 0.1.0",
  });
  const [bob, alice] = [1, 2];
  const steps: Step[] = [];

  const step = (direction: Step["direction"], type: string, frame: Uint8Array): void => {
    steps.push({ direction, type, kind: frame[4] ?? 0, frame });
  };
  const handle = (id: number, input: CoreMessage | "connected"): void => {
    if (input !== "connected" && id === alice) step("C→S", input.type, encodeClientMessage(input));
    const effects = room.handle(
      input === "connected"
        ? { type: "connected", id, origin: { address: "127.0.0.1", isLocal: true } }
        : { type: "message", id, message: input, ...(id === bob ? { publicKey: "the key of bob" } : {}) },
      { wallMs: noon, monotonicMs: 0 },
    );
    for (const effect of effects) {
      // Nothing goes wrong with keeping a line here, so it is sent.
      for (const { to, message } of deliveries([effect]))
        if (to.includes(alice)) step("S→C", message.type, encodeServerMessage(message));
    }
  };

  handle(bob, "connected");
  handle(bob, { type: "hello", protocol: 1, name: "bob", voice: false });
  handle(alice, "connected");
  handle(alice, { type: "hello", protocol: 1, name: "alice", voice: false });
  handle(alice, { type: "say", text: "hi", ref: "1" });
  handle(alice, { type: "quit" });
  return steps;
}

/** A voice frame of the shortest Opus packet there is: 20 ms of silence, full band, mono. */
export function voiceExample(): Uint8Array {
  const payload = Uint8Array.of(0xf8, 0xff, 0xfe);
  const capturedAt = hourMs * 1_000 + 40_000;
  return encodeFrame(voiceKind, encodeVoice({ stream: 7, sequence: 2, capturedAt, payload }));
}
