/**
 * The body of a voice frame: `u32 stream · u32 sequence · u64 capturedAt · Opus packet`, big-endian.
 * Binary, because fifty frames a second go to every listener.
 */
import { limits } from "./limits.ts";
import { isVoicePacket } from "./opus-packet.ts";

export const voiceHeaderBytes = 16;

export interface VoiceFrame {
  /** The transmission this belongs to, as granted by the server. */
  stream: number;
  /** Counts frames from 0 within a transmission; wraps at 2^32. */
  sequence: number;
  /** Microseconds on the server's clock, as the sender estimates it, when the first sample was captured. */
  capturedAt: number;
  /** One Opus packet: 48 kHz, mono, 20 ms. */
  payload: Uint8Array;
}

/** The body of a voice frame. */
export function encodeVoice(voice: VoiceFrame): Uint8Array {
  const body = new Uint8Array(voiceHeaderBytes + voice.payload.length);
  const view = new DataView(body.buffer);
  view.setUint32(0, voice.stream);
  view.setUint32(4, voice.sequence);
  view.setBigUint64(8, BigInt(Math.max(0, Math.trunc(voice.capturedAt))));
  body.set(voice.payload, voiceHeaderBytes);
  return body;
}

/** The frame in a body, its payload a view of it; undefined when the header is cut, or the packet is too long or not of 20 ms. */
export function decodeVoice(body: Uint8Array): VoiceFrame | undefined {
  if (body.length <= voiceHeaderBytes || body.length > limits.voiceBytesMax) return undefined;
  const payload = body.subarray(voiceHeaderBytes);
  if (!isVoicePacket(payload)) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return {
    stream: view.getUint32(0),
    sequence: view.getUint32(4),
    capturedAt: Number(view.getBigUint64(8)),
    payload,
  };
}
