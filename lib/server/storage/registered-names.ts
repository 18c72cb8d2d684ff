/**
 * The names of a registry in memory, and which of them are to be written. Pure: the time is passed in.
 *
 * The contract:
 * 1. A person owns at most `limits.namesPerPersonMax` names; of more, the least recently used one that is not in use is
 *    freed.
 * 2. There are at most `limits.namesKnownMax` names; of more, the one with the shortest time from its first use to its
 *    last one is freed, but not the newest. Any number of strangers who come and go free only the names of each other.
 * 3. The names of operators neither count nor are freed.
 */
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "../session/identity.ts";
import { createLookalikeIndex } from "../session/lookalikes.ts";
import type { NameRow } from "./registry-tables.ts";

export interface RegisteredNames {
  get(key: string): NameRow | undefined;
  /** A name that this one looks like: one of another person, or of an operator. */
  lookalike(name: string, publicKey: PublicKey | undefined): string | undefined;
  ownsAny(publicKey: PublicKey | undefined): boolean;
  /** Gives a name to this person. `inUse`: the keys of their other names that are in use. */
  own(name: string, publicKey: PublicKey, inUse?: string[]): void;
  free(key: string): void;
  /** Notes that its owner uses a name; ignored when another person owns it. */
  use(name: string, publicKey: PublicKey): void;
  /** Frees the names that were last used before this time. */
  expire(sinceMs: number): void;
  /** The keys of names that differ from the file. */
  dirty(): ReadonlySet<string>;
  /** The file has all names. */
  written(): void;
}

interface OwnedName extends NameRow {
  /** The last use that the file has. */
  writtenMs: number;
}

/** A later use of the same day is not worth a write. */
const useWrittenEveryMs = 86_400_000;

/** These names, as the file has them. `time`: the retention clock, in ms. */
export function createRegisteredNames(
  rows: ReadonlyMap<string, NameRow>,
  operatorNames: ReadonlySet<string>,
  time: () => number,
): RegisteredNames {
  /** The least recently used first. */
  const names = new Map<string, OwnedName>();
  /** The keys of owned names, and those of operators, which are protected without an owner, too. */
  const looks = createLookalikeIndex<string>();
  const operatorLooks = createLookalikeIndex<string>();
  for (const key of operatorNames) operatorLooks.add(key, key);
  for (const [key, row] of rows) put(key, { ...row, writtenMs: row.usedMs });
  const dirty = new Set<string>();

  function put(key: string, owned: OwnedName): void {
    remove(key);
    names.set(key, owned);
    looks.add(owned.name, key);
  }

  function remove(key: string): void {
    const owned = names.get(key);
    if (owned !== undefined) looks.delete(owned.name, key);
    names.delete(key);
  }

  function free(key: string): void {
    remove(key);
    dirty.add(key);
  }

  return {
    get: (key) => names.get(key),
    lookalike(name, publicKey) {
      const isOther = (key: string) => publicKey === undefined || names.get(key)?.publicKey !== publicKey;
      const key = looks.find(name, isOther) ?? operatorLooks.find(name, isOther);
      return key === undefined ? undefined : (names.get(key)?.name ?? key);
    },
    ownsAny(publicKey) {
      for (const owned of names.values()) if (owned.publicKey === publicKey) return true;
      return false;
    },
    own(name, publicKey, inUse = []) {
      const key = nameKey(name);
      const before = names.get(key);
      const sinceMs = before?.publicKey === publicKey ? before.sinceMs : time();
      put(key, { name, publicKey, sinceMs, usedMs: time(), writtenMs: time() });
      dirty.add(key);
      const surplus = surplusOf(names, operatorNames, publicKey, inUse);
      if (surplus !== undefined) free(surplus);
      if (names.size <= limits.namesKnownMax) return;
      const shortest = shortestUsed(names, operatorNames, key);
      if (shortest !== undefined) free(shortest);
    },
    free,
    use(name, publicKey) {
      const key = nameKey(name);
      const owned = names.get(key);
      if (owned?.publicKey !== publicKey) return;
      names.delete(key);
      names.set(key, owned);
      owned.usedMs = time();
      if (owned.usedMs - owned.writtenMs >= useWrittenEveryMs) dirty.add(key);
    },
    expire(sinceMs) {
      for (const [key, { usedMs }] of names) if (usedMs < sinceMs && !operatorNames.has(key)) free(key);
    },
    dirty: () => dirty,
    written() {
      for (const key of dirty) {
        const owned = names.get(key);
        if (owned !== undefined) owned.writtenMs = owned.usedMs;
      }
      dirty.clear();
    },
  };
}

/** The name that a person with too many names loses (contract 1). */
function surplusOf(
  names: ReadonlyMap<string, OwnedName>,
  operatorNames: ReadonlySet<string>,
  publicKey: PublicKey,
  inUse: string[],
): string | undefined {
  const theirs: string[] = [];
  for (const [key, owned] of names)
    if (owned.publicKey === publicKey && !operatorNames.has(key)) theirs.push(key);
  return theirs.length > limits.namesPerPersonMax ? theirs.find((key) => !inUse.includes(key)) : undefined;
}

/** The name with the shortest time from its first use to its last one, except the newest (contract 2). */
function shortestUsed(
  names: ReadonlyMap<string, OwnedName>,
  operatorNames: ReadonlySet<string>,
  newest: string,
): string | undefined {
  let shortest: { key: string; ms: number } | undefined;
  for (const [key, { usedMs, sinceMs }] of names) {
    const ms = usedMs - sinceMs;
    const isShorter = shortest === undefined || ms < shortest.ms;
    if (isShorter && key !== newest && !operatorNames.has(key)) shortest = { key, ms };
  }
  return shortest?.key;
}
