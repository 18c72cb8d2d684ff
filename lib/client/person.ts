/** By what a server knows this person again: another word for each server, so that none can pass for us at another. */

/** What to tell a server of this identity, or, without encryption, at this place; `seed` stays here. */
export function secretFor(seed: string, server: string): string {
  const hash = new Bun.CryptoHasher("sha256").update(`${seed}:${server}`).digest();
  return new Uint8Array(hash).toBase64({ alphabet: "base64url", omitPadding: true });
}
