/** One client's connection: the server's part around lib/transport/framed-connection.ts, which both programs share. */
import type { Refusal } from "../../protocol/errors.ts";
import { refusal } from "../../protocol/errors.ts";
import type { FrameError } from "../../protocol/frame.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage } from "../../protocol/messages.ts";
import { decodeClientMessage, encodeServerMessage, isHandledBy } from "../../protocol/messages.ts";
import { decodeVoice } from "../../protocol/voice-frame.ts";
import type { FramedConnectionOwner, Side } from "../../transport/framed-connection.ts";
import { FramedConnection } from "../../transport/framed-connection.ts";
import type { Transport, TransportSink } from "../../transport/transport.ts";
import type { CoreMessage } from "../core.ts";
import type { ConnectionId } from "../session/identity.ts";

/** The host, as its connections call it. */
export interface ClientConnectionSink {
  /** A checked message that the core handles. */
  message(connection: ClientConnection, message: CoreMessage): void;
  /** A well-formed voice frame: the stream it claims, and its whole body, which is valid only during the call. */
  voice(connection: ClientConnection, stream: number, body: Uint8Array): void;
  /** The client broke the protocol, or sent far too many pings. Nothing more is read. */
  broken(connection: ClientConnection, why: Refusal): void;
  /** The connection is gone. Called once. */
  closed(connection: ClientConnection): void;
}

/**
 * The server pings a silent client later than `holler` pings a silent server, so only other clients need its pings.
 * `limitedSide` is the usual one; `side` is for `--no-limits`.
 */
const side: Side<ClientMessage> = {
  decode: decodeClientMessage,
  encodePing: encodeSharedPing,
  encodePong: (sent, nowMs) => encodeServerMessage({ type: "pong", sent, at: Math.round(nowMs * 1_000) }),
  bodyBytesMax: limits.pendingBodyBytesMax,
  pingAfterMs: limits.pingAfterMs + 2_000,
  peerAnswersPings: false,
};
const limitedSide: Side<ClientMessage> = {
  ...side,
  pingRate: { perSecond: limits.messagesPerSecond, burst: limits.messagesBurst },
};

let lastPing: { sent: number; frame: Uint8Array } = { sent: -1, frame: new Uint8Array(0) };

/** The frame of a ping, encoded once for all clients that are pinged at the same time, such as all listeners of voice. */
function encodeSharedPing(sent: number): Uint8Array {
  if (lastPing.sent !== sent) lastPing = { sent, frame: encodeServerMessage({ type: "ping", sent }) };
  return lastPing.frame;
}

export interface ClientConnectionOptions {
  id: ConnectionId;
  address: string;
  transport: Transport;
  /** Whether the number of pings is limited. */
  limitsPings: boolean;
}

/** A class, because a server has thousands: the functions are made once for all. */
export class ClientConnection implements TransportSink, FramedConnectionOwner<ClientMessage> {
  readonly id: ConnectionId;
  readonly address: string;
  private readonly transport: Transport;
  private readonly sink: ClientConnectionSink;
  private readonly framed: FramedConnection<ClientMessage>;
  /** Before the welcome no voice is sent: the client does not know its streams. */
  private isWelcome = false;
  private isClosed = false;
  /** Set once the connection is being closed. */
  private closeTimer: Timer | undefined = undefined;
  private isEnded = false;
  private discardedBytes = 0;

  constructor({ id, address, transport, limitsPings }: ClientConnectionOptions, sink: ClientConnectionSink) {
    this.id = id;
    this.address = address;
    this.transport = transport;
    this.sink = sink;
    this.framed = new FramedConnection(transport, limitsPings ? limitedSide : side, this, performance.now());
  }

  receive(chunk: Uint8Array): void {
    if (this.closeTimer === undefined) this.framed.receive(chunk, performance.now());
    else this.discard(chunk);
  }

  drained(): void {
    this.framed.drained(performance.now());
    this.endIfWritten();
  }

  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearTimeout(this.closeTimer);
    this.framed.stopReading();
    this.sink.closed(this);
  }

  /** Keeps text for the next flush; the bytes must not change afterwards. False: the client is too slow. */
  push(frames: Uint8Array, nowMs: number): boolean {
    return this.framed.push(frames, nowMs);
  }

  /** Keeps one frame of voice for the next flush, or drops it. */
  pushVoice(frame: Uint8Array, nowMs: number): void {
    if (this.isWelcome) this.framed.pushVoice(frame, nowMs);
  }

  /** Writes what waits, as far as the transport accepts it. */
  flush(nowMs: number): void {
    this.framed.flush(nowMs);
    this.endIfWritten();
  }

  /** The welcome is on its way: voice may follow. */
  welcomed(): void {
    this.isWelcome = true;
  }

  channelBinding(): Uint8Array {
    return this.transport.channelBinding();
  }

  checkHeartbeat(nowMs: number): void {
    if (!this.isClosed) this.framed.checkHeartbeat(nowMs);
  }

  /**
   * Writes what waits and a last frame, then closes; by force, if that takes longer than `closeTimeoutMs`. Reads
   * nothing more. A client that is too slow gets the last frame only: it would not read the rest in time. A client that
   * did not finish the TLS handshake can get nothing, and is closed without delay: silent connections are many.
   */
  close(lastFrame: Uint8Array | undefined, nowMs: number, isTooSlow = false): void {
    if (this.closeTimer !== undefined) return;
    this.framed.stopReading();
    if (isTooSlow) this.framed.abandon();
    if (lastFrame !== undefined && !this.framed.push(lastFrame, nowMs)) {
      this.framed.abandon();
      this.framed.push(lastFrame, nowMs);
    }
    const withinMs = this.transport.isReady === false ? 0 : limits.closeTimeoutMs;
    this.closeTimer = setTimeout(() => this.transport.terminate(), withinMs);
    this.flush(nowMs);
  }

  message(message: ClientMessage): void {
    // A pong has no further use: the framed connection has taken it into account.
    if (isHandledBy("transport", message)) return;
    if (message.type === "hello") {
      this.framed.allowBodies(limits.clientBodyBytesMax);
      // A program that names its session knows the whole protocol, and answers pings.
      if (message.session !== undefined) this.framed.peerAnswersPings();
    }
    this.sink.message(this, message);
  }

  voice(body: Uint8Array): void {
    const frame = decodeVoice(body);
    if (frame !== undefined) return this.sink.voice(this, frame.stream, body);
    this.framed.stopReading();
    this.sink.broken(this, refusal("bad-voice"));
  }

  broken(why: Refusal): void {
    this.sink.broken(this, why);
  }

  badFrame(code: FrameError): void {
    this.sink.broken(this, refusal(code));
  }

  lost(): void {
    this.transport.terminate();
    // The network may report the end only much later.
    this.closed();
  }

  private endIfWritten(): void {
    if (this.closeTimer === undefined || this.isEnded || this.framed.pending() > 0) return;
    this.isEnded = true;
    this.transport.end();
  }

  /** Closing with unread bytes would reset the connection and lose the goodbye: a little more is taken. */
  private discard(chunk: Uint8Array): void {
    this.discardedBytes += chunk.length;
    if (this.discardedBytes > limits.discardedBytesMax) this.transport.terminate();
  }
}
