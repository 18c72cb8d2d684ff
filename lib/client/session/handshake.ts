/** The handshake of a connection: the passphrase, the hello, and the answer of the server. */
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessage, ServerMessage } from "../../protocol/messages.ts";
import { protocolVersion } from "../../protocol/messages.ts";
import type { Clock } from "./clock.ts";
import type { ClosingReason } from "./closing-codes.ts";
import { ConnectionFailure } from "./closing-codes.ts";
import type { OpaqueClient } from "./passphrase-login.ts";
import { unlock } from "./passphrase-login.ts";
import type { ServerConnection, ServerConnectionSink } from "./server-connection.ts";

export type Welcome = Extract<ServerMessage, { type: "welcome" }>;

/** The answer to a hello: we are in, or not, and why. */
export type Answer = "welcome" | ClosingReason;

type Hello = Extract<ClientMessage, { type: "hello" }>;

/** The fields of a hello that prove which key we have. */
export interface HelloSignature {
  key: string;
  signature: string;
}

/** The Ed25519 key by which servers recognise this person. */
export interface SigningKey {
  /** False: it could not be stored, so it is another one each time. */
  isKept: boolean;
  /** Proves on this connection that the key is ours; `place` names the room. */
  sign(link: Pick<ServerConnection, "identity" | "binding">, place: string): Promise<HelloSignature>;
}

/** What we tell a server of ourselves. */
export interface Introduction {
  hello: Omit<Hello, "type" | "protocol" | keyof HelloSignature>;
  sign(link: ServerConnection): Promise<HelloSignature>;
  /** It is proven before the hello, and the server proves it, too. */
  passphrase?: string;
  /** The room is announced as needing one: a server that lets us in without it is not the right one. */
  needsPassphrase?: boolean;
}

export interface HandshakeOptions {
  clock: Clock;
  loadOpaque(): Promise<OpaqueClient>;
  /** We are in: whatever follows on the connection goes to the sink that this returns. */
  onWelcome(link: ServerConnection, welcome: Welcome): ServerConnectionSink;
}

const answerWithinMs = 10_000;

/**
 * Proves the passphrase, if there is one, and says hello. Says nothing where a passphrase is needed and there is none.
 * @throws {ConnectionFailure} `no-answer`; or `in-between`: the passphrase was right, but the connection does not end at
 * the server.
 */
export async function introduce(
  link: ServerConnection,
  introduction: Introduction,
  options: HandshakeOptions,
): Promise<Answer> {
  const { passphrase, needsPassphrase } = introduction;
  if (passphrase === undefined && needsPassphrase) return refusal("passphrase-needed");
  const unlocked = passphrase === undefined ? "proven" : await unlock(link, passphrase, options);
  return unlocked === "proven" ? sayHello(link, introduction, options) : unlocked;
}

async function sayHello(
  link: ServerConnection,
  { hello, sign }: Introduction,
  { clock, onWelcome }: HandshakeOptions,
): Promise<Answer> {
  const signature = await sign(link);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const cancel = clock.after(answerWithinMs, () => {
    reject(new ConnectionFailure({ code: "no-answer" }));
    link.close();
  });
  let owner: ServerConnectionSink | undefined;
  link.attach({
    message(message) {
      if (owner !== undefined) return owner.message(message);
      if (message.type === "goodbye") resolve(message);
      if (message.type !== "welcome") return;
      owner = onWelcome(link, message);
      resolve("welcome");
    },
    voice: (frame) => owner?.voice(frame),
    voiceDropped: () => owner?.voiceDropped?.(),
    closed(why) {
      owner?.closed(why);
      resolve(why ?? { code: "connection-lost", during: "hello" });
    },
  });
  link.send({ type: "hello", protocol: protocolVersion, ...hello, ...signature });
  return promise.finally(cancel);
}
