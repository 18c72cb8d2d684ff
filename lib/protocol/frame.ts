/**
 * Length-prefixed framing, shared by both programs: `u32 length · u8 kind · body`, big-endian,
 * where length counts the kind byte and the body.
 */
import { limits } from "./limits.ts";

export const lengthBytes = 4;
export const headerBytes = lengthBytes + 1;

/** The only kind that is not JSON; its body is smaller, and bounded as soon as its header is there. */
export const voiceKind = 16;

export type FrameError = "frame-empty" | "frame-too-long";

type Decoded =
  | { type: "frame"; kind: number; body: Uint8Array; end: number }
  | { type: "more" }
  | { type: "error"; code: FrameError };

/** One frame around a body, whose length the caller bounds. */
export function encodeFrame(kind: number, body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(headerBytes + body.length);
  const length = body.length + 1;
  // Without a DataView, which costs more than the rest: every line becomes a frame.
  for (let at = 0; at < lengthBytes; at += 1) frame[at] = length >>> (8 * (lengthBytes - 1 - at));
  frame[lengthBytes] = kind;
  frame.set(body, headerBytes);
  return frame;
}

/**
 * Reads one frame from `bytes` between `start` and `end`. The body is a view, not a copy. A length that
 * is wrong is an error at once, before anything is kept for it.
 */
function decodeFrame(bytes: Uint8Array, start: number, end: number, bodyBytesMax: number): Decoded {
  if (end - start < lengthBytes) return { type: "more" };
  const length = lengthAt(bytes, start);
  if (length === 0) return { type: "error", code: "frame-empty" };
  if (length - 1 > bodyBytesMax) return { type: "error", code: "frame-too-long" };
  const kind = bytes[start + lengthBytes];
  if (kind === undefined || end - start < headerBytes) return { type: "more" };
  if (kind === voiceKind && length - 1 > limits.voiceBytesMax)
    return { type: "error", code: "frame-too-long" };
  const frameEnd = start + lengthBytes + length;
  if (frameEnd > end) return { type: "more" };
  return { type: "frame", kind, body: bytes.subarray(start + headerBytes, frameEnd), end: frameEnd };
}

/** Receives each whole frame, or the error after which nothing more is read. */
export interface FrameSink {
  frame(kind: number, body: Uint8Array): void;
  error(code: FrameError): void;
}

/** Among whole frames in a row, the end of the frame that contains the byte at index `at`. */
export function encodedFrameEnd(frames: Uint8Array, at: number): number {
  let end = 0;
  while (end <= at && end < frames.length) end += lengthBytes + lengthAt(frames, end);
  return Math.min(end, frames.length);
}

/** The length in the header at `start`: the kind byte and the body. */
function lengthAt(bytes: Uint8Array, start: number): number {
  let length = 0;
  for (let at = start; at < start + lengthBytes; at += 1) length = length * 256 + (bytes[at] ?? 0);
  return length;
}

export interface FrameReader {
  /** Takes bytes as they came from the network, and hands every whole frame to the sink. */
  push(chunk: Uint8Array): void;
  /** Sets the longest body in bytes, from the next frame on. */
  allow(bodyBytesMax: number): void;
  /** How many bytes are kept of a frame that is not whole yet. */
  pending(): number;
  /** Reads nothing more. */
  stop(): void;
}

/**
 * A reader for one connection whose peer may send bodies of at most `bodyBytesMax`. Bodies handed to the sink are views
 * that are valid only during the call. It keeps at most one unfinished frame, and copies each byte at most a constant
 * number of times, into however small pieces the network cuts the stream.
 */
export function createFrameReader(bodyBytesMax: number, sink: FrameSink): FrameReader {
  return new BufferedReader(bodyBytesMax, sink);
}

const nothing = new Uint8Array(0);

class BufferedReader implements FrameReader {
  private allowed: number;
  private readonly sink: FrameSink;
  private kept: Uint8Array = nothing;
  private keptLength = 0;
  private isStopped = false;

  constructor(bodyBytesMax: number, sink: FrameSink) {
    this.allowed = bodyBytesMax;
    this.sink = sink;
  }

  push(chunk: Uint8Array): void {
    if (this.isStopped) return;
    if (this.keptLength === 0) {
      const rest = this.drain(chunk, chunk.length);
      if (!this.isStopped && rest < chunk.length) this.keep(chunk.subarray(rest));
      return;
    }
    this.keep(chunk);
    const rest = this.drain(this.kept, this.keptLength);
    if (this.isStopped || rest === this.keptLength) return this.forget();
    if (rest > 0) this.kept.copyWithin(0, rest, this.keptLength);
    this.keptLength -= rest;
  }

  allow(bodyBytesMax: number): void {
    this.allowed = bodyBytesMax;
  }

  pending(): number {
    return this.keptLength;
  }

  stop(): void {
    this.isStopped = true;
    this.forget();
  }

  /** Hands over whole frames; returns where the unfinished rest starts. */
  private drain(bytes: Uint8Array, end: number): number {
    let start = 0;
    while (!this.isStopped) {
      const decoded = decodeFrame(bytes, start, end, this.allowed);
      if (decoded.type === "more") break;
      if (decoded.type === "error") {
        this.isStopped = true;
        this.sink.error(decoded.code);
        break;
      }
      start = decoded.end;
      this.sink.frame(decoded.kind, decoded.body);
    }
    return start;
  }

  private keep(bytes: Uint8Array): void {
    const length = this.keptLength + bytes.length;
    if (length > this.kept.length) {
      const larger = new Uint8Array(Math.max(256, 2 * length));
      larger.set(this.kept.subarray(0, this.keptLength));
      this.kept = larger;
    }
    this.kept.set(bytes, this.keptLength);
    this.keptLength = length;
  }

  private forget(): void {
    this.kept = nothing;
    this.keptLength = 0;
  }
}
