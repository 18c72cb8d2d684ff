/**
 * What the two ends of one connection prove to each other. Each proof is bound to that very connection by the value that
 * TLS exports of it (RFC 9266), which differs on the two sides of anybody who sits in the middle. Pure.
 */
import { limits } from "./limits.ts";

/** The label of the TLS exporter (RFC 9266, section 2); its context is empty. */
const bindingLabel = "EXPORTER-Channel-Binding";

/** What binds on a plaintext connection: nothing, so that anybody who heard a proof there can repeat it. */
export const noChannelBinding: Uint8Array = new Uint8Array(limits.channelBindingBytes);

/** What binds on this TLS connection, once its handshake is done. The types of Bun do not know what is returned. */
export function channelBindingOf(socket: {
  exportKeyingMaterial(length: number, label: string): unknown;
}): Uint8Array {
  const exported = socket.exportKeyingMaterial(limits.channelBindingBytes, bindingLabel);
  if (exported instanceof Uint8Array) return new Uint8Array(exported);
  throw new Error("TLS exported nothing");
}

const encoder = new TextEncoder();

/** What a client signs with its key (Ed25519), so that the server knows it again. */
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

/** No claim can be taken for one of another kind. */
function claim(what: string, binding: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = encoder.encode(`Holler 1 ${what}\n`);
  const claimed = new Uint8Array(words.length + binding.length);
  claimed.set(words);
  claimed.set(binding, words.length);
  return claimed;
}
