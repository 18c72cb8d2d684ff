/** The golden frames, and what each end of a connection makes of bytes. */
import type { ErrorCode } from "../../lib/protocol/errors.ts";
import { createFrameReader, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../lib/protocol/messages.ts";
import { decodeClientMessage, decodeServerMessage } from "../../lib/protocol/messages.ts";
import { decodeVoice } from "../../lib/protocol/voice-frame.ts";
import rows from "../vectors/frames.json" with { type: "json" };

export type Sender = "client" | "server";
export type Message = ClientMessage | ServerMessage;

/** A voice frame as a vector shows it, its payload in hex. */
export interface ShownVoice {
  stream: number;
  sequence: number;
  capturedAt: number;
  payload: string;
}

/** What one frame comes to at the other end. */
export type Outcome = { message: Message } | { voice: ShownVoice } | { ignored: true } | { error: ErrorCode };

/** One row: the bytes, who sent them, and what they mean. `accepts`: means this, but is not how we write it. */
export type Vector = { name: string; from: Sender; bytes: string } & (Outcome | { accepts: Message });

export const vectors = rows as Vector[];

export function bytesOf(vector: Vector): Uint8Array {
  return Uint8Array.fromHex(vector.bytes);
}

/** What the other end is to make of it. */
export function expected(vector: Vector): Outcome {
  if ("accepts" in vector) return { message: vector.accepts };
  const { name: _name, from: _from, bytes: _bytes, ...outcome } = vector;
  return outcome;
}

/** What the other end makes of these pieces, and how many bytes it keeps of a frame that is not whole. */
export function receive(from: Sender, pieces: Uint8Array[]): { outcomes: Outcome[]; pending: number } {
  const outcomes: Outcome[] = [];
  const decode = from === "client" ? decodeClientMessage : decodeServerMessage;
  const bodyBytesMax = from === "client" ? limits.clientBodyBytesMax : limits.serverBodyBytesMax;
  const reader = createFrameReader(bodyBytesMax, {
    frame(kind, body) {
      outcomes.push(kind === voiceKind ? voiceOutcome(body) : messageOutcome(kind, body));
    },
    error: (code) => void outcomes.push({ error: code }),
  });
  function messageOutcome(kind: number, body: Uint8Array): Outcome {
    const decoded = decode(kind, body);
    switch (decoded.type) {
      case "message":
        return { message: decoded.message };
      case "unknown":
        return { ignored: true };
      case "error":
        return { error: decoded.code };
    }
  }
  for (const piece of pieces) reader.push(piece);
  return { outcomes, pending: reader.pending() };
}

function voiceOutcome(body: Uint8Array): Outcome {
  const voice = decodeVoice(body);
  if (voice === undefined) return { error: "bad-voice" };
  return { voice: { ...voice, payload: voice.payload.toHex() } };
}
