/** A target of the fuzzer: how random inputs are made, and the properties that must hold for each of them. */
import type { Random } from "../../test/support/random.ts";

/** Told of everything that a run is to have come by. */
export type Seen = (what: string) => void;

/** One case is one input, or a list of them that are fed one after the other. */
export interface Target<Case> {
  name: string;
  /** What every run must have seen, or it proves nothing. */
  wanted: string[];
  make(random: Random): Case;
  /** Throws when something does not hold. */
  check(one: Case, seen: Seen): void;
  /** How many inputs it is; one unless told otherwise. */
  inputs?(one: Case): number;
  /** Smaller ones, of which some may fail in the same way. */
  smaller?(one: Case): Iterable<Case>;
}

/** A target whose cases are its own affair. */
export interface Fuzzer {
  name: string;
  wanted: string[];
  /** Makes a case and tries it; returns how many inputs that was. */
  attempt(random: Random, seen: Seen): number;
  /** The smallest case like this one that fails, as text. */
  smallest(random: Random): string;
}

/** Of how many smaller cases a failure is looked for. */
const triesMax = 3_000;
const shownCharsMax = 4_000;

export function fuzzer<Case>(target: Target<Case>): Fuzzer {
  const { name, wanted, make, check, inputs, smaller } = target;
  const fails = (one: Case): boolean => {
    try {
      check(one, () => {});
      return false;
    } catch {
      return true;
    }
  };
  return {
    name,
    wanted,
    attempt(random, seen) {
      const one = make(random);
      check(one, seen);
      return inputs?.(one) ?? 1;
    },
    smallest(random) {
      let one = make(random);
      let tries = 0;
      for (let found = true; found; ) {
        found = false;
        for (const candidate of smaller?.(one) ?? []) {
          tries += 1;
          if (tries > triesMax) return shown(one);
          if (!fails(candidate)) continue;
          one = candidate;
          found = true;
          break;
        }
      }
      return shown(one);
    },
  };
}

/** @throws {Error} when it does not hold. */
export function demand(holds: boolean, what: string, ...about: unknown[]): asserts holds {
  if (!holds) throw new Error([`${what}`, ...about.map(shown)].join("\n  "));
}

/** The list without a part of it, the largest parts first. */
export function* without<Item>(list: Item[]): Generator<Item[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < list.length; start += size) yield list.toSpliced(start, size);
  }
}

export function* shorter(text: string): Generator<string> {
  for (const units of without(text.split(""))) yield units.join("");
}

/** As JSON, bytes in hex. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value, (_key, part) => {
    if (part instanceof Uint8Array) return `hex ${part.toHex()}`;
    return typeof part === "bigint" ? String(part) : part;
  });
  return text === undefined || text.length <= shownCharsMax
    ? String(text)
    : `${text.slice(0, shownCharsMax)}…`;
}
