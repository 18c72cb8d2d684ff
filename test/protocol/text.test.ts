/** Hostile text loses what makes it hostile, and the text of every script passes through unharmed. */
import { describe, expect, test } from "bun:test";
import { limits } from "../../lib/protocol/limits.ts";
import { charCount, cleanLine, nameKey, parseName } from "../../lib/protocol/text.ts";

const hostile: [what: string, text: string, cleaned: string][] = [
  ["colour", "\x1b[31mred\x1b[0m", "[31mred[0m"],
  ["clearing the screen", "\x1b[2J\x1b[H", "[2J[H"],
  ["a title", "\x1b]0;pwned\x07", "]0;pwned"],
  ["a link (OSC 8)", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "]8;;http://x\\here]8;;\\"],
  ["the clipboard (OSC 52)", "\x1b]52;c;cHduZWQ=\x07", "]52;c;cHduZWQ="],
  ["C1 in place of ESC [", "\u009b2J", "2J"],
  ["C1 strings", "\u0090q\u009c \u009dx\u009c", "q x"],
  ["NUL, backspace, delete", "a\0b\bc\x7fd", "abcd"],
  ["a carriage return over the name", "hi\rbob: bye", "hi bob: bye"],
  ["line feeds", "one\ntwo\r\n\r\nthree", "one two three"],
  ["line breaks of Unicode", "a\u0085b\u2028c\u2029d", "a b c d"],
  ["tabs, vertical ones, form feeds", "a\tb\vc\fd", "a b c d"],
  ["a bidirectional override", "abc\u202etxt.exe", "abctxt.exe"],
  ["embeddings", "\u202aa\u202bb\u202cc\u202d", "abc"],
  ["isolates", "\u2066a\u2067b\u2068c\u2069", "abc"],
  ["marks of direction", "a\u200eb\u200fc\u061cd", "abcd"],
  ["zero-width space and word joiner", "pass\u200bword\u2060s", "passwords"],
  ["a byte order mark", "\ufeffhi", "hi"],
  ["annotations", "\ufff9a\ufffab\ufffbc", "abc"],
  ["tags", "a\u{e0001}\u{e0062}\u{e007f}b", "ab"],
  ["deprecated formats", "a\u206ab\u206fc", "abc"],
  ["a lone high surrogate", "a\ud83db", "a\ufffdb"],
  ["a lone low surrogate", "\udc00", "\ufffd"],
  ["a pair that only removal would make", "\ud83d\u200b\ude00", "\ufffd\ufffd"],
  ["a flood of marks", `Z${"\u0301".repeat(500)}`, `Z${"\u0301".repeat(limits.marksInARowMax)}`],
  ["a flood with gaps", `Z${"\u0301\u200b".repeat(50)}`, `Z${"\u0301".repeat(limits.marksInARowMax)}`],
  ["a flood of joiners", `a${"\u200d".repeat(4_000)}b`, `a${"\u200d".repeat(limits.marksInARowMax)}b`],
  [
    "a flood of everything that clings",
    `a${"\u200d\u0301\ufe0f\u00ad".repeat(9)}b`,
    "a\u200d\u0301\ufe0f\u00ad\u200d\u0301\ufe0f\u00adb",
  ],
  [
    "a flood of Hangul vowels",
    `\u1100${"\u1161".repeat(99)}`,
    `\u1100${"\u1161".repeat(limits.marksInARowMax)}`,
  ],
  ["nothing but joiners", "\u200d".repeat(4_000), ""],
  ["nothing but blanks of every kind", "\u3164 \u2800\u115f\u00ad \ufe0f\u180e\u{e0100}", ""],
  ["formats of music and shorthand", "a\u{1d173}b\u{1bca0}c", "abc"],
  ["the rest of the tag block", "a\u{e0080}b\u{e0fff}c", "abc"],
  ["blanks around", "  \u3000 hi \u00a0 ", "hi"],
  ["nothing but controls", "\x1b\x07\u200b\n\t", ""],
];

const good: [what: string, text: string][] = [
  ["English", "It's 5 > 3 && true — “fine”…"],
  ["a path and an address", "C:\\temp\\x /usr/bin https://example.org/?a=1&b=2#c"],
  ["a family", "👩‍👩‍👧‍👦"],
  ["professions in their colours", "👩🏽‍🚀 🧑🏿‍💻"],
  ["flags and keycaps", "🇫🇷 🏳️‍🌈 🏴‍☠️ 1️⃣"],
  ["a heart as text and as picture", "❤︎ ❤️"],
  ["Persian with its non-joiner", "می‌خواهم کتاب‌ها را بخوانم"],
  ["Arabic with its vowels", "ٱلسَّلَامُ عَلَيْكُمْ"],
  ["Hebrew with points and accents", "בְּרֵאשִׁ֖ית בָּרָ֣א"],
  ["Hindi with joiners", "नमस्ते क्‍ष श्री"],
  ["Tamil", "வணக்கம்"],
  ["Thai", "สวัสดีครับ ที่นี่"],
  ["Tibetan", "བཀྲ་ཤིས་བདེ་ལེགས།"],
  ["Burmese", "မင်္ဂလာပါ"],
  ["Chinese", "你好，世界！　再见。"],
  ["Japanese", "こんにちは、カタカナ、ﾊﾝｶｸ"],
  ["a Japanese name in its own variant", "葛󠄀城市"],
  ["Korean", "안녕하세요"],
  ["Korean in pieces", "안녕하세요 값".normalize("NFD")],
  ["Old Korean", "\u1112\u119e\u11ab \ud7b0\ud7cb"],
  ["Mongolian with its separators", "ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ᠎᠎ᠠ᠋"],
  ["Arabic letters joined without a ligature", "ل\u200d\u200c\u200dا"],
  ["Vietnamese, composed and not", "Tiếng Việt Tiếng Việt".normalize("NFD")],
  ["Greek, Cyrillic, Georgian", "Καλημέρα Привет გამარჯობა"],
  ["music beyond the first plane", "𝄞 𝕳𝖔𝖑𝖑𝖊𝖗"],
];

describe("cleaning", () => {
  test.each(hostile)("%s", (_, text, cleaned) => expect(cleanLine(text)).toBe(cleaned));

  test.each(good)("leaves %s as it is", (_, text) => expect(cleanLine(text)).toBe(text));

  test("twice is cleaning once", () => {
    for (const [, text] of [...hostile, ...good]) {
      expect(cleanLine(cleanLine(text))).toBe(cleanLine(text));
      expect(cleanLine(cleanLine(`${text} ${text}`))).toBe(cleanLine(`${text} ${text}`));
    }
  });

  test("leaves no control of any kind, whatever stands around it", () => {
    const everyUnit = Array.from({ length: 0x1_0000 }, (_, unit) => String.fromCharCode(unit));
    const acts = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
    expect(everyUnit.filter((unit) => acts.test(cleanLine(`a${unit}b`)))).toEqual([]);
  });
});

describe("a name", () => {
  const accepted = ["a", "alice", "Zoë", "陈伟", "अनिता", "สมชาย", "محمد", "-x-", "_", "...", "7", "𝒜lice"];
  test.each(accepted)("%s", (name) => expect(parseName(name)).toBe(name.normalize("NFC")));

  test("of 24 characters, whatever they weigh", () => {
    expect(parseName("𝒜".repeat(24))).toBe("𝒜".repeat(24));
    expect(parseName("𝒜".repeat(25))).toBeUndefined();
  });

  test("is composed", () => expect(parseName("Zoe\u0308")).toBe("Zoë"));

  test("is counted once it is composed", () => {
    expect(parseName("e\u0301".repeat(24))).toBe("é".repeat(24));
  });

  const refused: [what: string, name: string][] = [
    ["nothing", ""],
    ["a blank", " "],
    ["two words", "al ice"],
    ["a blank before", " alice"],
    ["a blank behind", "alice "],
    ["an at sign", "@bob"],
    ["a slash", "a/b"],
    ["a colon, as in a line that somebody says", "bob:"],
    ["angle brackets", "<bob>"],
    ["emoji", "🐈"],
    ["a line break", "bob\n"],
    ["an escape", "\x1b[31mbob"],
    ["an override", "bob\u202e"],
    ["a zero-width space", "b\u200bob"],
    ["a zero-width joiner", "b\u200dob"],
    ["a lone surrogate", "bob\ud83d"],
    ["only a mark", "\u0301"],
    ["a mark first", "\u0301bob"],
    ["a flood of marks", `b${"\u0336".repeat(9)}`],
    ["a variation selector", "bob\ufe0f"],
    ["a variation selector of the second kind", "bob\u{e0100}"],
    ["a grapheme joiner", "b\u034fob"],
    ["a letter nobody sees (Hangul filler)", "\u3164"],
    ["a letter nobody sees behind a name", "bob\uffa0"],
    ["a conjoining filler", "\u115fbob"],
    ["a Mongolian selector", "bob\u180b"],
    ["an inherent vowel of Khmer", "bob\u17b4"],
    ["a soft hyphen", "b\u00adob"],
  ];
  test.each(refused)("is not %s", (_, name) => expect(parseName(name)).toBeUndefined());
});

describe("two names are one person's", () => {
  const same: [string, string][] = [
    ["alice", "ALICE"],
    ["Zoë", "zoe\u0308".toUpperCase()],
    ["straße", "STRASSE"],
    ["straße", "STRAẞE"],
    ["ΣΊΣΥΦΟΣ", "σίσυφος"],
    ["Привет", "ПРИВЕТ"],
    ["ǆ", "ǅ"],
  ];
  test.each(same)("%s and %s", (a, b) => expect(nameKey(a)).toBe(nameKey(b)));

  test("but not these", () => {
    expect(nameKey("bob")).not.toBe(nameKey("bob."));
    expect(nameKey("zoe")).not.toBe(nameKey("zoë"));
  });

  test("and the key of a key is the key", () => {
    for (const name of ["Straße", "ΣΊΣΥΦΟΣ", "İstanbul", "ǅ", "陈伟", "ﬁx"]) {
      expect(nameKey(nameKey(name))).toBe(nameKey(name));
    }
  });
});

test("characters are counted as people count code points", () => {
  expect(charCount("")).toBe(0);
  expect(charCount("Zoë")).toBe(3);
  expect(charCount("陈伟")).toBe(2);
  expect(charCount("😀")).toBe(1);
  expect(charCount("\ud83d")).toBe(1);
});
