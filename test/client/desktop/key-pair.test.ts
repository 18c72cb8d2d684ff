/** What a server can check of a key, and where it is the same one. */
import { expect, test } from "bun:test";
import { createPublicKey, verify } from "node:crypto";
import { isKey, makeKey, signHello, signInTheOpen } from "../../../lib/client/desktop/key-pair.ts";
import { helloClaim, noChannelBinding } from "../../../lib/protocol/channel-binding.ts";

const binding = new Uint8Array(32).fill(7);
const pem = makeKey();

function isSigned({ key, signature }: { key: string; signature: string }, on: Uint8Array): boolean {
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: key }, format: "jwk" });
  return verify(null, helloClaim(on), publicKey, Buffer.from(signature, "base64url"));
}

test("a signature is valid on its own connection and on no other", () => {
  expect(isSigned(signHello(pem, binding), binding)).toBe(true);
  expect(isSigned(signHello(pem, binding), noChannelBinding)).toBe(false);
  expect(isSigned(signHello(makeKey(), binding), binding)).toBe(true);
});

test("the key is the same at every server with encryption, and differs at each server without", () => {
  const keys = [
    signHello(pem, binding),
    signHello(pem, noChannelBinding),
    signInTheOpen(pem, "here", noChannelBinding),
    signInTheOpen(pem, "here", noChannelBinding),
    signInTheOpen(pem, "there", noChannelBinding),
    signInTheOpen(makeKey(), "here", noChannelBinding),
  ].map(({ key }) => key);
  expect(keys[0]).toBe(keys[1] ?? "");
  expect(keys[2]).toBe(keys[3] ?? "");
  expect(new Set(keys).size).toBe(4);
  expect(isSigned(signInTheOpen(pem, "here", noChannelBinding), noChannelBinding)).toBe(true);
});

test("only an Ed25519 private key is accepted", () => {
  expect(isKey(pem)).toBe(true);
  expect(["", "key", pem.slice(0, 60)].map(isKey)).toEqual([false, false, false]);
});
