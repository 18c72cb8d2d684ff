/**
 * Turns text into the words of the full-text index, and typed words into a query of it (FTS5). Pure.
 *
 * Scripts that put no blanks between words are cut into single characters, so that any part of a sentence is found: a
 * word of these scripts is a phrase of characters.
 */

const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu;
/** The characters that the tokenizer `unicode61` takes for a part of a word; all others separate words. */
const word = /[\p{L}\p{N}\p{Co}][\p{L}\p{N}\p{M}\p{Co}]*/gu;

/**
 * The words of a text, as they are put into the index. Other characters are left out, because the tokenizer takes those
 * that are newer than itself, such as many emoji, for letters.
 */
export function indexedText(text: string): string {
  return wordsIn(text).join(" ");
}

function wordsIn(text: string): string[] {
  return text.replace(unspaced, " $& ").match(word) ?? [];
}

/** The shortest prefix: a shorter one matches too many words, and the query would delay the whole room. */
const prefixCharsMin = 3;

/**
 * The FTS5 query (section 3 of its documentation) for lines with all these words. A word matches as a prefix, or as a
 * whole word when it is shorter than three characters. Undefined: the text has no word in it.
 */
export function ftsQuery(words: string): string | undefined {
  const parts = words.split(/\s+/u).flatMap((typed) => {
    // A typed word such as `e-mail` may be several words of the index, which must follow each other.
    const pieces = wordsIn(typed);
    const last = pieces.at(-1);
    if (last === undefined) return [];
    const isPrefix = [...last].length >= prefixCharsMin || last.match(unspaced) !== null;
    return [`"${pieces.join(" ")}"${isPrefix ? "*" : ""}`];
  });
  return parts.length === 0 ? undefined : [...new Set(parts)].join(" AND ");
}
