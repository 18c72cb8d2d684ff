/** People with keys, for tests that speak the protocol by hand. */
import { makeKey, type Signed, signHello } from "../../lib/client/desktop/key-pair.ts";
import { noChannelBinding } from "../../lib/protocol/channel-binding.ts";
import type { PublicKey } from "../../lib/server/session/identity.ts";

export interface KeyHolder {
  /** By whom a server knows them. */
  readonly person: PublicKey;
  /** What their hello has on a connection with this binding; without one: a plaintext connection. */
  sign(binding?: Uint8Array): Signed;
}

/** Somebody new. */
export function createKeyHolder(): KeyHolder {
  const pem = makeKey();
  const sign = (binding: Uint8Array = noChannelBinding) => signHello(pem, binding);
  return { person: sign().key, sign };
}
