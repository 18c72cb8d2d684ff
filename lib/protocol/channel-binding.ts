/**
 * The proofs that the two ends of a connection give each other. Each proof covers the channel binding of the connection,
 * which TLS exports (RFC 9266): with a man in the middle there are two connections, and two different bindings. Pure.
 */
import { limits } from "./limits.ts";

/** The label of the TLS exporter (RFC 9266, section 2); its context is empty. */
const bindingLabel = "EXPORTER-Channel-Binding";

/** The channel binding of a plaintext connection: always the same, so that a listener can repeat a proof. */
export const noChannelBinding: Uint8Array = new Uint8Array(limits.channelBindingBytes);

/** The channel binding of a TLS connection whose handshake is done. The types of Bun do not say what is returned. */
export function channelBindingOf(socket: {
  exportKeyingMaterial(length: number, label: string): unknown;
}): Uint8Array {
  const exported = socket.exportKeyingMaterial(limits.channelBindingBytes, bindingLabel);
  if (exported instanceof Uint8Array) return new Uint8Array(exported);
  throw new Error("TLS exported nothing");
}

const encoder = new TextEncoder();

/** The bytes that a client signs with its Ed25519 key, by which the server recognises it. */
export function helloClaim(binding: Uint8Array): Uint8Array {
  return claim("hello", binding);
}

/**
 * The proof of one side that it knows the session key of OPAQUE (as that library spells it), in base64url: an HMAC
 * (RFC 2104) with SHA-256 over its claim.
 */
export async function passphraseProof(
  side: "client" | "server",
  sessionKey: string,
  binding: Uint8Array,
): Promise<string> {
  const secret = Uint8Array.fromBase64(sessionKey, { alphabet: "base64url" });
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
  const proof = await crypto.subtle.sign("HMAC", key, claim(`passphrase ${side}`, binding));
  return new Uint8Array(proof).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** The bytes that a proof covers. The first line names the kind, so that a proof is valid for one kind only. */
function claim(kind: string, binding: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(`Holler 1 ${kind}\n`);
  const claimed = new Uint8Array(head.length + binding.length);
  claimed.set(head);
  claimed.set(binding, head.length);
  return claimed;
}
