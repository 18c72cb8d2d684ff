/** Checks that a passphrase is one that a person can type, wherever it comes from. */
import { limits } from "./limits.ts";
import { cleanPiece, normalPassphrase } from "./text.ts";

/** What decoders put in the place of bytes that are no text. */
const undecodable = "\ufffd";

/** The passphrase in its normal form; or the problem with it, for brackets. */
export function checkPassphrase(text: string): { passphrase: string } | { problem: string } {
  if (text.includes(undecodable)) return { problem: "it is not in UTF-8" };
  const passphrase = normalPassphrase(text);
  if (passphrase === undefined) {
    const isEmpty = text.trim() === "";
    return { problem: isEmpty ? "it is empty" : `it has more than ${limits.passphraseCharsMax} characters` };
  }
  if (cleanPiece(passphrase) !== passphrase) return { problem: "it has characters that cannot be typed" };
  return { passphrase };
}
