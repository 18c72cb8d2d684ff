/** The codes with which a connection ends, and what each means for the session. */
import { exitStatus, Failure } from "../../base/failure.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ToldError } from "../api.ts";

/** Why there is no connection, as the client finds it out by itself. The program makes the sentence. */
export type ConnectionError =
  /** The server was reached, but does not answer. */
  | { code: "no-answer" }
  /** The server closed the connection without a reason, before we were in. */
  | { code: "connection-lost"; during: "login" | "hello" }
  /** What answers does not even begin with a frame: another kind of server, or one with TLS. */
  | { code: "not-holler"; isPlaintext: boolean }
  /** The passphrase was right, but the connection does not end at the server. */
  | { code: "in-between" };

/** Why a connection ended: the server's reason comes with its sentence. */
export type ClosingReason = ToldError | ConnectionError;

/** Ends the session for a reason that the client found out by itself; its message is no sentence, only the code. */
export class ConnectionFailure extends Failure {
  constructor(readonly reason: ConnectionError) {
    const isUntrusted = reason.code === "in-between";
    super(reason.code, isUntrusted ? exitStatus.identityChanged : exitStatus.failed, reason.code);
  }
}

/** The server does not let us back in now: our place was given away while we were gone. A place may become free. */
export const keptOutCodes: ReadonlySet<string> = new Set(["room-full", "address-full", "room-locked"]);

/** The first hello met a server that stops, or is busy: the next one may succeed at once. */
export const busyCodes: ReadonlySet<string> = new Set([
  "server-stopped",
  "hello-timeout",
  "too-many",
  // The server has no room for another connection.
  "closed-at-once",
]);

/** Reasons that pass: a client that was in the room may reconnect, without any change. All others are for ever. */
export const retryableCodes: ReadonlySet<string> = new Set([
  ...busyCodes,
  ...keptOutCodes,
  "too-slow",
  "too-many-tries",
  "connection-lost",
  "no-answer",
  // Another program has the port while the server is down.
  "not-holler",
]);

/** The client may reconnect with another passphrase. */
export const passphraseCodes: ReadonlySet<string> = new Set(["passphrase-needed", "wrong-passphrase"]);

/** The server refuses this person, or refuses now: exit status 4. Any other code is a failure: exit status 1. */
const refusalCodes: ReadonlySet<string> = new Set([
  "name-taken",
  "name-invalid",
  "room-full",
  "address-full",
  "room-locked",
  "banned",
  "bad-signature",
  "passphrase-needed",
  "no-passphrase",
  "wrong-passphrase",
  "too-many-tries",
]);

/** The failure that ends the program after the server has refused or removed the client, or the connection has failed. */
export function refusedFailure(reason: ClosingReason): Failure {
  if (!("message" in reason)) return new ConnectionFailure(reason);
  const { code, message } = reason;
  const status = refusalCodes.has(code) ? exitStatus.refused : exitStatus.failed;
  return new Failure(cleanLine(code), status, cleanLine(message));
}
