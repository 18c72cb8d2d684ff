/** Opens room files of older versions on a faulty disk, with kills in between: at last they have all that they had. */
import type { Database } from "bun:sqlite";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../lib/base/failure.ts";
import { openRoomFile } from "../../lib/server/storage/database.ts";
import type { DiskFaults } from "../support/disk-faults.ts";
import { seeded } from "../support/random.ts";

const versions = 4;
const attemptsMax = 6;
const callsMax = 300;
const vectors = join(import.meta.dir, "../vectors");
const tables = ["clips", "clip_packets", "messages", "people", "names", "operators", "bans"];

/** Migrates one of the old files in an empty folder, which the faults watch. Returns the broken promises. */
export async function migrateFaulty(seed: number, folder: string, faults: DiskFaults): Promise<string[]> {
  const random = seeded(seed);
  const wrong: string[] = [];
  const version = 1 + (seed % versions);
  const place = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  };
  const copy = (from: string, to: string): void => {
    for (const end of ["", "-wal"]) if (existsSync(from + end)) copyFileSync(from + end, to + end);
  };
  const source = join(vectors, `room-v${version}.sqlite`);
  const sound = place("sound");
  copy(source, join(sound, "room.sqlite"));
  using expected = await openRoomFile(sound);
  let now = place("0");
  copy(source, join(now, "room.sqlite"));
  faults.watch(folder);
  for (let attempt = 1; ; attempt += 1) {
    if (attempt < attemptsMax) faults.plan(random.below(2 ** 32), callsMax);
    try {
      using file = await openRoomFile(now);
      faults.end();
      const [is, was] = [contentOf(file), contentOf(expected)];
      return is === was ? wrong : [...wrong, `version ${version} became ${is} instead of ${was}`];
    } catch (thrown) {
      faults.end();
      if (!(thrown instanceof Failure)) throw thrown;
      if (thrown.code !== "data-folder" || attempt >= attemptsMax)
        wrong.push(`version ${version}: ${thrown.message} ${faults.journal()}`);
      if (attempt > attemptsMax) return wrong;
    }
    // Killed: another process starts with the files as they are.
    const next = place(String(attempt));
    copy(join(now, "room.sqlite"), join(next, "room.sqlite"));
    now = next;
  }
}

function contentOf(file: Database): string {
  return JSON.stringify(tables.map((table) => file.query(`SELECT * FROM ${table}`).values()));
}
