/** Tests that HOLLER_PASSPHRASE is used as it was meant, or refused. */
import { expect, test } from "bun:test";
import { passphraseOfEnvironment } from "../../lib/cli/passphrase.ts";

test("a variable that is not set gives no passphrase", () => {
  expect(passphraseOfEnvironment({})).toBeUndefined();
});

test("a passphrase is read in its normal form", () => {
  expect(passphraseOfEnvironment({ HOLLER_PASSPHRASE: " loyal \t afford " })).toBe("loyal afford");
});

test.each([
  ["", "it is empty"],
  [" \t\n", "it is empty"],
  ["x".repeat(201), "it has more than 200 characters"],
  ["caf\ufffd", "it is not in UTF-8"],
  ["loyal\u001b[A", "it has characters that cannot be typed"],
])("a variable that is set but holds no passphrase is refused: %j", (given, problem) => {
  const reading = () => passphraseOfEnvironment({ HOLLER_PASSPHRASE: given });
  const message = `HOLLER_PASSPHRASE cannot be used (${problem}). Set it to the passphrase of the room, or unset it.`;
  expect(reading).toThrow(expect.objectContaining({ code: "passphrase", status: 2, message }));
});
