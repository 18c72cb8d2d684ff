/** One client's connection: bytes in become checked messages for the host, frames out wait in its outbox. */
import type { Refusal } from "../protocol/errors.ts";
import { refusal } from "../protocol/errors.ts";
import { createFrameReader, voiceKind } from "../protocol/frame.ts";
import type { FramePath } from "../protocol/frame-path.ts";
import { limits } from "../protocol/limits.ts";
import type { ClientMessage } from "../protocol/messages.ts";
import { decodeClientMessage, encodeServerMessage } from "../protocol/messages.ts";
import { createOutbox } from "../protocol/outbox.ts";
import { decodeVoice } from "../protocol/voice-frame.ts";
import { createVoiceGate } from "../protocol/voice-gate.ts";

/** What a connection needs of a socket. */
export interface Wire {
  /** Takes what the kernel takes and returns how much that was; below 0: nothing. The bytes are only lent. */
  write: (bytes: Uint8Array) => number;
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
  /** Keeps text that many are sent alike; there must be room for it. */
  follow(path: FramePath): void;
  /** Bytes waiting. */
  pending(): number;
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

export function createConnection(wire: Wire, sink: ConnectionSink): Connection {
  const outbox = createOutbox();
  const gate = createVoiceGate();
  const reader = createFrameReader(limits.newcomerBodyBytesMax, {
    frame: takeFrame,
    error: (code) => breakOff(refusal(code)),
  });
  let full = false;
  let forced: Timer | undefined;
  let ended = false;
  let discarded = 0;

  function breakOff(why: Refusal): void {
    reader.stop();
    sink.broken(why);
  }

  function takeFrame(kind: number, body: Uint8Array): void {
    if (kind === voiceKind) {
      const frame = decodeVoice(body);
      if (frame === undefined) breakOff(refusal("bad-voice"));
      else sink.voice(frame.stream, body);
      return;
    }
    const decoded = decodeClientMessage(kind, body);
    if (decoded.outcome === "message") take(decoded.message);
    else if (decoded.outcome === "error") breakOff(refusal(decoded.code, { at: decoded.at }));
  }

  function take(message: ClientMessage): void {
    // Whoever is not let in is read no further.
    if (message.type === "hello") reader.allow(limits.clientBodyBytesMax);
    sink.message(message);
  }

  function flush(nowMs: number): void {
    if (!full) full = !outbox.flush(wire.write, nowMs);
    if (forced === undefined || ended || outbox.pending() > 0) return;
    ended = true;
    wire.end();
  }

  function pushVoice(frame: Uint8Array, nowMs: number): boolean {
    if (!gate.isOpen(nowMs) || outbox.pending() > voiceBehindBytesMax) return true;
    outbox.push(frame, "voice", nowMs);
    const sent = gate.ping(nowMs);
    return sent === undefined || outbox.push(pingFrame(sent), "text", nowMs);
  }

  /** Closing with bytes unread would reset the connection and lose the goodbye: a little more is taken. */
  function discard(chunk: Uint8Array): void {
    discarded += chunk.length;
    if (discarded > limits.discardedBytesMax) wire.terminate();
  }

  return {
    receive: (chunk) => (forced === undefined ? reader.push(chunk) : discard(chunk)),
    push: (frame, traffic, nowMs) =>
      traffic === "voice" ? pushVoice(frame, nowMs) : outbox.push(frame, traffic, nowMs),
    follow: outbox.follow,
    pending: outbox.pending,
    answered: (sent, nowMs) => gate.answered(sent, nowMs),
    flush,
    drained(nowMs) {
      full = false;
      flush(nowMs);
    },
    abandon: () => outbox.abandon(),
    close(lastFrame, nowMs) {
      if (forced !== undefined) return;
      reader.stop();
      if (lastFrame !== undefined && !outbox.push(lastFrame, "text", nowMs)) {
        outbox.abandon();
        outbox.push(lastFrame, "text", nowMs);
      }
      forced = setTimeout(() => wire.terminate(), limits.goodbyeWithinMs);
      flush(nowMs);
    },
    closed() {
      clearTimeout(forced);
      reader.stop();
    },
  };
}
