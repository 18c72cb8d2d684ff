/** One client's connection: bytes in become checked messages for the host, frames out wait in its outbox. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import type { FrameError, FrameSink } from "../../protocol/frame.ts";
import { createFrameReader, voiceKind } from "../../protocol/frame.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import { decodeClientMessage, encodeServerMessage } from "../../protocol/messages.ts";
import { decodeVoice } from "../../protocol/voice-frame.ts";
import { createVoiceGate } from "../../transport/congestion-gate.ts";
import type { FramePath } from "../../transport/frame-path.ts";
import { createOutbox } from "../../transport/outbox.ts";

/** What a connection needs of a socket. */
export interface Transport {
  /** Takes what the kernel takes and returns how much that was; below 0: nothing. The bytes are only lent. */
  write(bytes: Uint8Array): number;
  /** Says that nothing more will be written; the peer's own end, or terminate, closes it. */
  end(): void;
  /** Closes at once. */
  terminate(): void;
  /** What proofs are bound to on this connection; to be asked only once something was received. */
  binding(): Uint8Array;
}

/** What a connection tells its host. */
export interface ConnectionSink {
  message(message: ClientMessage): void;
  /** A well-formed voice frame: the stream it claims, and its whole body, which is only lent. */
  voice(stream: number, body: Uint8Array): void;
  broken(why: Refusal): void;
}

export interface Connection {
  /** Bytes from the network. */
  receive(chunk: Uint8Array): void;
  /**
   * Keeps a frame for the next flush; voice only for a reader that keeps up. False: too much waits already, cut
   * this reader off.
   */
  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean;
  /** The same for text that many are sent alike. */
  follow(path: FramePath): boolean;
  /** The reader has answered the ping that was `sent` then. */
  answered(sent: number, nowMs: number): void;
  /** Writes what waits, as far as the socket takes it. */
  flush(nowMs: number): void;
  /** The socket takes bytes again. */
  drained(nowMs: number): void;
  /** Forgets what waits, but for the rest of a frame that was begun. */
  abandon(): void;
  /** Writes what waits and a last frame, then closes, by force if that takes too long. Reads nothing more. */
  close(lastFrame: Uint8Array | undefined, nowMs: number): void;
  /** The socket is gone. */
  closed(): void;
}

/** Voice behind this much would be late, and a ping behind it might find no place. */
const voiceBehindBytesMax = limits.outboxBytesMax / 2;

let lastPing: { sent: number; frame: Uint8Array } = { sent: -1, frame: new Uint8Array(0) };

/** The same frame for all who are asked at the same time: what is sent to them alike is shared. */
function pingFrame(sent: number): Uint8Array {
  if (lastPing.sent !== sent) lastPing = { sent, frame: encodeServerMessage({ type: "ping", sent }) };
  return lastPing.frame;
}

/** There may be thousands: what each can do is made once for all. */
export function createConnection(wire: Transport, sink: ConnectionSink): Connection {
  return new WiredConnection(wire, sink);
}

class WiredConnection implements Connection, FrameSink {
  private readonly wire: Transport;
  private readonly sink: ConnectionSink;
  private readonly outbox = createOutbox();
  private readonly gate = createVoiceGate();
  private readonly reader = createFrameReader(limits.pendingBodyBytesMax, this);
  private isFull = false;
  private forced: Timer | undefined = undefined;
  private isEnded = false;
  private discardedBytes = 0;

  constructor(wire: Transport, sink: ConnectionSink) {
    this.wire = wire;
    this.sink = sink;
  }

  receive(chunk: Uint8Array): void {
    if (this.forced === undefined) this.reader.push(chunk);
    else this.discard(chunk);
  }

  push(frame: Uint8Array, traffic: "text" | "voice", nowMs: number): boolean {
    return traffic === "voice" ? this.pushVoice(frame, nowMs) : this.outbox.push(frame, traffic, nowMs);
  }

  follow(path: FramePath): boolean {
    return this.outbox.follow(path);
  }

  answered(sent: number, nowMs: number): void {
    this.gate.answered(sent, nowMs);
  }

  flush(nowMs: number): void {
    if (!this.isFull) this.isFull = !this.outbox.flush(this.wire, nowMs);
    if (this.forced === undefined || this.isEnded || this.outbox.pending() > 0) return;
    this.isEnded = true;
    this.wire.end();
  }

  drained(nowMs: number): void {
    this.isFull = false;
    this.flush(nowMs);
  }

  abandon(): void {
    this.outbox.abandon();
  }

  close(lastFrame: Uint8Array | undefined, nowMs: number): void {
    if (this.forced !== undefined) return;
    this.reader.stop();
    if (lastFrame !== undefined && !this.outbox.push(lastFrame, "text", nowMs)) {
      this.outbox.abandon();
      this.outbox.push(lastFrame, "text", nowMs);
    }
    this.forced = setTimeout(() => this.wire.terminate(), limits.closeTimeoutMs);
    this.flush(nowMs);
  }

  closed(): void {
    clearTimeout(this.forced);
    this.reader.stop();
  }

  frame(kind: number, body: Uint8Array): void {
    if (kind === voiceKind) {
      const frame = decodeVoice(body);
      if (frame === undefined) this.breakOff(refusal("bad-voice"));
      else this.sink.voice(frame.stream, body);
      return;
    }
    const decoded = decodeClientMessage(kind, body);
    if (decoded.type === "error") this.breakOff(refusal(decoded.code, { at: decoded.at }));
    if (decoded.type !== "message") return;
    // Whoever is not let in is read no further.
    if (decoded.message.type === "hello") this.reader.allow(limits.clientBodyBytesMax);
    this.sink.message(decoded.message);
  }

  error(code: FrameError): void {
    this.breakOff(refusal(code));
  }

  private breakOff(why: Refusal): void {
    this.reader.stop();
    this.sink.broken(why);
  }

  private pushVoice(frame: Uint8Array, nowMs: number): boolean {
    if (!this.gate.isOpen(nowMs) || this.outbox.pending() > voiceBehindBytesMax) return true;
    this.outbox.push(frame, "voice", nowMs);
    const sent = this.gate.ping(nowMs);
    return sent === undefined || this.outbox.push(pingFrame(sent), "text", nowMs);
  }

  /** Closing with bytes unread would reset the connection and lose the goodbye: a little more is taken. */
  private discard(chunk: Uint8Array): void {
    this.discardedBytes += chunk.length;
    if (this.discardedBytes > limits.discardedBytesMax) this.wire.terminate();
  }
}
