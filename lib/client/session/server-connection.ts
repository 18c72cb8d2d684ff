/** One connection to a server: what the client does with it beside what both programs do (framed-connection.ts). */

import { refusal } from "../../protocol/errors.ts";
import { encodeFrame, voiceKind } from "../../protocol/frame.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { decodeServerMessage, encodeClientMessage } from "../../protocol/messages.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import { decodeVoice, encodeVoice } from "../../protocol/voice-frame.ts";
import type { Side } from "../../transport/framed-connection.ts";
import { FramedConnection } from "../../transport/framed-connection.ts";
import { checkEveryMs } from "../../transport/heartbeat.ts";
import type { Transport, TransportSink } from "../../transport/transport.ts";
import type { ClosingReason } from "./closing-codes.ts";

/** What a connection tells its owner. */
export interface ServerConnectionSink {
  /** A checked message. Of pongs only those that answer a ping of ours, and no ping, which is answered already. */
  message(message: ServerMessage): void;
  voice(frame: VoiceFrame): void;
  /** A frame of ours was dropped, because the server does not keep up. */
  voiceDropped?(): void;
  /** The connection is gone; `why` when the server said so, or sent what it must not. */
  closed(why?: ClosingReason): void;
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
  let owner: ServerConnectionSink | undefined;
  let heartbeat: ReturnType<typeof setInterval> | undefined;
  let why: ClosingReason | undefined;
  let isClosed = false;
  const notHoller: ClosingReason = { code: "not-holler", isPlaintext: identity === undefined };

  const framed = new FramedConnection<ServerMessage>(
    transport,
    side,
    {
      message(message) {
        if (message.type === "goodbye") why = message;
        owner?.message(message);
      },
      voice(body) {
        const voice = decodeVoice(body);
        // A copy: the body is valid only now. slice() of a Buffer would be a view, and hold on to the whole chunk.
        if (voice !== undefined) owner?.voice({ ...voice, payload: new Uint8Array(voice.payload) });
      },
      voiceDropped: () => owner?.voiceDropped?.(),
      broken: breakOff,
      badFrame: (code, isFirst) => breakOff(isFirst ? notHoller : refusal(code)),
      lost() {
        transport.terminate();
        // The network may say so only much later.
        closed();
      },
    },
    performance.now(),
  );

  function breakOff(reason: ClosingReason): void {
    why = reason;
    framed.stopReading();
    transport.terminate();
  }

  function closed(): void {
    if (isClosed) return;
    isClosed = true;
    clearInterval(heartbeat);
    owner?.closed(why);
  }

  function flush(nowMs: number): void {
    if (!isClosed) framed.flush(nowMs);
  }

  return {
    identity,
    binding: transport.channelBinding(),
    attach(sink) {
      owner = sink;
      if (isClosed) return sink.closed(why);
      heartbeat ??= setInterval(() => framed.checkHeartbeat(performance.now()), checkEveryMs);
    },
    send(message) {
      const nowMs = performance.now();
      if (message.type === "ping") framed.ping(message.sent, nowMs);
      else if (!framed.push(encodeClientMessage(message), nowMs)) return breakOff(refusal("too-slow"));
      flush(nowMs);
    },
    sendVoice(frame) {
      const nowMs = performance.now();
      framed.pushVoice(encodeFrame(voiceKind, encodeVoice(frame)), nowMs);
      flush(nowMs);
    },
    close: () => transport.terminate(),
    receive(chunk) {
      if (owner === undefined) breakOff(notHoller);
      else framed.receive(chunk, performance.now());
    },
    drained: () => framed.drained(performance.now()),
    closed,
  };
}
