/** The three tables of the registry: read whole at the start, and written row by row. */
import type { Database } from "bun:sqlite";
import type { PublicKey } from "../session/identity.ts";
import type { Ban, Owner } from "../session/registry.ts";

/** A name as the file has it. */
export interface NameRow extends Owner {
  /** Its first use by this owner, in ms of the retention clock. */
  sinceMs: number;
  /** Its last use. */
  usedMs: number;
}

export interface RegistryTables {
  /** By their keys, the least recently used first. */
  readNames(): Map<string, NameRow>;
  readOperators(): Set<PublicKey>;
  /** The oldest first. */
  readBans(): Ban[];
  /** Writes a name; undefined deletes it. */
  putName(key: string, row: NameRow | undefined): void;
  putOperator(publicKey: PublicKey, isOperator: boolean): void;
  /** Replaces all bans. */
  putBans(bans: Ban[]): void;
}

interface NameColumns {
  name_key: string;
  name: string;
  person: string;
  since: number;
  used: number;
}

interface BanColumns {
  name: string;
  person: string | null;
  address: string | null;
  by: string | null;
  reason: string | null;
}

/** The tables of this file. Everything throws when the disk fails. */
export function openRegistryTables(file: Database): RegistryTables {
  const putName = file.query(
    "INSERT OR REPLACE INTO names (name_key, name, person, since, used) VALUES (?, ?, ?, ?, ?)",
  );
  const deleteName = file.query("DELETE FROM names WHERE name_key = ?");
  const putOperator = file.query("INSERT OR IGNORE INTO operators (person) VALUES (?)");
  const deleteOperator = file.query("DELETE FROM operators WHERE person = ?");
  const putBan = file.query("INSERT INTO bans (name, person, address, by, reason) VALUES (?, ?, ?, ?, ?)");
  return {
    readNames() {
      const sql = "SELECT name_key, name, person, since, used FROM names ORDER BY used";
      const rows = file.query<NameColumns, []>(sql).all();
      return new Map(rows.map((row) => [row.name_key, nameOf(row)]));
    },
    readOperators() {
      const rows = file.query<{ person: string }, []>("SELECT person FROM operators").all();
      return new Set(rows.map(({ person }) => person));
    },
    readBans() {
      const sql = "SELECT name, person, address, by, reason FROM bans ORDER BY rowid";
      return file.query<BanColumns, []>(sql).all().map(banOf);
    },
    putName(key, row) {
      if (row === undefined) deleteName.run(key);
      else putName.run(key, row.name, row.publicKey, row.sinceMs, row.usedMs);
    },
    putOperator(publicKey, isOperator) {
      if (isOperator) putOperator.run(publicKey);
      else deleteOperator.run(publicKey);
    },
    putBans(bans) {
      file.run("DELETE FROM bans");
      for (const { name, publicKey, address, by, reason } of bans)
        putBan.run(name, publicKey ?? null, address ?? null, by ?? null, reason ?? null);
    },
  };
}

function nameOf({ name, person, since, used }: NameColumns): NameRow {
  return { name, publicKey: person, sinceMs: since, usedMs: used };
}

function banOf({ name, person, address, by, reason }: BanColumns): Ban {
  return {
    name,
    ...(person === null ? {} : { publicKey: person }),
    ...(address === null ? {} : { address }),
    ...(by === null ? {} : { by }),
    ...(reason === null ? {} : { reason }),
  };
}
