/** Makes values from the schemas themselves: valid ones, and ones with a single mistake. */
import type * as v from "valibot";
import type { Random } from "../../test/support/random.ts";
import { anyText } from "./texts.ts";

/** The parts of a valibot schema, or of an action in its pipe, that are read here. */
interface Part {
  type: string;
  requirement?: unknown;
  entries?: Record<string, Part>;
  item?: Part;
  options?: unknown[];
  wrapped?: Part;
  literal?: unknown;
  pipe?: Part[];
  fallback?: unknown;
}

/** Makes a field of this name, in place of a value that its schema alone would give. It must be valid. */
export type Hints = Record<string, ((random: Random) => unknown) | undefined>;

export interface Maker {
  good(random: Random): unknown;
  /** Undefined: every value is valid. */
  bad: ((random: Random) => unknown) | undefined;
}

const wrongTypes: Record<string, unknown[]> = {
  string: [null, 1, true, {}, []],
  number: [null, "1", true, {}, [], ""],
  boolean: [null, 0, "true", {}],
  picklist: [null, 0, "none of these", "", {}],
  literal: [null, "none of these", {}],
  array: [null, 1, "[]", {}],
  object: [null, 1, "{}", true],
};

/** Lists are mostly short; the longest ones are made rarely, because they are slow. */
const longest = 0.003;

const oneOf = <Item>(random: Random, items: readonly Item[]): Item | undefined =>
  items[random.below(items.length)];

/** A maker of values for this schema. @throws {Error} when the schema has a part that this file does not know. */
export function makerOf(schema: v.GenericSchema, hints: Hints = {}): Maker {
  return maker(schema as unknown as Part, hints);
}

function maker(part: Part, hints: Hints): Maker {
  const made = makerByType(part, hints);
  // An invalid value is replaced by the fallback.
  return "fallback" in part ? { ...made, bad: undefined } : made;
}

function makerByType(part: Part, hints: Hints): Maker {
  switch (part.type) {
    case "object":
    case "strict_object":
    case "loose_object":
      return objectMaker(part, hints);
    case "optional":
    case "exact_optional":
      return maker(part.wrapped ?? part, hints);
    case "array":
      return arrayMaker(part, hints);
    case "string":
      return stringMaker(part);
    case "number":
      return numberMaker(part);
    case "boolean":
      return { good: (random) => random.chance(0.5), bad: wrong(part.type) };
    case "picklist":
      return { good: (random) => oneOf(random, part.options ?? []), bad: wrong(part.type) };
    case "literal":
      return { good: () => part.literal, bad: wrong(part.type) };
    case "variant":
    case "union": {
      const makers = (part.options ?? []).map((option) => maker(option as Part, hints));
      return { good: (random) => oneOf(random, makers)?.good(random), bad: wrong("object") };
    }
    default:
      throw new Error(`scripts/fuzz/schema.ts does not know how to make a ${part.type}; teach it`);
  }
}

const wrong = (type: string) => (random: Random) => oneOf(random, wrongTypes[type] ?? [null]);

function objectMaker({ entries = {} }: Part, hints: Hints): Maker {
  const fields = Object.entries(entries).map(([name, part]) => {
    const made = maker(part, hints);
    const good = hints[name] ?? made.good;
    return {
      name,
      good,
      bad: made.bad,
      isOptional: /optional/.test(part.type),
      hasFallback: "fallback" in part,
    };
  });
  const good = (random: Random): Record<string, unknown> => {
    const value: Record<string, unknown> = {};
    for (const { name, good, isOptional } of fields)
      if (!isOptional || random.chance(0.5)) value[name] = good(random);
    return value;
  };
  const breakable = fields.filter(
    ({ bad, isOptional, hasFallback }) => bad !== undefined || !(isOptional || hasFallback),
  );
  return {
    good,
    bad(random) {
      const field = random.chance(0.1) ? undefined : oneOf(random, breakable);
      if (field === undefined) return wrong("object")(random);
      const value = good(random);
      if (field.bad === undefined || (!field.isOptional && random.chance(0.25))) delete value[field.name];
      else value[field.name] = field.bad(random);
      return value;
    },
  };
}

/** The requirements of the actions in a pipe, by their names; the first part of a pipe may be a pipe itself. */
function demands({ pipe = [] }: Part): Map<string, unknown> {
  const [first, ...last] = pipe;
  const all = new Map(first === undefined ? [] : demands(first));
  for (const { type, requirement } of last) {
    if (!actions.includes(type)) throw new Error(`scripts/fuzz/schema.ts does not know ${type}; teach it`);
    all.set(type, requirement);
  }
  return all;
}

const actions = [
  "min_length",
  "max_length",
  "length",
  "non_empty",
  "min_value",
  "max_value",
  "integer",
  "safe_integer",
  "base64",
  "regex",
  "hexadecimal",
  "description",
  "brand",
  "readonly",
];

function arrayMaker(part: Part, hints: Hints): Maker {
  const asked = demands(part);
  const max = Number(asked.get("max_length") ?? 1_000);
  const item = maker(part.item ?? part, hints);
  const list = (random: Random, length: number) => Array.from({ length }, () => item.good(random));
  const good = (random: Random) =>
    list(random, random.chance(longest) ? max : random.below(Math.min(4, max + 1)));
  return {
    good,
    bad(random) {
      if (asked.has("max_length") && random.chance(longest)) return list(random, max + 1);
      if (item.bad === undefined || random.chance(0.3)) return wrong("array")(random);
      return [...good(random), item.bad(random)];
    },
  };
}

function stringMaker(part: Part): Maker {
  const asked = demands(part);
  const length = asked.get("length");
  const min = Number(length ?? asked.get("min_length") ?? (asked.has("non_empty") ? 1 : 0));
  const max = Number(length ?? asked.get("max_length") ?? 10_000);
  const spelled = spelling(asked, min, max);
  return {
    good: spelled,
    bad(random) {
      if (spelled !== undefined && asked.has("base64") && random.chance(0.3)) return "ab=c*";
      if (asked.has("regex") && random.chance(0.3)) return "\u0000 \u0000";
      if (min > 0 && random.chance(0.3)) return "x".repeat(min - 1);
      if (asked.has("max_length") && random.chance(max <= 1_000 ? 0.3 : longest)) return "x".repeat(max + 1);
      return wrong("string")(random);
    },
  };
}

/** Makes strings of the required alphabet and length. */
function spelling(asked: Map<string, unknown>, min: number, max: number): (random: Random) => string {
  const lengthOf = (random: Random): number => {
    if (random.chance(max <= 1_000 ? 0.05 : longest)) return max;
    return random.chance(0.1) ? min : Math.min(max, min + random.below(12));
  };
  if (asked.has("base64")) {
    const [bytesMin, bytesMax] = [Math.ceil(min / 4) * 3, Math.floor(max / 4) * 3];
    const usual = Math.min(90, bytesMax - bytesMin + 1);
    return (random) =>
      new Uint8Array(random.chance(longest) ? bytesMax : bytesMin + random.below(usual)).toBase64();
  }
  const pattern = asked.get("regex") ?? (asked.has("hexadecimal") ? /^[0-9a-f]+$/ : undefined);
  if (pattern instanceof RegExp) {
    const fitting = ["0", "a", "A", "A".repeat(42).concat("A"), "a word of four", "a-b-c-d"]
      .flatMap((letters) =>
        [min, Math.min(max, 64), 32, 22, 43, 86, 88].map((length) => letters.repeat(100).slice(0, length)),
      )
      .find(
        (text) =>
          text.length >= min &&
          text.length <= max &&
          new RegExp(pattern.source, pattern.flags.replace(/[gy]/, "")).test(text),
      );
    if (fitting === undefined)
      throw new Error(`scripts/fuzz/schema.ts finds nothing that fits ${pattern}; teach it`);
    return () => fitting;
  }
  return (random) => {
    const text = anyText(random).slice(0, max);
    const length = lengthOf(random);
    if (length === max || text.length < min) return text.padEnd(length === max ? max : min, "x");
    return text;
  };
}

function numberMaker(part: Part): Maker {
  const asked = demands(part);
  const isWhole = asked.has("integer") || asked.has("safe_integer");
  const min = Number(asked.get("min_value") ?? -1_000_000);
  const max = Number(asked.get("max_value") ?? Number.MAX_SAFE_INTEGER);
  return {
    good(random) {
      const value = random.pick([min, max, min + 1, min + random.below(100), min + random.below(max - min)]);
      return isWhole ? Math.min(max, Math.floor(value)) : Math.min(max, value + random.pick([0, 0.25]));
    },
    bad(random) {
      const values: unknown[] = [...(wrongTypes.number ?? [])];
      if (asked.has("min_value")) values.push(min - 1, -1e300);
      if (asked.has("max_value")) values.push(max + 1, 1e300);
      if (isWhole) values.push(min + 0.5);
      if (asked.has("safe_integer")) values.push(2 ** 53);
      return oneOf(random, values);
    },
  };
}
