/** The handshake of a connection: the passphrase, the hello, and the answer of the server. */
import { refusal } from "../../protocol/errors.ts";
import type { ClientMessageOf, ServerMessageOf } from "../../protocol/messages.ts";
import { protocolVersion } from "../../protocol/messages.ts";
import type { Clock } from "./clock.ts";
import type { ClosingReason } from "./closing-codes.ts";
import { ConnectionFailure } from "./closing-codes.ts";
import type { OpaqueClient } from "./passphrase-login.ts";
import { unlock } from "./passphrase-login.ts";
import type { ServerConnection, ServerConnectionSink } from "./server-connection.ts";

export type Welcome = ServerMessageOf<"welcome">;

/** The answer to a hello: `welcome`, or the refusal. */
export type HelloAnswer = "welcome" | ClosingReason;

type Hello = ClientMessageOf<"hello">;

/** The fields of a hello that prove our key. */
export interface HelloSignature {
  key: string;
  signature: string;
}

/** The Ed25519 key by which servers recognise this person. */
export interface SigningKey {
  /** False: the key could not be stored, so each start makes another one. */
  isKept: boolean;
  /** Proves on this connection that the key is ours; `place` names the room. */
  sign(connection: Pick<ServerConnection, "identity" | "binding">, place: string): Promise<HelloSignature>;
}

/** Everything that we tell a server about ourselves. */
export interface Introduction {
  hello: Omit<Hello, "type" | "protocol" | keyof HelloSignature>;
  sign(connection: ServerConnection): Promise<HelloSignature>;
  /** Both sides prove it before the hello. */
  passphrase?: string;
  /** The room is announced with a passphrase: a server that accepts us without it is not the right one. */
  needsPassphrase?: boolean;
}

export interface HandshakeOptions {
  clock: Clock;
  loadOpaque(): Promise<OpaqueClient>;
  /** The welcome came: everything after it goes to the returned sink. */
  onWelcome(connection: ServerConnection, welcome: Welcome): ServerConnectionSink;
}

const answerTimeoutMs = 10_000;

/**
 * Proves the passphrase, if there is one, and sends the hello. Sends nothing if a passphrase is needed and we have none.
 * @throws {ConnectionFailure} `no-answer`; or `in-between`: the passphrase was right, but the connection does not end at
 * the server.
 */
export async function introduce(
  connection: ServerConnection,
  introduction: Introduction,
  options: HandshakeOptions,
): Promise<HelloAnswer> {
  const { passphrase, needsPassphrase } = introduction;
  if (passphrase === undefined && needsPassphrase) return refusal("passphrase-needed");
  const unlocked = passphrase === undefined ? "proven" : await unlock(connection, passphrase, options);
  return unlocked === "proven" ? sayHello(connection, introduction, options) : unlocked;
}

async function sayHello(
  connection: ServerConnection,
  { hello, sign }: Introduction,
  { clock, onWelcome }: HandshakeOptions,
): Promise<HelloAnswer> {
  const signature = await sign(connection);
  const { promise, resolve, reject } = Promise.withResolvers<HelloAnswer>();
  const cancel = clock.after(answerTimeoutMs, () => {
    reject(new ConnectionFailure({ code: "no-answer" }));
    connection.close();
  });
  let owner: ServerConnectionSink | undefined;
  connection.attach({
    message(message) {
      if (owner !== undefined) return owner.message(message);
      if (message.type === "goodbye") resolve(message);
      if (message.type !== "welcome") return;
      owner = onWelcome(connection, message);
      resolve("welcome");
    },
    voice: (frame) => owner?.voice(frame),
    voiceDropped: () => owner?.voiceDropped?.(),
    closed(why) {
      owner?.closed(why);
      resolve(why ?? { code: "connection-lost", during: "hello" });
    },
  });
  connection.send({ type: "hello", protocol: protocolVersion, ...hello, ...signature });
  return promise.finally(cancel);
}
