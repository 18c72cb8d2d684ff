/** Cleaning and names: the result is harmless, and cleaning it again changes nothing. */
import { limits } from "../../lib/protocol/limits.ts";
import { charCount, cleanLine, cleanPiece, nameKey, parseName, safeJson } from "../../lib/protocol/text.ts";
import { createLookalikeIndex } from "../../lib/server/session/lookalikes.ts";
import { demand, fuzzer, shorter } from "./target.ts";
import { anyName, anyText } from "./texts.ts";

/** Characters that control a terminal, start a line or are half of a pair. */
export const acts = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u;

export const text = fuzzer<string>({
  name: "text",
  wanted: ["cleaned", "left as it was", "nothing left", "a name", "no name"],
  make: (random) => (random.chance(0.3) ? anyName(random) : anyText(random)),
  check(given, seen) {
    const clean = cleanLine(given);
    demand(!acts.test(clean) && clean.isWellFormed(), "nothing in it acts", clean);
    demand(cleanLine(clean) === clean, "is clean", clean);
    demand(clean.trim() === clean && charCount(clean) <= charCount(given), "is no longer", clean);
    demand(!acts.test(cleanPiece(given)), "nothing in a piece acts");
    const json = safeJson({ given });
    demand(!acts.test(json) && JSON.parse(json).given === given, "as JSON means the same", json);
    seen(clean === "" ? "nothing left" : clean === given ? "left as it was" : "cleaned");
    const name = parseName(given);
    seen(name === undefined ? "no name" : "a name");
    if (name === undefined) return;
    demand(parseName(name) === name && cleanLine(name) === name, "a name stays one", name);
    demand(charCount(name) <= limits.nameCharsMax && !/[\s:@/]/.test(name), "a name is a word", name);
    const key = nameKey(name);
    const used = createLookalikeIndex<string>();
    used.add(name, name);
    for (const form of [key, name.toUpperCase(), name.toLowerCase(), name.normalize("NFD")]) {
      demand(nameKey(form) === key, "has one key", name, form, key);
      demand(used.find(form, () => true) === name, "looks like itself", name, form);
    }
  },
  smaller: shorter,
});
