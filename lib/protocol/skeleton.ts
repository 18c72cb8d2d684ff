/**
 * The skeleton of a name: two names with one skeleton look alike (UTS #39, section 4, `skeleton`). It serves for
 * comparing, and is never shown.
 */
import createBidi from "bidi-js";
import { confusables } from "./confusables.ts";

/** Characters of scripts that are written from right to left: their blocks, assigned or not. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
const ignorable = /\p{Default_Ignorable_Code_Point}/gu;
const plain = /^[\0-\x7f]*$/;

/** What each character looks like; read from the table at the first use. */
let prototypes: ReadonlyMap<string, string> | undefined;
let bidi: ReturnType<typeof createBidi> | undefined;

/**
 * The skeleton of a text without line breaks, brackets and controls, such as a name. Beyond UTS #39, a character that is
 * not in its table looks like its compatibility decomposition (NFKD): the table has ａ, but not ｂ.
 */
export function skeleton(text: string): string {
  const shown = rightToLeft.test(text) ? displayOrder(text) : text;
  const looks = Array.from(shown.normalize("NFD").replace(ignorable, ""), prototypeOf).join("");
  return plain.test(looks) ? looks : looks.normalize("NFD");
}

function prototypeOf(character: string): string {
  prototypes ??= readTable();
  const prototype = prototypes.get(character);
  if (prototype !== undefined) return prototype;
  const simple = plain.test(character) ? character : character.normalize("NFKD");
  return simple === character ? character : Array.from(simple, prototypeOf).join("");
}

/** The table is groups of `PROTOTYPE:SOURCES`, all of them code points in base 36; each source less the one before. */
function readTable(): ReadonlyMap<string, string> {
  const codeOf = (digits: string) => Number.parseInt(digits, 36);
  const table = new Map<string, string>();
  for (const group of confusables.split(" ")) {
    const [key = "", steps = ""] = group.split(":");
    const prototype = String.fromCodePoint(...key.split("+").map(codeOf));
    let source = 0;
    for (const step of steps.split(",")) {
      source += codeOf(step);
      table.set(String.fromCodePoint(source), prototype);
    }
  }
  return table;
}

/** The characters from left to right, as a line that begins on the left shows them (UAX #9, rules L2 and L3). */
function displayOrder(text: string): string {
  bidi ??= createBidi();
  const clusters = text.match(/\P{M}\p{M}*|\p{M}+/gu) ?? [];
  // Marks have the level of their base. The library knows classes of one UTF-16 unit, so others stand for them.
  const stand = clusters
    .map(([first = ""]) =>
      first.length === 1 ? first : rightToLeft.test(first) ? "\u05d0" : /\p{N}/u.test(first) ? "1" : "a",
    )
    .join("");
  const levels = bidi.getEmbeddingLevels(stand, "ltr");
  return bidi
    .getReorderedIndices(stand, levels)
    .map((index) => clusters[index])
    .join("");
}
