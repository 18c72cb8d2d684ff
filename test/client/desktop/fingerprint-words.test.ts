/** The words for a key, as docs/protocol.md says them: made here a second time, from the letter of the page. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { wordsOf } from "../../../lib/client/desktop/fingerprint-words.ts";
import { words } from "../../../lib/protocol/word-list.ts";

const vectors = [
  ["HJb9tJpEnxJ_ZAHaoa4eRp-9GrubvtTFr5tsDFjLjpE", "loyal afford have skull news brown"],
  ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "grid duck problem valid cloth roof"],
  ["__________________________________________8", "question rack talk bus change quit"],
] as const;
test.each(vectors)("the words of the key %s are the golden ones", (key, expected) => {
  expect(wordsOf(key)).toBe(expected);
});

test("the words of a key are the first 66 bits of its SHA-256, 11 bits a word", () => {
  for (let round = 0; round < 200; round += 1) {
    const key = createHash("sha256").update(String(round)).digest();
    const hash = createHash("sha256").update(key).digest("hex");
    let number = BigInt(`0x${hash}`) >> 190n;
    const expected: string[] = [];
    for (; expected.length < 6; number >>= 11n) expected.unshift(words[Number(number & 2_047n)] ?? "");
    expect(wordsOf(key.toString("base64url"))).toBe(expected.join(" "));
  }
});

test("the list of words is that of BIP 39", () => {
  expect([words.length, words[0], words[2_047]]).toEqual([2_048, "abandon", "zoo"]);
});
