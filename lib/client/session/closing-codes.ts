/** The codes with which a server ends a connection, and what each means for the session. */
import { exitStatus, Failure } from "../../base/failure.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ToldError } from "../api.ts";

/** The same client may reconnect, without any change. */
export const retryableCodes: ReadonlySet<string> = new Set([
  "too-slow",
  "hello-timeout",
  "too-many",
  "too-many-tries",
  "connection-lost",
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

/** The failure that ends the program after the server has refused or removed the client. */
export function refusedFailure({ code, message }: ToldError): Failure {
  const status = refusalCodes.has(code) ? exitStatus.refused : exitStatus.failed;
  return new Failure(cleanLine(code), status, cleanLine(message));
}
