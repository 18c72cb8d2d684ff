/**
 * Keeps the owners of names, the operators and the bans in the room's file, and all of them in memory.
 *
 * The contract:
 * 1. A change holds at once, even when the disk fails.
 * 2. `write` writes all changes in a transaction of its own, never within a transaction of lines, which may be rolled
 *    back. A change that cannot be written is written the next time.
 * 3. Names and bans are bounded: names as `registered-names.ts` says; of too many bans the oldest is deleted.
 */
import type { Database } from "bun:sqlite";
import { limits } from "../../protocol/limits.ts";
import { nameKey } from "../../protocol/text.ts";
import type { PublicKey } from "../session/identity.ts";
import type { Ban, Registry, RegistryChange } from "../session/registry.ts";
import type { FailureKind, Report } from "./error-isolation.ts";
import { createFailureReporter, withErrorIsolation } from "./error-isolation.ts";
import type { RegisteredNames } from "./registered-names.ts";
import { createRegisteredNames } from "./registered-names.ts";
import type { RegistryTables } from "./registry-tables.ts";
import { openRegistryTables } from "./registry-tables.ts";

export interface SqliteRegistry extends Registry {
  apply(change: RegistryChange): void;
  /** This person uses this name now. */
  used(publicKey: PublicKey, name: string): void;
  /** Whether there are changes to write. */
  isDirty(): boolean;
  /** Writes all changes, unless a transaction of lines is open. Throws when the disk fails. */
  write(): void;
  /** Frees names that were last used before this time, in ms of the retention clock. */
  expire(sinceMs: number): void;
  /** Frees names that are no longer used, and writes all changes. False: there is no more to do. */
  maintain(use: NameUse): boolean;
}

/** How the registry learns which names are used. */
export interface NameUse {
  /** The people in the room, whose names are in use. */
  present(): { publicKey: PublicKey; name: string }[];
  /** Names that were last used before this time are freed; undefined while the elapsed time is not known. */
  unusedSinceMs(): number | undefined;
}

const notWritten: FailureKind = {
  code: "registry-failed",
  sentence: (reason) =>
    `Names, operators and bans cannot be saved (${reason}). They hold until the server stops, and are saved as soon as that works.`,
};

/** Isolates the disk errors of a registry: what cannot be written is written later (contract 2). */
export function isolateRegistry(registry: SqliteRegistry, report: Report): SqliteRegistry {
  return withErrorIsolation(
    registry,
    {
      write: { kind: notWritten, fallback: () => {} },
      maintain: { kind: notWritten, fallback: () => false },
    },
    createFailureReporter(report),
  );
}

/**
 * The registry in this file. `operatorNames`: the keys of the names whose owners are operators. `time`: the retention
 * clock, in ms.
 */
export function createSqliteRegistry(
  file: Database,
  operatorNames: ReadonlySet<string>,
  time: () => number,
): SqliteRegistry {
  const tables = openRegistryTables(file);
  const names = createRegisteredNames(tables.readNames(), operatorNames, time);
  const operators = createOperators(tables, names, operatorNames);
  const bans = createBans(tables, names);

  const isDirty = (): boolean => names.dirty().size > 0 || operators.isDirty() || bans.isDirty();

  function write(): void {
    if (!isDirty() || file.inTransaction) return;
    file.transaction(() => {
      for (const key of names.dirty()) tables.putName(key, names.get(key));
      operators.write();
      bans.write();
    })();
    names.written();
    operators.written();
    bans.written();
  }

  return {
    operatorNames,
    owner: names.get,
    lookalike: names.lookalike,
    isOperator: operators.has,
    ownsAny: names.ownsAny,
    banOf: bans.find,
    bans: bans.all,
    apply(change) {
      switch (change.type) {
        case "own":
          return names.own(change.name, change.publicKey, change.inUse);
        case "release":
          return names.free(nameKey(change.name));
        case "op":
        case "deop":
          return operators.set(change.publicKey, change.type === "op");
        case "ban":
          return bans.add(change.ban);
        case "unban":
          return bans.remove(nameKey(change.name));
        default:
          change satisfies never;
      }
    },
    used: (publicKey, name) => names.use(name, publicKey),
    isDirty,
    write,
    expire: names.expire,
    maintain({ present, unusedSinceMs }) {
      for (const { publicKey, name } of present()) names.use(name, publicKey);
      const sinceMs = unusedSinceMs();
      if (sinceMs !== undefined) names.expire(sinceMs);
      write();
      return false;
    },
  };
}

function createOperators(tables: RegistryTables, names: RegisteredNames, operatorNames: ReadonlySet<string>) {
  const operators = tables.readOperators();
  const dirty = new Set<PublicKey>();
  return {
    has(publicKey: PublicKey, takes?: string): boolean {
      if (operators.has(publicKey)) return true;
      for (const key of operatorNames) {
        const owner = names.get(key)?.publicKey;
        if (owner === publicKey || (owner === undefined && key === takes)) return true;
      }
      return false;
    },
    set(publicKey: PublicKey, isOperator: boolean): void {
      if (isOperator) operators.add(publicKey);
      else operators.delete(publicKey);
      dirty.add(publicKey);
    },
    isDirty: () => dirty.size > 0,
    write() {
      for (const publicKey of dirty) tables.putOperator(publicKey, operators.has(publicKey));
    },
    written: () => dirty.clear(),
  };
}

function createBans(tables: RegistryTables, names: RegisteredNames) {
  let bans = tables.readBans();
  let isDirty = false;
  return {
    all: (): Ban[] => [...bans],
    /** An address ban does not hold for a person who owns a name. */
    find: (publicKey: PublicKey | undefined, address: string): Ban | undefined =>
      bans.find((ban) => {
        const isBanned = ban.publicKey !== undefined && ban.publicKey === publicKey;
        return isBanned || (ban.address === address && !names.ownsAny(publicKey));
      }),
    add(ban: Ban): void {
      bans.push(ban);
      if (bans.length > limits.bansMax) bans.shift();
      isDirty = true;
    },
    /** Removes all bans under the name with this key. */
    remove(key: string): void {
      bans = bans.filter((ban) => nameKey(ban.name) !== key);
      isDirty = true;
    },
    isDirty: () => isDirty,
    write() {
      if (isDirty) tables.putBans(bans);
    },
    written() {
      isDirty = false;
    },
  };
}
