/**
 * Finds names that look like a given one, so that no member passes for another. docs/protocol.md, section 13, has the
 * rule for people; here it is as keys that are looked up, because there may be thousands of names.
 *
 * A name looks like one that is in use when either
 * 1. both have the same shape (the skeleton): `aIice` with a capital I, and `alice`; or
 * 2. it reads as that name, in upper or lower case: `А1iсе`, with Cyrillic letters and a digit, reads as `alice`.
 */
import { skeleton } from "../../protocol/skeleton.ts";
import { nameKey } from "../../protocol/text.ts";

/** Names that are in use, each with its holder. */
export interface LookalikeIndex<Holder> {
  add(name: string, holder: Holder): void;
  delete(name: string, holder: Holder): void;
  /** The first holder of a name that this one looks like, and that `isMeant`. */
  find(name: string, isMeant: (holder: Holder) => boolean): Holder | undefined;
  clear(): void;
}

/** No names yet. */
export function createLookalikeIndex<Holder>(): LookalikeIndex<Holder> {
  const holders = new Map<string, Holder[]>();
  return {
    add(name, holder) {
      for (const key of looksOf(name).keys) {
        const others = holders.get(key);
        if (others === undefined) holders.set(key, [holder]);
        else others.push(holder);
      }
    },
    delete(name, holder) {
      for (const key of looksOf(name).keys) {
        const left = holders.get(key) ?? [];
        const at = left.indexOf(holder);
        if (at >= 0) left.splice(at, 1);
        if (left.length === 0) holders.delete(key);
      }
    },
    find(name, isMeant) {
      for (const key of looksOf(name).lookups) {
        const found = holders.get(key)?.find(isMeant);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    clear: () => holders.clear(),
  };
}

/** Keys of shapes begin with this, so that they differ from readings. */
const shapeMark = "=";

interface Looks {
  /** The keys under which the name is found. Mostly they are one: a shape in lower case is found as a reading, too. */
  keys: ReadonlySet<string>;
  /** The keys that find the names that it looks like. */
  lookups: ReadonlySet<string>;
}

/** The looks of the last name: a hello asks several indexes about one name, and adds it to several. */
let last: { name: string; looks: Looks } | undefined;

function looksOf(name: string): Looks {
  if (last?.name !== name) last = { name, looks: findLooks(name) };
  return last.looks;
}

function findLooks(name: string): Looks {
  const keys = new Set<string>();
  const lookups = new Set<string>();
  for (const form of formsOf(name)) {
    const shape = skeleton(form);
    const lower = nameKey(form);
    // What the name in lower case looks like.
    const read = nameKey(lower === form ? shape : skeleton(lower));
    keys.add(read);
    if (shape !== read) keys.add(shapeMark + shape);
    for (const key of [shapeMark + shape, nameKey(shape), read, ...readingsWithCapitalI(shape)])
      lookups.add(key);
  }
  return { keys, lookups };
}

/**
 * The shape of a capital I is `l`. It is read as an I where capitals are usual: at the beginning of a word, and among
 * capitals. Elsewhere it is not, or `lise` could not come in while `ilse` is there.
 */
function readingsWithCapitalI(shape: string): string[] {
  const initial = shape.replace(/(?<=^|[_.-])l/g, "i");
  const isCapital = /\p{Lu}/u.test(shape) && !/\p{Ll}/u.test(shape.replaceAll("l", ""));
  return [nameKey(initial), ...(isCapital ? [nameKey(shape.replaceAll("l", "i"))] : [])];
}

/** Lines below a letter are read as underlining, also where Unicode has a letter with one. Tatweel only makes a word longer. */
const ornaments = /[\u0320\u0331-\u0333\u0347\u0640]/g;
/** Marks of no script in particular; those of Japanese change the syllable. */
const generalMarks = /(?![\u3099\u309a])[\p{M}&&\p{Script=Inherited}]/gv;

/**
 * The name, and the name without the marks that belong to no letter: those for which Unicode has no letter with the
 * mark. So `a̲lice` looks like `alice`, and `josé` does not look like `jose`.
 */
function formsOf(name: string): string[] {
  if (/^[\w.-]*$/.test(name)) return [name];
  const bare = name.normalize("NFD").replace(ornaments, "").normalize("NFC").replace(generalMarks, "");
  return bare === name || bare === "" ? [name] : [name, bare];
}
