/** Adds what a user of the terminal client can do to failures whose sentence comes from elsewhere. */
import { Failure } from "../../base/failure.ts";

const passphraseHint = "Set HOLLER_PASSPHRASE to it.";
const noPassphrase =
  "A passphrase was expected here, but this server asks for none: it is another room, or another server pretends to be it. " +
  "If you know that it has none, unset HOLLER_PASSPHRASE.";

/** The failure with its hint; anything else is returned as it is. */
export function withHint(thrown: unknown): unknown {
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
