/** One connection to a server: what the client does with it beside what both programs do (framed-connection.ts). */

import { refusal } from "../../protocol/errors.ts";
import { encodeFrame, type FrameError, voiceKind } from "../../protocol/frame.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { decodeServerMessage, encodeClientMessage } from "../../protocol/messages.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import { decodeVoice, encodeVoice } from "../../protocol/voice-frame.ts";
import type { FramedConnectionOwner, Side } from "../../transport/framed-connection.ts";
import { FramedConnection } from "../../transport/framed-connection.ts";
import { checkEveryMs } from "../../transport/heartbeat.ts";
import type { Transport, TransportSink } from "../../transport/transport.ts";

/** What a connection tells its owner. */
export interface ServerConnectionSink {
  /** A checked message. Of pongs only those that answer a ping of ours, and no ping, which is answered already. */
  message(message: ServerMessage): void;
  voice(frame: VoiceFrame): void;
  /** A frame of ours was dropped, because the server does not keep up. */
  voiceDropped?(): void;
  /** The connection is gone; `why` when the server said so, or sent what it must not. */
  closed(why?: Reason): void;
}

export interface ServerConnection {
  /** The base64url SHA-256 of the server's certificate; undefined in plaintext. */
  identity: string | undefined;
  /** The channel binding, which proofs on this connection cover. */
  binding: Uint8Array;
  /** From now on what comes is read. A server that speaks before is none of ours: the client begins. */
  attach(sink: ServerConnectionSink): void;
  send(message: ClientMessage): void;
  /** Sends a frame of voice, or drops it if it would only come late. */
  sendVoice(frame: VoiceFrame): void;
  /** Closes at once. */
  close(): void;
}

interface Reason {
  code: string;
  message: string;
}

/** Every server of ours answers pings. */
const side: Side<ServerMessage> = {
  decode: decodeServerMessage,
  encodePing: (sent) => encodeClientMessage({ type: "ping", sent }),
  encodePong: (sent) => encodeClientMessage({ type: "pong", sent }),
  bodyBytesMax: limits.serverBodyBytesMax,
  pingAfterMs: limits.pingAfterMs,
  peerAnswersPings: true,
};

/** A connection over an open transport, whose handshake is done; without an identity: plaintext. */
export function createServerConnection(
  transport: Transport,
  identity?: string,
): ServerConnection & TransportSink {
  return new FramedServerConnection(transport, identity);
}

class FramedServerConnection
  implements ServerConnection, TransportSink, FramedConnectionOwner<ServerMessage>
{
  readonly identity: string | undefined;
  readonly binding: Uint8Array;
  private readonly transport: Transport;
  private readonly framed: FramedConnection<ServerMessage>;
  private owner: ServerConnectionSink | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  private why: Reason | undefined;
  private isClosed = false;

  constructor(transport: Transport, identity: string | undefined) {
    this.identity = identity;
    this.binding = transport.channelBinding();
    this.transport = transport;
    this.framed = new FramedConnection(transport, side, this, performance.now());
  }

  attach(sink: ServerConnectionSink): void {
    this.owner = sink;
    if (this.isClosed) return sink.closed(this.why);
    this.heartbeat ??= setInterval(() => this.framed.checkHeartbeat(performance.now()), checkEveryMs);
  }

  send(message: ClientMessage): void {
    const nowMs = performance.now();
    if (message.type === "ping") this.framed.ping(message.sent, nowMs);
    else if (!this.framed.push(encodeClientMessage(message), nowMs)) return this.broken(refusal("too-slow"));
    this.flush(nowMs);
  }

  sendVoice(frame: VoiceFrame): void {
    const nowMs = performance.now();
    this.framed.pushVoice(encodeFrame(voiceKind, encodeVoice(frame)), nowMs);
    this.flush(nowMs);
  }

  close(): void {
    this.transport.terminate();
  }

  receive(chunk: Uint8Array): void {
    if (this.owner === undefined) this.broken(notHoller(this.identity === undefined));
    else this.framed.receive(chunk, performance.now());
  }

  drained(): void {
    this.framed.drained(performance.now());
  }

  closed(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    clearInterval(this.heartbeat);
    this.owner?.closed(this.why);
  }

  message(message: ServerMessage): void {
    if (message.type === "goodbye") this.why = message;
    this.owner?.message(message);
  }

  voice(body: Uint8Array): void {
    const voice = decodeVoice(body);
    // A copy: the body is valid only now. slice() of a Buffer would be a view, and hold on to the whole chunk.
    if (voice !== undefined) this.owner?.voice({ ...voice, payload: new Uint8Array(voice.payload) });
  }

  voiceDropped(): void {
    this.owner?.voiceDropped?.();
  }

  broken(why: Reason): void {
    this.why = why;
    this.framed.stopReading();
    this.transport.terminate();
  }

  badFrame(code: FrameError, isFirst: boolean): void {
    this.broken(isFirst ? notHoller(this.identity === undefined) : refusal(code));
  }

  lost(): void {
    this.transport.terminate();
    // The network may say so only much later.
    this.closed();
  }

  private flush(nowMs: number): void {
    if (!this.isClosed) this.framed.flush(nowMs);
  }
}

/** What answers does not even begin with a frame: another kind of server, or one with TLS. */
function notHoller(isPlaintext: boolean): Reason {
  const message = isPlaintext
    ? "Something answers there, but not a Holler server without encryption. Leave --plaintext out for one with it."
    : "Something answers there, but it is not a Holler server.";
  return { code: "not-holler", message };
}
