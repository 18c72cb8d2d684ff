/** The key pair by which servers recognise this person: Ed25519 (RFC 8032), made once and stored. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { helloClaim } from "../../protocol/channel-binding.ts";

/** The fields of a hello that prove which key we have. */
export interface Signed {
  key: string;
  signature: string;
}

/** A new private key, as it is kept (PKCS #8 in PEM). */
export function makeKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Whether this is a private key as `makeKey` makes it. */
export function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}

/** Proves on this connection that the key is ours. */
export function signHello(pem: string, binding: Uint8Array): Signed {
  return signWith(createPrivateKey(pem), binding);
}

/**
 * Proves the same without encryption. The key is derived from ours and differs for each place, because an eavesdropper can
 * repeat the signature at another place.
 */
export function signInTheOpen(pem: string, place: string, binding: Uint8Array): Signed {
  const seed = createHash("sha256").update(pem).update(place).digest();
  return signWith(privateKeyOf(seed), binding);
}

function signWith(key: KeyObject, binding: Uint8Array): Signed {
  const { x } = createPublicKey(key).export({ format: "jwk" });
  if (x === undefined) throw new Error("a key without a public half");
  return { key: x, signature: sign(null, helloClaim(binding), key).toString("base64url") };
}

/** What PKCS #8 puts in front of the 32 bytes of a key (RFC 8410). */
const pkcs8Frame = Uint8Array.fromHex("302e020100300506032b657004220420");

function privateKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Frame, seed]), format: "der", type: "pkcs8" });
}
