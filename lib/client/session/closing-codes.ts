/** The codes with which a server ends a connection, and what each means for the session. */
import { exitStatus, Failure } from "../../base/failure.ts";
import { cleanLine } from "../../protocol/text.ts";
import type { ToldError } from "../api.ts";

/** The same client may come again, without any change. */
export const retryableCodes: ReadonlySet<string> = new Set([
  "too-slow",
  "hello-timeout",
  "too-many",
  "too-many-tries",
  "connection-lost",
]);

/** Another passphrase may help. */
export const passphraseCodes: ReadonlySet<string> = new Set(["passphrase-needed", "wrong-passphrase"]);

/** Not this person, or not now. Any other code is a failure. */
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

/** Ends the program when it is not let in, or thrown out. */
export function refusedFailure({ code, message }: ToldError): Failure {
  const status = refusalCodes.has(code) ? exitStatus.refused : exitStatus.failed;
  return new Failure(cleanLine(code), status, cleanLine(message));
}
