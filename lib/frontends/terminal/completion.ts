/** Says what Tab makes of the word before the cursor: a command at the start of the line, or an @name. */
import { cleanLine, nameKey } from "../../protocol/text.ts";

export interface Completion {
  /** Where the word to be replaced begins. */
  start: number;
  /** What it becomes: the only match with a space, or what all matches have in common. */
  text: string;
  /** Everything that fits, when that is more than one thing. */
  choices: string[];
}

/** What Tab does at the end of `left`, the line up to the cursor; undefined when nothing fits. */
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
  const common = choices.reduce(commonStart);
  // What is typed stays when it is spelled differently: `@B` with bob and Bea here is not made shorter.
  return { start, text: common.length > word.length ? common : word, choices };
}

function commonStart(a: string, b: string): string {
  const other = Array.from(b);
  const chars = Array.from(a);
  const differs = chars.findIndex((char, index) => nameKey(char) !== nameKey(other[index] ?? ""));
  return differs === -1 ? a : chars.slice(0, differs).join("");
}
