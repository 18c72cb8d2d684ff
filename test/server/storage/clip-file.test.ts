/** Tests the clips in the room file on disk: its size, how it shrinks, and that no deleted clip can be read in it. */
import type { Database } from "bun:sqlite";
import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { limits } from "../../../lib/protocol/limits.ts";
import type { SqliteClips } from "../../../lib/server/storage/clips.ts";
import { createSqliteClips } from "../../../lib/server/storage/clips.ts";
import { openRoomFile } from "../../../lib/server/storage/database.ts";
import { makeFolder } from "../../support/folder.ts";

const parent = makeFolder();
const noonMs = Date.parse("2026-11-22T12:00:00.000Z");
const at = new Date(noonMs).toISOString();
const days = 7;
const laterMs = noonMs + (days + 1) * 86_400_000;
const megabyte = 1_000_000;

let folder: string;
let file: Database;

beforeEach(async () => {
  folder = join(parent, `${(await readdir(parent)).length}`);
  await mkdir(folder);
  file = await openRoomFile(folder);
});
afterEach(() => file.close());

const openClips = (bytesMax = 1_000 * megabyte): SqliteClips => createSqliteClips(file, { days, bytesMax });

/** Size of the file and its WAL together, in bytes. */
async function bytesOnDisk(): Promise<number> {
  const sizes = (await readdir(folder)).map(async (name) =>
    name.endsWith("-shm") ? 0 : (await stat(join(folder, name))).size,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** Packets of about so many bytes, together. */
function packetsOf(bytes: number): Uint8Array[] {
  const packet = new Uint8Array(1_000).fill(7);
  return Array.from({ length: bytes / packet.length }, () => packet);
}

test("the room file never grows much beyond the size for clips", async () => {
  const clips = openClips(10 * megabyte);
  for (let clip = 1; clip <= 30; clip += 1)
    clips.keep({ clip, from: "a", at, seconds: 1 }, packetsOf(limits.clipBytesMax / 2));
  // The WAL has the last clip and the clips that it replaced, too.
  expect(await bytesOnDisk()).toBeLessThan(25 * megabyte);
  while (clips.prune(noonMs));
  expect(await bytesOnDisk()).toBeLessThan(11 * megabyte);
  expect(clips.newest([], 100).at(-1)).toMatchObject({ clip: 30 });
});

test("the room file shrinks to almost nothing in several steps when all clips are too old", async () => {
  const clips = openClips();
  for (let clip = 1; clip <= 10; clip += 1)
    clips.keep({ clip, from: "a", at, seconds: 1 }, packetsOf(2 * megabyte));
  expect(await bytesOnDisk()).toBeGreaterThan(20 * megabyte);
  expect(clips.prune(laterMs)).toBeTrue();
  expect(clips.newest([], 100).length, "one step takes a little").toBeGreaterThan(7);
  while (clips.prune(laterMs));
  expect(clips.newest([], 100)).toEqual([]);
  expect(await bytesOnDisk()).toBeLessThan(megabyte / 10);
});

test("the room file shrinks by what an earlier run left empty", async () => {
  const before = openClips();
  for (let clip = 1; clip <= 5; clip += 1)
    before.keep({ clip, from: "a", to: "b", at, seconds: 1 }, packetsOf(2 * megabyte));
  before.forget([1, 2, 3, 4, 5]);
  const clips = openClips();
  expect(clips.prune(noonMs)).toBeTrue();
  while (clips.prune(noonMs));
  expect(await bytesOnDisk()).toBeLessThan(megabyte / 10);
});

test("no byte of a deleted clip is left in the room file or the WAL after the maintenance", async () => {
  const secret = new TextEncoder().encode("between the two of us");
  const isReadable = async (): Promise<boolean> => {
    const bytes = await Promise.all(
      (await readdir(folder)).map((name) => Bun.file(join(folder, name)).bytes()),
    );
    return Buffer.concat(bytes).includes(secret);
  };
  const clips = openClips();
  clips.keep({ clip: 1, from: "a", to: "b", at, seconds: 1 }, [secret]);
  expect(await isReadable()).toBeTrue();
  clips.forget([1]);
  while (clips.prune(noonMs));
  expect(await isReadable()).toBeFalse();

  clips.keep({ clip: 2, from: "a", to: "b", at, seconds: 1 }, [secret]);
  clips.forget([2]);
  // The run ended before the maintenance, and the next run does it.
  while (openClips().prune(noonMs));
  expect(await isReadable()).toBeFalse();
});
