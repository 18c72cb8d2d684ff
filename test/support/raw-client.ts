/**
 * A client that speaks the bare protocol, without sound, and as broken as a test wants it. By itself it only answers
 * pings, as long as it reads.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { Signed } from "../../lib/client/desktop/key-pair.ts";
import { channelBindingOf, noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import { createFrameReader, encodeFrame, voiceKind } from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { ClientMessage, ServerMessage, ServerMessageOf } from "../../lib/protocol/messages.ts";
import { decodeServerMessage, encodeClientMessage, protocolVersion } from "../../lib/protocol/messages.ts";
import { decodeVoice, encodeVoice, type VoiceFrame } from "../../lib/protocol/voice-frame.ts";
import type { KeyHolder } from "./keys.ts";
import { createTranscript, type Transcript } from "./transcript.ts";

type MessageOf<Type extends ServerMessage["type"]> = ServerMessageOf<Type>;

export interface RawClient extends Disposable {
  readonly socket: Socket;
  readonly messages: readonly ServerMessage[];
  readonly voice: Transcript<VoiceFrame>;
  send(...messages: ClientMessage[]): void;
  /** Writes any bytes. Resolves when they are sent, or when the connection is gone. */
  write(bytes: Uint8Array | string): Promise<void>;
  /** Sends this many frames of a transmission, with a payload that no decoder needs to understand. */
  speak(stream: number, frames: number, from?: number): void;
  next<Type extends ServerMessage["type"]>(
    type: Type,
    fields?: Partial<MessageOf<Type>>,
  ): Promise<MessageOf<Type>>;
  /** The fields with which the hello of this key holder is signed on this connection. */
  signed(holder: KeyHolder): Signed;
  /** The connection is gone. */
  closed: Promise<void>;
  /** Closes the connection without a message. */
  vanish(): void;
}

export interface RawTarget {
  port: number;
  /** How it connects: with TLS, without, or to a TLS server without beginning the handshake. */
  tls?: boolean;
  /** Goes on sending after the server has ended its side of the connection. */
  isStubborn?: boolean;
}

/**
 * Connects, and sends nothing. A server that cuts it off at any moment, also during the TLS handshake, is no error here:
 * `closed` resolves, and `next` fails with all that the server said. Rejects only when no server listens.
 */
export async function connectRaw({ port, tls = false, isStubborn = false }: RawTarget): Promise<RawClient> {
  const at = { host: "127.0.0.1", port, allowHalfOpen: isStubborn };
  const socket = tls ? connectTls({ ...at, rejectUnauthorized: false }) : connectTcp(at);
  const messages = createTranscript<ServerMessage>("raw client");
  const voice = createTranscript<VoiceFrame>("raw client (voice)");
  const closed = Promise.withResolvers<void>();
  const reader = createFrameReader(limits.serverBodyBytesMax, {
    frame(kind, body) {
      if (kind === voiceKind) {
        const frame = decodeVoice(body.slice());
        if (frame !== undefined) voice.add(frame);
        return;
      }
      const decoded = decodeServerMessage(kind, body);
      if (decoded.type !== "message") throw new Error(`the server sent kind ${kind}: ${decoded.type}`);
      if (decoded.message.type === "ping") client.send({ type: "pong", sent: decoded.message.sent });
      messages.add(decoded.message);
    },
    // Bytes of a TLS server that was never spoken to in TLS.
    error: () => reader.stop(),
  });
  socket.on("data", (chunk: Uint8Array) => reader.push(chunk));
  const ready = Promise.withResolvers<void>();
  socket.once(tls ? "secureConnect" : "connect", ready.resolve);
  // A reset is one of the ways to be closed.
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "ECONNREFUSED") ready.reject(error);
  });
  socket.on("close", () => {
    messages.end();
    voice.end();
    closed.resolve();
    ready.resolve();
  });
  await ready.promise;
  const client: RawClient = {
    socket,
    messages: messages.items,
    voice,
    send: (...all) => void socket.write(Buffer.concat(all.map(encodeClientMessage))),
    async write(bytes) {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.write(bytes, () => resolve());
      await Promise.race([promise, closed.promise]);
    },
    speak(stream, frames, from = 0) {
      for (let sequence = from; sequence < from + frames; sequence += 1) {
        const body = encodeVoice({ stream, sequence, capturedAt: sequence * 20_000, payload });
        socket.write(encodeFrame(voiceKind, body));
      }
    },
    async next(type, fields = {}) {
      const fits = (message: ServerMessage): boolean =>
        message.type === type && Bun.deepMatch(fields, message as object);
      return (await messages.next(fits, `${type} ${JSON.stringify(fields)}`)) as MessageOf<typeof type>;
    },
    signed: (holder) => holder.sign(bindingOn(socket)),
    closed: closed.promise,
    vanish: () => void socket.destroy(),
    [Symbol.dispose]: () => void socket.destroy(),
  };
  return client;
}

function bindingOn(socket: Socket): Uint8Array {
  if (!(socket instanceof TLSSocket)) return noChannelBinding;
  // In TLS 1.3 no context is an empty one.
  const none = Buffer.alloc(0);
  return channelBindingOf({
    exportKeyingMaterial: (length, label) => socket.exportKeyingMaterial(length, label, none),
  });
}

/** Connects and joins the room; without a key as a guest. */
export async function joinRaw(
  target: RawTarget,
  name: string,
  voice = true,
  holder?: KeyHolder,
): Promise<RawClient> {
  const client = await connectRaw(target);
  const signed = holder === undefined ? {} : client.signed(holder);
  client.send({ type: "hello", protocol: protocolVersion, name, voice, ...signed });
  await client.next("welcome");
  return client;
}

/** As long as a packet of speech. The server looks at the first byte only, which says 20 ms. */
const payload = new Uint8Array(80).fill(0x78);
