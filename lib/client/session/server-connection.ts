/** One connection to a server: the client's part around lib/transport/framed-connection.ts, which both programs share. */
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
import type { Clock } from "./clock.ts";
import { every, systemClock } from "./clock.ts";
import type { ClosingReason } from "./closing-codes.ts";

/** The owner of a connection, as the connection calls it. */
export interface ServerConnectionSink {
  /** A checked message; never a ping, which is answered already, and a pong only if it answers a ping of ours. */
  message(message: ServerMessage): void;
  voice(frame: VoiceFrame): void;
  /** A frame of ours was dropped, because the server does not keep up. */
  voiceDropped?(): void;
  /** The connection is gone; `why`: the reason that the server gave, or its violation of the protocol. */
  closed(why?: ClosingReason): void;
}

export interface ServerConnection {
  /** The base64url SHA-256 of the server's certificate; undefined in plaintext. */
  identity: string | undefined;
  /** The channel binding, which every proof on this connection covers. */
  binding: Uint8Array;
  /** Starts reading. A server that sends bytes before is not a Holler server: the client speaks first. */
  attach(sink: ServerConnectionSink): void;
  send(message: ClientMessage): void;
  /** Sends a frame of voice, or drops it if it would arrive too late. */
  sendVoice(frame: VoiceFrame): void;
  /** Closes at once. */
  close(): void;
}

/** The client's side: every Holler server answers pings. */
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
  clock: Clock = systemClock,
): ServerConnection & TransportSink {
  let owner: ServerConnectionSink | undefined;
  let stopHeartbeat: (() => void) | undefined;
  let why: ClosingReason | undefined;
  let isClosed = false;
  const nowMs = (): number => clock.now().monotonicMs;
  /** The first bytes are not a frame: another kind of server answers, or one with TLS. */
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
        // A copy: the body is valid only now. slice() of a Buffer would be a view that keeps the whole chunk in memory.
        if (voice !== undefined) owner?.voice({ ...voice, payload: new Uint8Array(voice.payload) });
      },
      voiceDropped: () => owner?.voiceDropped?.(),
      broken: breakOff,
      badFrame: (code, isFirst) => breakOff(isFirst ? notHoller : refusal(code)),
      lost() {
        transport.terminate();
        // The network may report the end only much later.
        closed();
      },
    },
    nowMs(),
  );

  function breakOff(reason: ClosingReason): void {
    why = reason;
    framed.stopReading();
    transport.terminate();
  }

  function closed(): void {
    if (isClosed) return;
    isClosed = true;
    stopHeartbeat?.();
    owner?.closed(why);
  }

  function flush(atMs: number): void {
    if (!isClosed) framed.flush(atMs);
  }

  return {
    identity,
    binding: transport.channelBinding(),
    attach(sink) {
      owner = sink;
      if (isClosed) return sink.closed(why);
      stopHeartbeat ??= every(clock, checkEveryMs, () => framed.checkHeartbeat(nowMs()));
    },
    send(message) {
      const atMs = nowMs();
      if (message.type === "ping") framed.ping(message.sent, atMs);
      else if (!framed.push(encodeClientMessage(message), atMs)) return breakOff(refusal("too-slow"));
      flush(atMs);
    },
    sendVoice(frame) {
      const atMs = nowMs();
      framed.pushVoice(encodeFrame(voiceKind, encodeVoice(frame)), atMs);
      flush(atMs);
    },
    close: () => transport.terminate(),
    receive(chunk) {
      if (owner === undefined) breakOff(notHoller);
      else framed.receive(chunk, nowMs());
    },
    drained: () => framed.drained(nowMs()),
    closed,
  };
}
