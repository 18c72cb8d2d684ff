/**
 * Cleans remote text and checks names, so that no remote text can act on a terminal or pass for a line of another
 * person. Applied when text is accepted and again when it is shown.
 */
import { limits } from "./limits.ts";

/** Line breaks of every kind, and tabs: they become one space, so a text can never start a second line. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/**
 * Invisible characters that change how their surroundings are shown: C0 and C1 controls, the bidirectional
 * embeddings, overrides and isolates (UAX #9), zero-width space, word joiner, byte order mark, interlinear
 * annotations, formats of shorthand and music, and the tag block. Zero-width joiner and non-joiner stay: scripts and
 * emoji need them.
 */
const invisible =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}]/gu;

/** Characters that JSON does not escape and that act on a terminal: these, and line separators. */
const actsInJson = new RegExp(`[\u2028\u2029]|${invisible.source}`, "gu");

/**
 * Characters without a width of their own: marks, joiners, selectors, vowels and ends of Hangul syllables. More of them in
 * a row than any script uses would cover the neighbouring lines, or make an endless line that is not seen.
 */
const clinging = String.raw`[\p{M}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7fb]`;
const flood = new RegExp(`(${clinging}{${limits.marksInARowMax}})${clinging}+`, "gu");

/** Only joiners, fillers and blanks, so that nothing is seen; U+2800 is the braille cell without a dot. */
const unseenOnly = /^[\s\u2800\p{Default_Ignorable_Code_Point}]*$/u;

/** A piece of a line that is being typed: nothing in it acts, but blanks at its ends count. */
export function cleanPiece(text: string): string {
  return text.toWellFormed().replace(breaks, " ").replace(invisible, "");
}

/** Remote text as one harmless line: well-formed, without controls, overrides and line breaks; "" when nothing would be seen. */
export function cleanLine(text: string): string {
  const clean = cleanPiece(text).replace(flood, "$1").trim();
  return unseenOnly.test(clean) ? "" : clean;
}

/** The value as one line of JSON in which everything that could act on a terminal is escaped; it means the same. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(actsInJson, (found) =>
    found
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

const namePattern = new RegExp(
  `^[\\p{L}\\p{N}_.-][\\p{L}\\p{M}\\p{N}_.-]{0,${limits.nameCharsMax - 1}}$`,
  "u",
);

/** Letters and marks that are not seen (fillers, variation selectors): with them two names could look alike. */
const unseen = /\p{Default_Ignorable_Code_Point}/u;

/**
 * The name in its one accepted form (NFC, cleaned), or undefined when it is not a name:
 * 1 to 24 letters, digits, `_`, `-` or `.`, of any script.
 */
export function parseName(text: string): string | undefined {
  const name = text.normalize("NFC");
  return cleanLine(name) === name && namePattern.test(name) && !unseen.test(name) ? name : undefined;
}

/** Two names are the same name when their keys are equal: upper and lower case do not differ. */
export function nameKey(name: string): string {
  // Lower case first: otherwise a capital ẞ does not become SS.
  return name.normalize("NFC").toLowerCase().toUpperCase().toLowerCase().normalize("NFC");
}

/** The length of a text in code points, not UTF-16 units. */
export function charCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
