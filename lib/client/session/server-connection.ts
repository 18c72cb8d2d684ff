/** One connection to a server, as the client uses it: messages and voice out, checked messages and voice in. */

import { noChannelBinding } from "../../protocol/channel-binding.ts";
import { refusal } from "../../protocol/errors.ts";
import { createFrameReader, encodeFrame, voiceKind } from "../../protocol/frame.ts";
import { limits } from "../../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { decodeServerMessage, encodeClientMessage } from "../../protocol/messages.ts";
import type { VoiceFrame } from "../../protocol/voice-frame.ts";
import { decodeVoice, encodeVoice } from "../../protocol/voice-frame.ts";
import { createOutbox } from "../../transport/outbox.ts";

/** What a link tells its owner. */
export interface LinkSink {
  message(message: ServerMessage): void;
  voice(frame: VoiceFrame): void;
  /** The connection is gone; `why` when the server said so, or sent what it must not. */
  closed(why?: { code: string; message: string }): void;
}

export interface Link {
  /** The base64url SHA-256 of the server's certificate; undefined in plaintext. */
  identity: string | undefined;
  /** What proofs are bound to on this connection. */
  binding: Uint8Array;
  /** From now on what comes is read. A server that speaks before is none of ours, for it is the client who begins. */
  attach(sink: LinkSink): void;
  send(message: ClientMessage): void;
  /** Late voice is dropped rather than sent. */
  sendVoice(frame: VoiceFrame): void;
  /** Closes at once. */
  close(): void;
}

/** What a link needs of a socket. */
export interface Transport {
  /** Takes what the kernel takes and returns how much that was; below 0: nothing. */
  write(bytes: Uint8Array): number;
  terminate(): void;
}

/** What a socket tells its link. */
export interface TransportSink {
  data(chunk: Uint8Array): void;
  drain(): void;
  closed(): void;
}

/** What answers does not even begin with a frame: another kind of server, or one with TLS. */
function notHoller(isPlaintext: boolean): { code: string; message: string } {
  const message = isPlaintext
    ? "Something answers there, but not a Holler server without encryption. Leave --plaintext out for one with it."
    : "Something answers there, but it is not a Holler server.";
  return { code: "not-holler", message };
}

/** What TLS has shown of a connection. */
export type Secured = Pick<Link, "binding"> & { identity: string };

/** A link over an open socket; without `secured`: plaintext. */
export function createLink(wire: Transport, secured?: Secured): { link: Link; sink: TransportSink } {
  const { identity, binding } = secured ?? { identity: undefined, binding: noChannelBinding };
  const outbox = createOutbox();
  let owner: LinkSink | undefined;
  let why: { code: string; message: string } | undefined;
  let isClosed = false;
  let isFull = false;
  let isHoller = false;

  const reader = createFrameReader(limits.serverBodyBytesMax, {
    frame(kind, body) {
      isHoller = true;
      if (kind === voiceKind) {
        const voice = decodeVoice(body);
        // The body is only lent, and slice() of a Buffer would lend it on: the whole chunk would go to the helper.
        if (voice !== undefined) owner?.voice({ ...voice, payload: new Uint8Array(voice.payload) });
        return;
      }
      const decoded = decodeServerMessage(kind, body);
      if (decoded.type === "error") return breakOff(refusal(decoded.code, { at: decoded.at }));
      if (decoded.type === "unknown") return;
      if (decoded.message.type === "goodbye") why = decoded.message;
      // At once, whatever else we are at: the server wants to know how long it takes.
      if (decoded.message.type === "ping") return link.send({ type: "pong", sent: decoded.message.sent });
      owner?.message(decoded.message);
    },
    error: (code) => breakOff(isHoller ? refusal(code) : notHoller(identity === undefined)),
  });

  function breakOff(refused: { code: string; message: string }): void {
    why = refused;
    reader.stop();
    wire.terminate();
  }

  function flush(): void {
    if (!isClosed && !isFull) isFull = !outbox.flush(wire, performance.now());
  }

  function push(frame: Uint8Array, traffic: "text" | "voice"): void {
    if (!outbox.push(frame, traffic, performance.now())) return breakOff(refusal("too-slow"));
    flush();
  }

  const link: Link = {
    identity,
    binding,
    attach(sink) {
      owner = sink;
      if (isClosed) owner.closed(why);
    },
    send: (message) => push(encodeClientMessage(message), "text"),
    sendVoice: (frame) => push(encodeFrame(voiceKind, encodeVoice(frame)), "voice"),
    close: () => wire.terminate(),
  };
  const sink: TransportSink = {
    data: (chunk) => (owner === undefined ? breakOff(notHoller(identity === undefined)) : reader.push(chunk)),
    drain() {
      isFull = false;
      flush();
    },
    closed() {
      isClosed = true;
      owner?.closed(why);
    },
  };
  return { link, sink };
}
