/** Brings a passphrase into its normal form, and checks that it is one that a person can type. */
import { limits } from "./limits.ts";
import { charCount, cleanPiece } from "./text.ts";

/** What decoders put in the place of bytes that are no text. */
const undecodable = "\ufffd";

/** The normal form of what a person typed (NFKC, single spaces); undefined when it is empty or far too long. */
export function normalPassphrase(text: string): string | undefined {
  const normal = text.normalize("NFKC").replace(/\s+/gu, " ").trim();
  return normal === "" || charCount(normal) > limits.passphraseCharsMax ? undefined : normal;
}

/** The normal form of what was read from a file or a variable; or the problem with it, for brackets. */
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
