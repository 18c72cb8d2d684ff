/** By what a server knows this person again: an Ed25519 key (RFC 8032), made once and kept. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import { helloClaim } from "../../protocol/channel-binding.ts";

/** What a hello says of a key. */
export interface Signed {
  key: string;
  signature: string;
}

/** A new private key, as it is kept (PKCS #8 in PEM). */
export function makeKey(): string {
  return generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Whether this is a private key of ours. */
export function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}

/** Shows on this connection that the key is ours. */
export function signHello(pem: string, binding: Uint8Array): Signed {
  return signWith(createPrivateKey(pem), binding);
}

/**
 * The same without encryption, at this place: with another key for each place, made of ours, because whoever hears the
 * signature can repeat it.
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
