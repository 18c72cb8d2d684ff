/** Which names look alike, by a table of pairs that people would say so of, and of pairs that must both be allowed. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseName } from "../../../lib/protocol/text.ts";
import { createLookalikeIndex } from "../../../lib/server/session/lookalikes.ts";
import vectors from "../../vectors/lookalike-names.json" with { type: "json" };

/** Whether a newcomer's name looks like one in use. */
function isAlike(name: string, used: string): boolean {
  const index = createLookalikeIndex<string>();
  index.add(used, used);
  return index.find(name, () => true) === used;
}

const pairs = (rows: string[][]) =>
  rows.map(([why = "", name = "", used = ""]) => [name, used, why] as const);

test.each(pairs([...vectors.alike, ...vectors.different]))("%s and %s are names (%s)", (name, used) => {
  expect([parseName(name), parseName(used)]).toEqual([name, used]);
});

test.each(pairs(vectors.alike))("%s looks like %s (%s)", (name, used) => {
  expect(isAlike(name, used)).toBe(true);
});

test.each(pairs(vectors.different))("%s does not look like %s (%s)", (name, used) => {
  expect(isAlike(name, used)).toBe(false);
});

describe("the index", () => {
  /** Of letters, marks and digits of any script. */
  const characters = fc
    .integer({ min: 0x21, max: 0x1ffff })
    .map((code) => String.fromCodePoint(code))
    .filter((character) => /[\p{L}\p{M}\p{N}]/u.test(character));
  const names = fc
    .array(characters, { minLength: 1, maxLength: 6 })
    .map((parts) => parseName(parts.join("")) ?? "alice");

  test("finds a name under itself, in upper and in lower case", () => {
    fc.assert(
      fc.property(names, (name) => {
        expect([name, name.toUpperCase(), name.toLowerCase()].map((one) => isAlike(one, name))).toEqual([
          true,
          true,
          true,
        ]);
      }),
    );
  });

  test("finds no name that was deleted, and all others", () => {
    const index = createLookalikeIndex<number>();
    index.add("alice", 1);
    index.add("\u0430lice", 2);
    const found = (isMeant = (_: number) => true) => index.find("aIice", isMeant);
    expect(found()).toBe(1);
    expect(found((holder) => holder !== 1)).toBe(2);
    index.delete("alice", 1);
    expect(found()).toBe(2);
    index.delete("\u0430lice", 2);
    expect(found()).toBeUndefined();
  });
});
