/** Whether the key in a hello is that of whoever says it. */
import { createPublicKey, verify } from "node:crypto";
import { helloClaim } from "../../protocol/channel-binding.ts";

/** Checks an Ed25519 signature (RFC 8032) of the hello of one connection; both are base64url. */
export function isSignedBy(key: string, signature: string | undefined, binding: Uint8Array): boolean {
  if (signature === undefined) return false;
  try {
    const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
    return verify(null, helloClaim(binding), publicKey, Buffer.from(signature, "base64url"));
  } catch {
    // Not every 32 bytes are a key.
    return false;
  }
}
