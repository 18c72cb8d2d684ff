/** Skeletons of names, as UTS #39 defines them. test/server/session/lookalikes.test.ts has the pairs that look alike. */
import { describe, expect, test } from "bun:test";
import { skeleton } from "../../lib/protocol/skeleton.ts";

describe("a skeleton", () => {
  test.each([
    ["ASCII letters that are not confused", "bob_2.x-y", "bob_2.x-y"],
    ["a capital I, a digit one and a zero", "aI10", "allO"],
    ["an m", "mary", "rnary"],
    ["letters of many alphabets", "\u{1d52d}\u{1d4b6}\u1eff\u{1d561}\u{1d552}\u2113", "paypal"],
    ["a composed letter, which is decomposed", "\u00e9", "e\u0301"],
    ["a fullwidth letter that is not in the table", "\uff42", "b"],
    ["a ligature", "\ufb01", "fi"],
    ["an invisible character, which is left out", "al\u200bi\u{e0100}ce", "alice"],
    ["a script without look-alikes", "\u7530\u4e2d", "\u7530\u4e2d"],
  ])("of %s", (_, name, expected) => expect(skeleton(name)).toBe(expected));

  test("is in the order in which a line shows the characters, and marks stay behind their letters", () => {
    expect(skeleton("\u05d2\u05d1\u05d0")).toBe("\u05d0\u05d1\u05d2");
    expect(skeleton("ab\u05d2\u05d1")).toBe("ab\u05d1\u05d2");
    expect(skeleton("\u05d1\u05bc\u05d2")).toBe("\u05d2\u05d1\u05bc");
    expect(skeleton("\u05d2-2\u05d1")).toBe(skeleton("\u05d2\u200f-2\u05d1"));
    expect(skeleton("\u{1e900}\u{1e944}\u{1e901}")).toBe("\u{1e901}\u{1e900}\u{1e944}");
  });
});
