/** The fingerprint words of a key, which two people can compare aloud: docs/protocol.md, section 9. */
import { words } from "../../protocol/word-list.ts";

const wordCount = 6;
const bitsPerWord = 11;

/** Six words for a public key in base64url: the first 66 bits of its SHA-256. */
export function wordsOf(key: string): string {
  const bytes = Uint8Array.fromBase64(key, { alphabet: "base64url" });
  const hash = new Uint8Array(new Bun.CryptoHasher("sha256").update(bytes).digest());
  const bits = Array.from(hash, (byte) => byte.toString(2).padStart(8, "0")).join("");
  const numbers = Array.from({ length: wordCount }, (_, index) =>
    Number.parseInt(bits.slice(index * bitsPerWord, (index + 1) * bitsPerWord), 2),
  );
  return numbers.map((number) => words[number]).join(" ");
}
