/**
 * Words as the full-text index knows them. Scripts that put no blanks between words are cut into single characters,
 * so that any part of a sentence is found: a word of them is a row of characters. Pure.
 */

const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu;
/** What the index takes for a part of a word: everything else separates words. */
const word = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{M}\p{Co}]*/gu;

/**
 * The text as it is put into the index: its words and nothing else, for the index takes signs that are newer than it
 * (a good part of all emoji) for letters.
 */
export function indexed(text: string): string {
  return wordsIn(text).join(" ");
}

function wordsIn(text: string): string[] {
  return text.replace(unspaced, " $& ").match(word) ?? [];
}

/** So few letters begin very many words: to look at all of those would keep everybody waiting. */
const beginningCharsMin = 3;

/**
 * The question to the index (FTS5 syntax, section 3 of its page): lines with all these words, each as it stands in
 * the beginning of a word, or, if it is very short, as a whole word. Undefined: there is no word in it.
 */
export function question(words: string): string | undefined {
  const parts = words.split(/\s+/u).flatMap((typed) => {
    // A typed word may be several for the index, such as `e-mail`: then they must follow each other.
    const pieces = wordsIn(typed);
    const last = pieces.at(-1);
    if (last === undefined) return [];
    const isBeginning = [...last].length >= beginningCharsMin || last.match(unspaced) !== null;
    return [`"${pieces.join(" ")}"${isBeginning ? "*" : ""}`];
  });
  return parts.length === 0 ? undefined : [...new Set(parts)].join(" AND ");
}
