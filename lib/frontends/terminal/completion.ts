/** Tab completion of the word before the cursor: a command at the start of the line, or an @name. Pure. */
import { cleanLine, nameKey } from "../../protocol/text.ts";

export interface Completion {
  /** Where the word that is replaced begins, in UTF-16 units. */
  start: number;
  /** The replacement: the only match with a space, or the common prefix of all matches. */
  text: string;
  /** All matches when there are several, else empty. */
  choices: string[];
}

/** The completion at the end of `left`, the line up to the cursor; undefined when nothing matches. */
export function complete(left: string, commands: string[], names: string[]): Completion | undefined {
  const word = /\S*$/u.exec(left)?.[0] ?? "";
  const start = left.length - word.length;
  const atStart = left.slice(0, start).trim() === "";
  if (/^[/!]/.test(word) && atStart) return choose(start, word, commands);
  if (word.startsWith("@"))
    return choose(
      start,
      word,
      names.map((name) => `@${cleanLine(name)}`),
    );
  return undefined;
}

function choose(start: number, word: string, candidates: string[]): Completion | undefined {
  const choices = candidates.filter((candidate) => nameKey(candidate).startsWith(nameKey(word))).sort();
  const [only] = choices;
  if (only === undefined) return undefined;
  if (choices.length === 1) return { start, text: `${only} `, choices: [] };
  const common = choices.reduce(commonPrefix);
  // The completion never removes typed text: `@B` with bob and Bea stays `@B`.
  return { start, text: common.length > word.length ? common : word, choices };
}

function commonPrefix(a: string, b: string): string {
  const other = Array.from(b);
  const chars = Array.from(a);
  const differs = chars.findIndex((char, index) => nameKey(char) !== nameKey(other[index] ?? ""));
  return differs === -1 ? a : chars.slice(0, differs).join("");
}
