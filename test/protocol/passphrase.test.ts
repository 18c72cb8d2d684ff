/** Tests which texts are passphrases that a person can type. */
import { expect, test } from "bun:test";
import { checkPassphrase } from "../../lib/protocol/passphrase.ts";

test.each([
  ["loyal afford have skull", "loyal afford have skull"],
  ["  loyal\r\nafford\t\n", "loyal afford"],
  ["\ufeffloyal", "loyal"],
  ["cafe\u0301 ﬁne", "café fine"],
  ["x".repeat(200), "x".repeat(200)],
  ["陈伟 👩‍👩‍👧", "陈伟 👩‍👩‍👧"],
])("%j is the passphrase %j", (text, passphrase) => {
  expect(checkPassphrase(text)).toEqual({ passphrase });
});

test.each([
  ["", "it is empty"],
  [" \u00a0\ufeff", "it is empty"],
  ["x".repeat(201), "it has more than 200 characters"],
  ["caf\ufffd", "it is not in UTF-8"],
  ["a\u0000b", "it has characters that cannot be typed"],
  ["a\u001b]52;b", "it has characters that cannot be typed"],
  ["a\u200bb", "it has characters that cannot be typed"],
])("%j is no passphrase", (text, problem) => {
  expect(checkPassphrase(text)).toEqual({ problem });
});
