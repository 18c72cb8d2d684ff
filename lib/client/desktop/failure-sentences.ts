/** The sentences for failures of a session, with what a user of the terminal client can do. */
import { Failure } from "../../base/failure.ts";
import type { ClosingReason, ConnectionError } from "../session/closing-codes.ts";
import { ConnectionFailure } from "../session/closing-codes.ts";

const passphraseHint = "Set HOLLER_PASSPHRASE to it.";
const noPassphrase =
  "A passphrase was expected here, but this server asks for none: it is another room, or another server pretends to be it. " +
  "If you know that it has none, unset HOLLER_PASSPHRASE.";
const inBetween =
  "The passphrase is right, but the server does not confirm this connection: another machine sits between you and it. " +
  "Nothing was sent. Ask the people who run the network.";

/** The sentence for the end of a connection: the server's own, or one for what the client found out. */
export function reasonSentence(reason: ClosingReason): string {
  return "message" in reason ? reason.message : connectionSentence(reason);
}

function connectionSentence(error: ConnectionError): string {
  switch (error.code) {
    case "no-answer":
      return "The server was reached, but does not answer. Try again later.";
    case "connection-lost":
      return error.during === "hello"
        ? "The server closed the connection at once."
        : "The server closed the connection.";
    case "not-holler":
      return error.isPlaintext
        ? "Something answers there, but not a Holler server without encryption. Leave --plaintext out for one with it."
        : "Something answers there, but it is not a Holler server.";
    case "in-between":
      return inBetween;
  }
}

/** The failure with its sentence, and with a hint where there is one; anything else is returned as it is. */
export function withSentence(thrown: unknown): unknown {
  if (thrown instanceof ConnectionFailure)
    return new Failure(thrown.code, thrown.status, connectionSentence(thrown.reason));
  if (!(thrown instanceof Failure)) return thrown;
  const { code, status, message } = thrown;
  switch (code) {
    case "passphrase-needed":
    case "wrong-passphrase":
      return new Failure(code, status, `${message} ${passphraseHint}`);
    case "no-passphrase":
      return new Failure(code, status, noPassphrase);
    default:
      return thrown;
  }
}
