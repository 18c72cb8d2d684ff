/** Texts as strangers send them: ordinary ones in many writing systems, attacks, and random mixtures of both. */
import type { Random } from "../../test/support/random.ts";
import attacks from "../../test/vectors/terminal-attacks.json" with { type: "json" };

const ordinary = [
  "hi",
  "Zoë",
  "e-mail",
  "5 > 3",
  "C:\\temp",
  "\"quoted\" 'words'",
  "NEAR(a b)",
  "a AND NOT b*",
  "col:x",
  "^a",
  "(",
  "-",
  "你好，世界",
  "こんにちは",
  "안녕하세요",
  "안녕".normalize("NFD"),
  "สวัสดีครับ",
  "नमस्ते क्‍ष",
  "سلام علیکم",
  "שָׁלוֹם",
  "Ελλάς",
  "İstanbul",
  "👩‍👩‍👧‍👦",
  "🇫🇷",
  "1️⃣",
  "❤️",
  "👩🏽‍🚀",
  "½ ② ٣",
  "ﬁx ẞ",
  "𝕳𝖔",
] as const;

const pieces = [
  "a",
  "B",
  " ",
  "  ",
  "\t",
  "\n",
  "\r\n",
  "\0",
  "\x1b[",
  "\x1b]",
  "\x07",
  "\x7f",
  "\u009b",
  "\u00a0",
  "\u00ad",
  "\u0301",
  "\u0345",
  "\u061c",
  "\u115f",
  "\u1161",
  "\u11a8",
  "\u180e",
  "\u200b",
  "\u200c",
  "\u200d",
  "\u200e",
  "\u2028",
  "\u202e",
  "\u2066",
  "\u2800",
  "\u3164",
  "\ufe0f",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "\ud83d",
  "\ude00",
  "\u{1f469}",
  "\u{1f3fd}",
  "\u{1f1eb}",
  "\u{e0061}",
  "\u{e0100}",
  "@",
  "/",
  "!",
  '"',
  "\\",
  "*",
  ":",
  "-",
  "_",
  ".",
  "0",
  "9",
] as const;

/** A text of usually few characters. */
export function anyText(random: Random): string {
  const kind = random.below(10);
  if (kind < 4) return random.pick(ordinary);
  if (kind === 4) return attacks[random.below(attacks.length)]?.text.slice(0, 100) ?? "";
  if (kind === 5) return random.pick(pieces).repeat(1 + random.below(random.chance(0.02) ? 3_000 : 20));
  let text = "";
  for (let parts = random.below(8); parts > 0; parts -= 1)
    text += random.chance(0.2)
      ? random.pick(ordinary)
      : random.chance(0.2)
        ? anyChar(random)
        : random.pick(pieces);
  return text;
}

/** Any code point at all, the halves of pairs included. */
export function anyChar(random: Random): string {
  const end = random.pick([0x80, 0x3000, 0x1_0000, 0x11_0000]);
  return String.fromCodePoint(random.below(end));
}

const names = [
  "alice",
  "ALICE",
  "bob",
  "carol",
  "陈伟",
  "Zoë",
  "zoe\u0308",
  "ß",
  "ẞ",
  "dave",
  "no name",
  "",
] as const;

/** Usually one of a few names, so that people meet. */
export function anyName(random: Random): string {
  return random.chance(0.9) ? random.pick(names) : anyText(random);
}

export function anyBytes(random: Random, bytesMax: number): Uint8Array {
  const bytes = new Uint8Array(random.below(bytesMax + 1));
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.below(256);
  return bytes;
}

/** The bytes with a few of them changed, taken out or put in. */
export function spoiled(bytes: Uint8Array, random: Random): Uint8Array {
  const list = Array.from(bytes);
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    const at = random.below(list.length + 1);
    const what = random.below(4);
    if (what === 0) list.splice(at, 1 + random.below(4));
    else if (what === 1) list.splice(at, 0, random.below(256));
    else if (what === 2) list.splice(at);
    else list[Math.min(at, Math.max(0, list.length - 1))] = random.below(256);
  }
  return Uint8Array.from(list);
}
