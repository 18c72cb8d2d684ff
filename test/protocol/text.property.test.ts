/** What holds of every text and every name, tried with texts that are made to break it. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { limits } from "../../lib/protocol/limits.ts";
import { charCount, cleanLine, nameKey, parseName } from "../../lib/protocol/text.ts";

const runs = { numRuns: 3_000 };

const between = (first: number, last: number) =>
  fc.integer({ min: first, max: last }).map((point) => String.fromCodePoint(point));

/** Of each kind that may do harm as many as of ordinary letters. */
const hostileChar = fc.oneof(
  between(0x00, 0x1f),
  between(0x7f, 0xa0),
  fc.constantFrom("\u00ad", "\u034f", "\u061c", "\u115f", "\u1160", "\u180e", "\u2800", "\u3164", "\ufeff"),
  between(0x200b, 0x200f),
  between(0x2028, 0x202f),
  between(0x2060, 0x206f),
  between(0xfe00, 0xfe0f),
  between(0x0300, 0x036f),
  between(0x1160, 0x11ff),
  between(0xd800, 0xdfff),
  between(0xe0000, 0xe0fff),
  fc.constantFrom(" ", "\x1b[", "\x1b]52;c;", "\x07", "\u009b2J", "\u{1f469}", "\u{1f3fd}", "\u{1f1eb}"),
);
const anyText = fc.array(
  fc.oneof(
    hostileChar,
    fc.string({ unit: "grapheme", maxLength: 3 }),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  { maxLength: 60 },
);
const text = fc
  .oneof(
    anyText,
    fc.tuple(hostileChar, fc.integer({ min: 1, max: 50 })).map(([char, times]) => [char.repeat(times)]),
  )
  .map((parts) => parts.join(""));

/** Nothing that acts, nothing that starts a line, half of nothing. */
const forbidden =
  /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/u;
const flood = new RegExp(
  `[\\p{M}\\p{Default_Ignorable_Code_Point}\\u1160-\\u11ff\\ud7b0-\\ud7fb]{${limits.marksInARowMax + 1}}`,
  "u",
);

describe("a cleaned text", () => {
  const holds = (what: (clean: string, text: string) => void) =>
    fc.assert(
      fc.property(text, (given) => what(cleanLine(given), given)),
      runs,
    );

  test("is clean", () => holds((clean) => expect(cleanLine(clean)).toBe(clean)));

  test("has nothing forbidden in it", () =>
    holds((clean) => {
      expect(clean).not.toMatch(forbidden);
      expect(clean.isWellFormed()).toBeTrue();
    }));

  test("is one line without blanks around", () =>
    holds((clean) => {
      expect(clean.split(/\r\n|[\n\v\f\r\u0085\u2028\u2029]/)).toEqual([clean]);
      expect(clean.trim()).toBe(clean);
    }));

  test("is no longer than what was sent, and has no flood in it", () =>
    holds((clean, given) => {
      expect(charCount(clean)).toBeLessThanOrEqual(charCount(given));
      expect(clean).not.toMatch(flood);
    }));

  test("has something to see, or nothing at all", () =>
    holds((clean) => {
      if (clean !== "") expect(clean).toMatch(/[^\s\u2800\p{Default_Ignorable_Code_Point}]/u);
    }));

  test("keeps every letter, digit and sign in its order", () =>
    holds((clean, given) => {
      const seen = (what: string) => what.toWellFormed().match(/[\p{L}\p{N}\p{P}\p{S}]/gu) ?? [];
      const solid = (what: string) =>
        seen(what).filter(
          (char) => !/[\u1160-\u11ff\ud7b0-\ud7fb\u2800\p{Default_Ignorable_Code_Point}]/u.test(char),
        );
      expect(solid(clean)).toEqual(solid(given));
    }));
});

describe("ordinary text is left as it is", () => {
  const words = [
    ..."Hello It's grüß naïve Ελλάδα Привет გამარჯობა שָׁלוֹם بِسْمِ می‌خواهم नमस्ते क्‍ष வணக்கம் สวัสดี བཀྲ་ཤིས မင်္ဂလာပါ".split(
      " ",
    ),
    ..."你好 こんにちは カタカナ 안녕하세요 Tiếng 葛󠄀城 👩‍👩‍👧‍👦 👩🏽‍🚀 🇫🇷 🏳️‍🌈 🏴‍☠️ 1️⃣ ❤︎ ❤️ 𝄞 𝕳 https://example.org/?a=1&b=2#c C:\\temp".split(
      " ",
    ),
  ];

  test("in many scripts, composed and not", () => {
    const sentence = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        sentence,
        fc.constantFrom("NFC", "NFD"),
        fc.constantFrom(" ", "\u3000", "\u00a0", ""),
        (all, form, blank) => {
          const whole = all.join(blank).normalize(form);
          expect(cleanLine(whole)).toBe(whole);
        },
      ),
      runs,
    );
  });

  test("every emoji that there is", () => {
    const emoji = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 1 })
      .filter((char) => /\p{RGI_Emoji}/v.test(char));
    fc.assert(
      fc.property(emoji, (one) => expect(cleanLine(`${one}${one}`)).toBe(`${one}${one}`)),
      { numRuns: 200 },
    );
  });
});

describe("a name", () => {
  const letters = fc.constantFrom(..."aAbBßſσΣςiIıİǅﬁéÉ陈नمखक्ا7_.-\u0301\u0308\u0345\u093f\u0345");
  const given = fc.oneof(
    fc.string({ unit: letters, minLength: 1, maxLength: 26 }),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }),
    text,
  );
  const holds = (what: (name: string) => void) =>
    fc.assert(
      fc.property(given, (typed) => {
        const name = parseName(typed);
        if (name !== undefined) what(name);
      }),
      { numRuns: 10_000 },
    );

  test("is composed, clean, one word, and as long as may be", () =>
    holds((name) => {
      expect(name.normalize("NFC")).toBe(name);
      expect(cleanLine(name)).toBe(name);
      expect(name).not.toMatch(/[\s@:/<>]|\p{Default_Ignorable_Code_Point}/u);
      expect(charCount(name)).toBeLessThanOrEqual(limits.nameCharsMax);
      expect(parseName(name)).toBe(name);
    }));

  test("has one key, however it is cased and composed", () =>
    holds((name) => {
      const key = nameKey(name);
      expect(nameKey(key)).toBe(key);
      for (const form of [
        name.toUpperCase(),
        name.toLowerCase(),
        name.normalize("NFD"),
        name.toUpperCase().toLowerCase(),
      ])
        expect(nameKey(form)).toBe(key);
    }));

  test("of one letter has one key, whichever letter it is", () => {
    const wrong: string[] = [];
    for (let point = 0; point <= 0x10_ffff; point += 1) {
      const name = parseName(String.fromCodePoint(point >= 0xd800 && point <= 0xdfff ? 0x61 : point));
      if (name === undefined) continue;
      const keys = [name, nameKey(name), name.toUpperCase(), name.toLowerCase()].map(nameKey);
      if (new Set(keys).size > 1) wrong.push(point.toString(16));
    }
    expect(wrong).toEqual([]);
  });
});
