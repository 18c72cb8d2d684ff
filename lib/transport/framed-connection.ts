/**
 * One connection between two programs, from bytes to messages and back: the same for the server and the client. Each
 * program wraps it in a file of its own, for admission and closing: lib/server/runtime/client-connection.ts and
 * lib/client/session/server-connection.ts. Pure: it is told the time.
 *
 * The contract:
 * 1. Each whole frame is handed to the owner in order, decoded and checked. After the first error nothing more is read.
 * 2. A ping of the peer is answered here, with the end of the same chunk at the latest: however busy the owner is, the
 *    peer measures the line.
 * 3. The owner gets a pong only if it answers a ping of ours, and only once.
 * 4. Pings and pongs past `pingRate` break the connection off. The owner never sees them, and limits all other messages.
 * 5. Voice is dropped for a peer that does not keep up (congestion-gate.ts), and behind a large backlog of text.
 * 6. A peer that is silent is pinged, and lost if it does not answer (heartbeat.ts).
 */
import { type Rate, tatAfter, unusedTatMs, waitMs } from "../base/gcra.ts";
import { type Refusal, refusal } from "../protocol/errors.ts";
import { createFrameReader, type FrameError, type FrameSink, voiceKind } from "../protocol/frame.ts";
import { limits } from "../protocol/limits.ts";
import type { DecodedMessage } from "../protocol/messages.ts";
import { createCongestionGate } from "./congestion-gate.ts";
import { createHeartbeat, type HeartbeatOptions } from "./heartbeat.ts";
import { Outbox } from "./outbox.ts";
import type { Transport } from "./transport.ts";

/** The two messages that the connection handles itself, of the kinds that either side sends. */
type Ping = { type: "ping"; sent: number };
type Pong = { type: "pong"; sent: number };

/** The differences between server and client: their message tables, and their expectations of the peer. */
export interface Side<Message extends { type: string }> extends HeartbeatOptions {
  /** Checks a message that the peer sent. */
  decode(kind: number, body: Uint8Array): DecodedMessage<Message>;
  /** The frame of a ping; `sent` in µs. */
  encodePing(sent: number): Uint8Array;
  /** The frame that answers a ping. */
  encodePong(sent: number, nowMs: number): Uint8Array;
  /** The longest body that the peer may send at first, in bytes. */
  bodyBytesMax: number;
  /** How many pings and pongs the peer may send; undefined: any number. */
  pingRate?: Rate;
}

/** The owner of a connection: the wrapper that each program puts around it. */
export interface FramedConnectionOwner<Message> {
  /** A message of the peer; never a ping. */
  message(message: Message): void;
  /** The body of a voice frame, valid only during the call. */
  voice(body: Uint8Array): void;
  /** The connection cannot go on, and nothing more is read. The owner closes it. */
  broken(why: Refusal): void;
  /** The received bytes are not a frame; nothing more is read. `isFirst`: no frame came before. */
  badFrame(code: FrameError, isFirst: boolean): void;
  /** The peer is silent and answers no ping; nothing but `terminate` is of use. */
  lost(): void;
  /** Voice was dropped because the peer does not keep up. */
  voiceDropped?(): void;
}

/** Voice behind more text than this would be late, and a ping behind it might find no room. */
const voiceBehindBytesMax = limits.outboxBytesMax / 2;
/** How many of our pings may wait for their pongs; more are never under way. */
const unansweredMax = 16;
const noPings: number[] = [];

/** A class, because a server has thousands: the functions are made once for all. */
export class FramedConnection<Message extends { type: string }> implements FrameSink {
  private readonly transport: Transport;
  private readonly side: Side<Message>;
  private readonly owner: FramedConnectionOwner<Message>;
  private readonly outbox = new Outbox();
  private readonly gate = createCongestionGate();
  private readonly heartbeat;
  private readonly reader;
  private isFull = false;
  private hasFrames = false;
  private hasAnswers = false;
  private nowMs: number;
  private pingTatMs = unusedTatMs;
  /** The `sent` of our unanswered pings. */
  private unanswered = noPings;

  /** A connection over an open transport. Times are on the monotonic clock, in ms. */
  constructor(
    transport: Transport,
    side: Side<Message>,
    owner: FramedConnectionOwner<Message>,
    nowMs: number,
  ) {
    this.transport = transport;
    this.side = side;
    this.owner = owner;
    this.nowMs = nowMs;
    this.heartbeat = createHeartbeat(side, nowMs);
    this.reader = createFrameReader(side.bodyBytesMax, this);
  }

  /** Bytes of the peer. */
  receive(chunk: Uint8Array, nowMs: number): void {
    this.nowMs = nowMs;
    this.heartbeat.received(nowMs);
    this.reader.push(chunk);
    if (!this.hasAnswers) return;
    this.hasAnswers = false;
    this.flush(nowMs);
  }

  /** Sets the longest body in bytes, from the next frame on. */
  allowBodies(bytesMax: number): void {
    this.reader.allow(bytesMax);
  }

  /** Reads nothing more; what waits is still written. */
  stopReading(): void {
    this.reader.stop();
  }

  /** Keeps frames of text for the next flush; the bytes must not change afterwards. False: the peer is too slow. */
  push(frames: Uint8Array, nowMs: number): boolean {
    if (this.outbox.push(frames, "text", nowMs)) return true;
    // The transport may accept bytes again, and would report that only in a later tick of the event loop.
    this.drained(nowMs);
    return this.outbox.push(frames, "text", nowMs);
  }

  /** Keeps one frame of voice for the next flush, with a ping behind it if one is due; or drops it. */
  pushVoice(frame: Uint8Array, nowMs: number): void {
    if (!this.gate.isOpen(nowMs) || this.outbox.pending() > voiceBehindBytesMax)
      return this.owner.voiceDropped?.();
    this.outbox.push(frame, "voice", nowMs);
    const sent = this.gate.ping(nowMs);
    if (sent !== undefined) this.ping(sent, nowMs);
  }

  /** Sends a ping with the next flush; `sent` is the time, in µs. Its pong goes to the owner. */
  ping(sent: number, nowMs: number): void {
    if (!this.outbox.push(this.side.encodePing(sent), "text", nowMs)) return;
    if (this.unanswered.length >= unansweredMax) this.unanswered.shift();
    if (this.unanswered === noPings) this.unanswered = [sent];
    else this.unanswered.push(sent);
  }

  /** Writes what waits, as far as the transport accepts it. */
  flush(nowMs: number): void {
    if (!this.isFull) this.isFull = !this.outbox.flush(this.transport, nowMs);
  }

  /** The transport accepts bytes again. */
  drained(nowMs: number): void {
    this.isFull = false;
    this.flush(nowMs);
  }

  /** Bytes that wait to be written. */
  pending(): number {
    return this.outbox.pending();
  }

  /** Drops what waits, except the rest of a frame that was partly written. */
  abandon(): void {
    this.outbox.abandon();
  }

  /** The peer has shown that it answers pings. */
  peerAnswersPings(): void {
    this.heartbeat.peerAnswersPings();
  }

  /** To be called every `checkEveryMs`: pings a silent peer, or tells the owner that it is lost. */
  checkHeartbeat(nowMs: number): void {
    switch (this.heartbeat.check(nowMs)) {
      case "nothing":
        return;
      case "ping":
        this.ping(Math.round(nowMs * 1_000), nowMs);
        return this.flush(nowMs);
      case "lost":
        return this.owner.lost();
    }
  }

  frame(kind: number, body: Uint8Array): void {
    this.hasFrames = true;
    if (kind === voiceKind) return this.owner.voice(body);
    const decoded = this.side.decode(kind, body);
    if (decoded.type === "unknown") return;
    if (decoded.type === "error") return this.breakOff(refusal(decoded.code, { at: decoded.at }));
    const { message } = decoded;
    if (isPing(message)) this.answer(message);
    else if (isPong(message)) this.answered(message);
    else this.owner.message(message);
  }

  error(code: FrameError): void {
    this.reader.stop();
    this.owner.badFrame(code, !this.hasFrames);
  }

  private answer({ sent }: Ping): void {
    if (!this.countPing()) return;
    this.hasAnswers = true;
    if (!this.push(this.side.encodePong(sent, this.nowMs), this.nowMs)) this.breakOff(refusal("too-slow"));
  }

  private answered(pong: Message & Pong): void {
    if (!this.countPing()) return;
    const index = this.unanswered.indexOf(pong.sent);
    if (index < 0) return;
    this.unanswered.splice(index, 1);
    this.gate.answered(pong.sent, this.nowMs);
    this.owner.message(pong);
  }

  /** Counts a ping or pong of the peer; false: there were too many, and the connection is broken off. */
  private countPing(): boolean {
    this.heartbeat.peerAnswersPings();
    const { pingRate } = this.side;
    if (pingRate === undefined) return true;
    if (waitMs(this.pingTatMs, pingRate, 1, this.nowMs) > 0) {
      this.breakOff(refusal("flooded"));
      return false;
    }
    this.pingTatMs = tatAfter(this.pingTatMs, pingRate, 1, this.nowMs);
    return true;
  }

  private breakOff(why: Refusal): void {
    this.reader.stop();
    this.owner.broken(why);
  }
}

function isPing<Message extends { type: string }>(message: Message): message is Message & Ping {
  return message.type === "ping";
}

function isPong<Message extends { type: string }>(message: Message): message is Message & Pong {
  return message.type === "pong";
}
