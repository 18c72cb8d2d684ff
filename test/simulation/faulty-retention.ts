/** Deletes most of a history on a faulty disk: the newest lines stay, are found, and nothing else is left in the files. */
import { Database } from "bun:sqlite";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Stores } from "../../lib/server/stores.ts";
import type { Random } from "../support/random.ts";
import type { FaultyDisk } from "./faulty-disk.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** Some ten lines. */
const keptMegabytes = 0.002;
const rounds = 20;
const all = { from: 1, upTo: Number.MAX_SAFE_INTEGER, isPrivate: false, limit: 200 };

/** Starts the server again with a small history, lets the disk fail meanwhile, and returns what is wrong at the end. */
export async function pruneHistory(disk: FaultyDisk, time: VirtualTime, random: Random): Promise<string[]> {
  const before = textsIn(disk.stores());
  disk.close();
  await disk.prepare(keptMegabytes);
  for (let round = 0; round < rounds; round += 1) {
    const dice = random.below(3);
    if (dice === 0) disk.fail(1);
    if (dice === 1) disk.mend();
    time.runTimers();
  }
  disk.mend();
  for (let round = 0; round < rounds; round += 1) time.runTimers();
  const after = textsIn(disk.stores());
  const deleted = before.slice(0, before.length - after.length);
  return [
    ...(before.slice(deleted.length).join() === after.join() ? [] : [`of ${before.join()} is left ${after}`]),
    ...notFound(disk.stores()),
    ...leftIn(disk.folder(), deleted),
  ];
}

/** The newest lines to everyone that the search does not find. */
export function notFound(stores: Stores | undefined): string[] {
  return textsIn(stores)
    .slice(-20)
    .filter((text) => {
      const found = stores?.history.page({ ...all, words: text }).entries ?? [];
      return !found.some((entry) => entry.text === text);
    })
    .map((text) => `the search does not find ${text}`);
}

/** The lines to everyone. */
function textsIn(stores: Stores | undefined): string[] {
  return stores?.history.page(all).entries.map(({ text }) => text) ?? [];
}

/** The deleted lines that can still be read in the files, and are no part of a line that is kept. */
function leftIn(folder: string, deleted: string[]): string[] {
  using file = new Database(join(folder, "room.sqlite"), { readonly: true });
  const kept = file.query<{ text: string }, []>("SELECT text FROM messages").all();
  const bytes = ["room.sqlite", "room.sqlite-wal"].map((name) => readFileSync(join(folder, name))).join("");
  return deleted
    .filter((text) => bytes.includes(text) && !kept.some((one) => one.text.includes(text)))
    .map((text) => `${text} was deleted, and is still in the file`);
}
