/**
 * Makes lib/protocol/confusables.ts from Unicode's table of characters that look alike:
 * `bun scripts/confusables.ts confusables.txt`. The file is part of UTS #39 (www.unicode.org/Public/security), and of the
 * source of ICU, which every distribution has. Its version is to be the Unicode version of Bun
 * (`process.versions.unicode`), which says what a letter is.
 */
import { orExplain } from "./run.ts";

/** A character, and what it looks like. */
type Row = [source: string, prototype: string];

const made = "lib/protocol/confusables.ts";
const lineCharsMax = 104;

function readRows(text: string): Row[] {
  const characters = (hex: string) =>
    String.fromCodePoint(
      ...hex
        .trim()
        .split(" ")
        .map((code) => Number.parseInt(code, 16)),
    );
  return [...text.matchAll(/^([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA/gm)].map(
    ([, source = "", prototype = ""]): Row => [characters(source), characters(prototype)],
  );
}

/** All characters that names have after NFD or NFKD, and those that a later Unicode may make letters. */
function charactersOfNames(): Set<string> {
  const found = new Set<string>();
  for (let code = 0; code <= 0x10ffff; code += 1) {
    const character = String.fromCodePoint(code);
    if (!/[\p{L}\p{M}\p{N}\p{Cn}_.-]/u.test(character)) continue;
    for (const part of character.normalize("NFD") + character.normalize("NFKD")) found.add(part);
  }
  return found;
}

/** The rows that skeletons of names need: without characters that are decomposed before, and those that NFKD replaces alike. */
function neededRows(rows: Row[]): Row[] {
  const names = charactersOfNames();
  const all = new Map(rows);
  const viaNfkd = (source: string) =>
    [...source.normalize("NFKD")].map((part) => (part === source ? part : (all.get(part) ?? part))).join("");
  return rows.filter(([source, prototype]) => {
    const isReached = names.has(source) && source.normalize("NFD") === source;
    return isReached && viaNfkd(source).normalize("NFD") !== prototype.normalize("NFD");
  });
}

/** Each prototype once, with the characters that look like it: code points in base 36, each less the one before. */
function encode(rows: Row[]): string[] {
  const sources = new Map<string, number[]>();
  for (const [source, prototype] of rows)
    sources.set(prototype, [...(sources.get(prototype) ?? []), source.codePointAt(0) ?? 0]);
  const groups = [...sources].map(([prototype, codes]) => {
    const key = [...prototype].map((one) => (one.codePointAt(0) ?? 0).toString(36)).join("+");
    const sorted = codes.sort((a, b) => a - b);
    const steps = sorted.map((code, index) => (code - (sorted[index - 1] ?? 0)).toString(36));
    return `${key}:${steps.join(",")}`;
  });
  return groups.sort();
}

/** Fills lines; a line ends between two groups, or within one. */
function wrap(groups: string[]): string[] {
  const text = groups.join(" ");
  return text.match(new RegExp(`.{1,${lineCharsMax}}`, "g")) ?? [];
}

async function make(path: string): Promise<void> {
  const text = await Bun.file(path).text();
  const version = /^# Version: (\S+)/m.exec(text)?.[1];
  const copyright = /^# (©.*)$/m.exec(text)?.[1];
  const rows = neededRows(readRows(text));
  if (version === undefined || copyright === undefined || rows.length === 0)
    throw new Error(`${path} is not confusables.txt of Unicode.`);
  const lines = wrap(encode(rows)).map((line) => `  "${line}"`);
  await Bun.write(
    made,
    `/**
 * The characters of names that look like others: confusables.txt of Unicode ${version}, without what names cannot contain and
 * what NFKD replaces alike. Made by scripts/confusables.ts; read by skeleton.ts, which says how. The data are
 * ${copyright}, under the licence in confusables-license.txt beside this file.
 */
export const confusables =
${lines.join(" +\n")};
`,
  );
  console.log(`${made}: ${rows.length} characters of Unicode ${version}.`);
}

const [, , path] = process.argv;
if (path === undefined) throw new Error("Name the file confusables.txt.");
await orExplain(() => make(path));
