/** Checks that a client owns the key that it says hello with. */
import { createPublicKey, verify } from "node:crypto";
import { helloClaim } from "../../protocol/channel-binding.ts";

/**
 * Checks an Ed25519 signature (RFC 8032) of the hello of one connection. Key and signature are base64url; a missing or
 * malformed one is false.
 */
export function isSignedBy(key: string, signature: string | undefined, binding: Uint8Array): boolean {
  if (signature === undefined) return false;
  try {
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
    return verify(null, helloClaim(binding), publicKey, Buffer.from(signature, "base64url"));
  } catch {
    // Not every sequence of 32 bytes is a key.
    return false;
  }
}
