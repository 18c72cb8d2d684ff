/**
 * Whose names are whose, who is an operator, and who is banned: kept in the room's file, and all of it in memory.
 *
 * The contract:
 * 1. A change holds at once, whatever the disk does.
 * 2. What has changed is written by `write`, in a transaction of its own: never within that of lines, which may be
 *    taken back. What cannot be written is written the next time.
 * 3. Names and bans are bounded. Of more bans the oldest goes; of more names of one person the one not used for longest.
 *    Of more names in all it is the one that was in use for the shortest time, from its first use to its last: strangers
 *    who come and go, however many, wash out each other, and nobody who is known for long.
 */
import type { Database } from "bun:sqlite";
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "../session/identity.ts";
import type { Ban, Owner, Registry, RegistryChange } from "../session/registry.ts";

export interface SqliteRegistry extends Registry {
  apply(change: RegistryChange): void;
  /** This person is here under this name, or was until now. */
  used(person: PublicKey, name: string): void;
  /** Whether something is to be written. */
  isDirty(): boolean;
  /** Writes what has changed, unless lines wait for their commit: then the next time. Throws when the disk fails. */
  write(): void;
  /** Names that nobody used since this time are free. */
  expire(sinceMs: number): void;
}

interface OwnedName extends Owner {
  /** Its first use by this person. */
  sinceMs: number;
  /** The last one. */
  usedMs: number;
  /** The use that stands in the file. */
  keptMs: number;
}

/** A use within a day of the one that is kept is not worth a write. */
const usedEveryMs = 86_400_000;

/**
 * The registry in this file. `operators`: the keys of names whose owners are operators; these names are never free by
 * themselves. `time`: the room's own.
 */
export function createSqliteRegistry(
  file: Database,
  operatorNames: ReadonlySet<string>,
  time: () => number,
): SqliteRegistry {
  const tables = openTables(file);
  /** By their keys, the one not used for longest first. */
  const names = tables.names();
  const operators = tables.operators();
  const bans = tables.bans();
  const dirtyNames = new Set<string>();
  const dirtyOperators = new Set<PublicKey>();
  let areBansDirty = false;

  function free(key: string): void {
    names.delete(key);
    dirtyNames.add(key);
  }

  /** Of more names of one person than belong to one, the one not used for longest is free, if it is not in use. */
  function boundNamesOf(person: PublicKey, inUse: string[]): void {
    const theirs: string[] = [];
    for (const [key, owned] of names)
      if (owned.publicKey === person && !operatorNames.has(key)) theirs.push(key);
    const longestUnused = theirs.find((key) => !inUse.includes(key));
    if (longestUnused !== undefined && theirs.length > limits.namesPerPersonMax) free(longestUnused);
  }

  /** Of too many names in all, the one that was in use for the shortest time is free, but not the newest. */
  function boundNames(newest: string): void {
    if (names.size <= limits.namesKnownMax) return;
    let shortest: { key: string; ms: number } | undefined;
    for (const [key, { usedMs, sinceMs }] of names) {
      const ms = usedMs - sinceMs;
      const isShorter = shortest === undefined || ms < shortest.ms;
      if (isShorter && key !== newest && !operatorNames.has(key)) shortest = { key, ms };
    }
    if (shortest !== undefined) free(shortest.key);
  }

  function own(name: string, person: PublicKey, inUse: string[] = []): void {
    const key = nameKey(name);
    const before = names.get(key);
    const sinceMs = before?.publicKey === person ? before.sinceMs : time();
    names.delete(key);
    names.set(key, { name, publicKey: person, sinceMs, usedMs: time(), keptMs: time() });
    dirtyNames.add(key);
    boundNamesOf(person, inUse);
    boundNames(key);
  }

  function setOperator(person: PublicKey, isOne: boolean): void {
    if (isOne) operators.add(person);
    else operators.delete(person);
    dirtyOperators.add(person);
  }

  function addBan(ban: Ban): void {
    bans.push(ban);
    if (bans.length > limits.bansMax) bans.shift();
    areBansDirty = true;
  }

  function ownsAny(person: PublicKey | undefined): boolean {
    for (const owned of names.values()) if (owned.publicKey === person) return true;
    return false;
  }

  return {
    operatorNames,
    owner: (key) => names.get(key),
    isOperator(person, takes) {
      if (operators.has(person)) return true;
      for (const key of operatorNames) {
        const owner = names.get(key)?.publicKey;
        if (owner === person || (owner === undefined && key === takes)) return true;
      }
      return false;
    },
    ownsAny,
    banOf: (person, address) =>
      bans.find((ban) => {
        const isPerson = ban.publicKey !== undefined && ban.publicKey === person;
        return isPerson || (ban.address === address && !ownsAny(person));
      }),
    bans: () => [...bans],
    apply(change) {
      switch (change.type) {
        case "own":
          return own(change.name, change.publicKey, change.inUse);
        case "release":
          return free(nameKey(change.name));
        case "op":
        case "deop":
          return setOperator(change.publicKey, change.type === "op");
        case "ban":
          return addBan(change.ban);
        case "unban": {
          const kept = bans.filter((ban) => nameKey(ban.name) !== nameKey(change.name));
          bans.splice(0, bans.length, ...kept);
          areBansDirty = true;
        }
      }
    },
    used(person, name) {
      const key = nameKey(name);
      const owned = names.get(key);
      if (owned?.publicKey !== person) return;
      names.delete(key);
      names.set(key, owned);
      owned.usedMs = time();
      if (owned.usedMs - owned.keptMs >= usedEveryMs) dirtyNames.add(key);
    },
    isDirty: () => areBansDirty || dirtyNames.size > 0 || dirtyOperators.size > 0,
    write() {
      if (file.inTransaction) return;
      file.transaction(() => {
        for (const key of dirtyNames) tables.putName(key, names.get(key));
        for (const person of dirtyOperators) tables.putOperator(person, operators.has(person));
        if (areBansDirty) tables.putBans(bans);
      })();
      for (const key of dirtyNames) {
        const owned = names.get(key);
        if (owned !== undefined) owned.keptMs = owned.usedMs;
      }
      dirtyNames.clear();
      dirtyOperators.clear();
      areBansDirty = false;
    },
    expire(sinceMs) {
      for (const [key, { usedMs }] of names) if (usedMs < sinceMs && !operatorNames.has(key)) free(key);
    },
  };
}

type NameRow = { name_key: string; name: string; person: string; since: number; used: number };
type BanRow = {
  name: string;
  person: string | null;
  address: string | null;
  by: string | null;
  reason: string | null;
};

/** The three tables, read whole and written row by row. */
function openTables(file: Database) {
  const putName = file.query(
    "INSERT OR REPLACE INTO names (name_key, name, person, since, used) VALUES (?, ?, ?, ?, ?)",
  );
  const deleteName = file.query("DELETE FROM names WHERE name_key = ?");
  const putOperator = file.query("INSERT OR IGNORE INTO operators (person) VALUES (?)");
  const deleteOperator = file.query("DELETE FROM operators WHERE person = ?");
  const putBan = file.query("INSERT INTO bans (name, person, address, by, reason) VALUES (?, ?, ?, ?, ?)");
  return {
    names() {
      const rows = file
        .query<NameRow, []>("SELECT name_key, name, person, since, used FROM names ORDER BY used")
        .all();
      return new Map<string, OwnedName>(
        rows.map(({ name_key, name, person, since, used }) => [
          name_key,
          { name, publicKey: person, sinceMs: since, usedMs: used, keptMs: used },
        ]),
      );
    },
    operators() {
      const rows = file.query<{ person: string }, []>("SELECT person FROM operators").all();
      return new Set<PublicKey>(rows.map(({ person }) => person));
    },
    bans: () =>
      file
        .query<BanRow, []>("SELECT name, person, address, by, reason FROM bans ORDER BY rowid")
        .all()
        .map(
          ({ name, person, address, by, reason }): Ban => ({
            name,
            ...(person === null ? {} : { publicKey: person }),
            ...(address === null ? {} : { address }),
            ...(by === null ? {} : { by }),
            ...(reason === null ? {} : { reason }),
          }),
        ),
    putName(key: string, owned: OwnedName | undefined) {
      if (owned === undefined) deleteName.run(key);
      else putName.run(key, owned.name, owned.publicKey, owned.sinceMs, owned.usedMs);
    },
    putOperator(person: PublicKey, isOne: boolean) {
      if (isOne) putOperator.run(person);
      else deleteOperator.run(person);
    },
    putBans(bans: Ban[]) {
      file.run("DELETE FROM bans");
      for (const { name, publicKey: person, address, by, reason } of bans)
        putBan.run(name, person ?? null, address ?? null, by ?? null, reason ?? null);
    },
  };
}
