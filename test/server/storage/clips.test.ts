/** Tests what is kept of clips, who may hear them, when they are deleted, and what a failing disk costs. */
import type { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeServerMessage } from "../../../lib/protocol/messages.ts";
import type { SqliteClips } from "../../../lib/server/storage/clips.ts";
import { createSqliteClips, isolateClips } from "../../../lib/server/storage/clips.ts";
import { openRoomMemory } from "../../../lib/server/storage/database.ts";

const noonMs = Date.parse("2026-11-22T12:00:00.000Z");
const dayMs = 86_400_000;
const atOf = (wallMs: number) => new Date(wallMs).toISOString();

let file: Database;
let clips: SqliteClips;

beforeEach(() => {
  file = openRoomMemory();
  clips = createSqliteClips(file, { days: 7, bytesMax: 100_000 });
});

/** Packets of this length, each with other bytes. */
const packetsOf = (frames: number, bytes = 3) =>
  Array.from({ length: frames }, (_, index) => new Uint8Array(bytes).fill(index));

function keep(clip: number, { to, wallMs = noonMs, bytes = 3, frames = 1 }: Kept = {}): void {
  const about = { clip, from: "alice", at: atOf(wallMs), seconds: frames / 50 };
  clips.keep(to === undefined ? about : { ...about, to }, packetsOf(frames, bytes));
}

interface Kept {
  to?: string;
  wallMs?: number;
  bytes?: number;
  frames?: number;
}

const numbers = (privateClips: number[] = [], clipsMax = 1_000) =>
  clips.newest(privateClips, clipsMax).map(({ clip }) => clip);

describe("a clip", () => {
  test("is read as it was kept, in as many pieces as it needs", () => {
    const packets = packetsOf(1_234, 5);
    clips.keep({ clip: 3, from: "Zoë", at: atOf(noonMs), seconds: 24.68 }, packets);
    const about = { clip: 3, from: "Zoë", at: atOf(noonMs), seconds: 24.68 };
    expect(clips.find(3, [])).toEqual({ ...about, frames: 1_234 });
    expect(clips.newest([], 9)).toEqual([about]);
    const read: Uint8Array[] = [];
    for (let piece = clips.packets(3, 0); piece.length > 0; piece = clips.packets(3, read.length)) {
      expect(piece.length).toBeLessThanOrEqual(limits.clipPacketsMax);
      read.push(...piece);
    }
    expect(read).toEqual(packets);
    expect(clips.packets(3, 777)[0]).toEqual(packets[777] ?? new Uint8Array());
    expect(clips.packets(3, 1_234)).toEqual([]);
    expect(clips.packets(3, Number.MAX_SAFE_INTEGER)).toEqual([]);
    expect(clips.packets(4, 0)).toEqual([]);
  });

  test("for one person is found only by those who may hear it", () => {
    keep(1);
    keep(2, { to: "bob" });
    keep(3, { to: "carol" });
    expect(numbers()).toEqual([1]);
    expect(numbers([2])).toEqual([1, 2]);
    expect(clips.find(2, [])).toBeUndefined();
    expect(clips.find(2, [2])).toMatchObject({ clip: 2, to: "bob" });
    expect(clips.find(undefined, [])).toMatchObject({ clip: 1 });
    expect(clips.find(undefined, [3])).toMatchObject({ clip: 3 });
  });

  test("for one person is deleted when the server starts again, a clip for everyone is not", () => {
    keep(1);
    keep(2, { to: "bob" });
    clips = createSqliteClips(file, { days: 7, bytesMax: 100_000 });
    keep(3, { to: "carol" });
    clips.prune(noonMs);
    expect(numbers([2, 3])).toEqual([1, 3]);
    clips.forget([3]);
    expect(file.query("SELECT count(*) FROM clip_packets").values()).toEqual([[1]]);
    expect(clips.lastClip()).toBe(3);
  });

  test("is listed among so many of the newest clips, the newest last", () => {
    for (let clip = 1; clip <= 9; clip += 1) keep(clip);
    expect(numbers([], 3)).toEqual([7, 8, 9]);
  });
});

describe("clips are deleted", () => {
  test("when they are older than the retention, the oldest first, a few at a time", () => {
    clips = createSqliteClips(file, { days: 7, bytesMax: 100_000_000 });
    for (let clip = 1; clip <= 12; clip += 1)
      keep(clip, { wallMs: noonMs + clip, bytes: 1_000, frames: 500 });
    expect(clips.prune(noonMs + 7 * dayMs)).toBeFalse();
    expect(numbers()).toHaveLength(12);
    const laterMs = noonMs + 7 * dayMs + 11;
    expect(clips.prune(laterMs)).toBeTrue();
    expect(numbers()[0], "two megabytes are gone").toBe(5);
    while (clips.prune(laterMs));
    expect(numbers()).toEqual([11, 12]);
    expect(file.query("SELECT count(*) FROM clip_packets").values()).toEqual([[2]]);
  });

  test("at once when they are larger than the retention, the oldest first", () => {
    for (let clip = 1; clip <= 20; clip += 1) keep(clip, { bytes: 1_000, frames: 10 });
    expect(numbers()).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test("but not for a clip that is larger than the whole retention", () => {
    keep(1);
    expect(
      clips.keep({ clip: 2, from: "a", at: atOf(noonMs), seconds: 2 }, packetsOf(100, 1_000)),
    ).toBeFalse();
    expect(numbers()).toEqual([1]);
    expect(clips.keep({ clip: 2, from: "a", at: atOf(noonMs), seconds: 2 }, packetsOf(90, 1_000))).toBeTrue();
    keep(3, { bytes: 1_000, frames: 90 });
    expect(numbers()).toEqual([3]);
  });

  test("when those of an earlier run are larger than the retention", () => {
    for (let clip = 1; clip <= 20; clip += 1) keep(clip, { bytes: 1_000, frames: 10 });
    clips = createSqliteClips(file, { days: 7, bytesMax: 30_000 });
    while (clips.prune(noonMs));
    expect(numbers()).toEqual([19, 20]);
  });

  test("all of them when the retention is 0 days", () => {
    keep(1);
    clips = createSqliteClips(file, { days: 0, bytesMax: 100_000 });
    clips.prune(noonMs + 1);
    expect(numbers()).toEqual([]);
  });

  test("when they are many, however small they are", () => {
    for (let clip = 1; clip <= 1_000; clip += 1) keep(clip, { bytes: 1 });
    while (clips.prune(noonMs));
    expect(numbers().length).toBeLessThan(400);
  });
});

describe("isolated clips", () => {
  function createIsolated() {
    const notices: string[] = [];
    clips = createSqliteClips(file, { days: 7, bytesMax: 10_000_000 });
    const isolated = isolateClips(clips, (...notice) => void notices.push(notice.join(" ")));
    return { notices, isolated };
  }
  const about = { clip: 1, from: "alice", at: atOf(noonMs), seconds: 1 };
  const fetch = { ref: "f", first: 0, privateClips: [] };

  test("answer `fetch` with the packets in base64, and `clips` with the list", () => {
    const { isolated } = createIsolated();
    isolated.keep(about, [Uint8Array.of(0x78, 1), Uint8Array.of(0x78, 2)]);
    expect(isolated.read({ ...fetch, first: 1 })).toEqual({
      type: "clip",
      ref: "f",
      ...about,
      frames: 2,
      first: 1,
      packets: ["eAI="],
    });
    expect(isolated.list({ ref: "c", privateClips: [] })).toEqual({
      type: "clips",
      ref: "c",
      clips: [about],
    });
  });

  test("answer `fetch` for the longest packets with a message that fits a frame", () => {
    const { isolated } = createIsolated();
    const from = "\u{10000}".repeat(limits.nameCharsMax);
    const packets = packetsOf(limits.clipPacketsMax + 1, limits.packetBytesMax);
    isolated.keep({ ...about, from, to: from }, packets);
    const piece = isolated.read({ ...fetch, privateClips: [1], ref: "r".repeat(limits.refCharsMax) });
    expect(piece).toMatchObject({ type: "clip", packets: { length: limits.clipPacketsMax } });
    expect(encodeServerMessage(piece).length).toBeLessThan(limits.serverBodyBytesMax);
  });

  test("answer `fetch` for a clip that does not exist or is private with an error", () => {
    const { isolated } = createIsolated();
    expect(isolated.read(fetch)).toEqual({
      type: "error",
      code: "no-such-clip",
      message: "There is no clip to hear.",
      ref: "f",
    });
    isolated.keep({ ...about, to: "bob" }, packetsOf(1));
    for (const clip of [0, 1, 99])
      expect(isolated.read({ ...fetch, clip })).toMatchObject({
        code: "no-such-clip",
        clip,
        message: `There is no clip ${clip}, or it is not for you.`,
      });
    isolated.forget([1]);
    expect(isolated.read({ ...fetch, clip: 1, privateClips: [1] })).toMatchObject({ code: "no-such-clip" });
  });

  test("lose a clip to a full disk, report that once, and keep clips again when there is room", () => {
    const { notices, isolated } = createIsolated();
    const pages = Number(file.query("PRAGMA page_count").values()[0]?.[0]);
    file.run(`PRAGMA max_page_count = ${pages + 2}`);
    const large = packetsOf(500, 1_000);
    for (let clip = 1; clip <= 3; clip += 1) expect(isolated.keep({ ...about, clip }, large)).toBeFalse();
    expect(notices).toEqual([
      "warning clips-failed Clips cannot be kept (database or disk is full). The chat goes on.",
    ]);
    expect(numbers()).toEqual([]);
    file.run("PRAGMA max_page_count = 100000");
    expect(isolated.keep({ ...about, clip: 4 }, large)).toBeTrue();
    expect(numbers()).toEqual([4]);
    expect(notices).toHaveLength(1);
  });

  test("report each kind of operation once when the whole file fails, and throw nothing", () => {
    const { notices, isolated } = createIsolated();
    file.close();
    expect(isolated.keep(about, packetsOf(1))).toBeFalse();
    expect(isolated.list({ ref: "c", privateClips: [] })).toMatchObject({
      clips: [],
    });
    expect(isolated.read(fetch)).toMatchObject({ code: "no-such-clip" });
    isolated.forget([1]);
    expect(isolated.prune(0)).toBeFalse();
    expect(isolated.prune(0)).toBeFalse();
    expect(notices.map((notice) => notice.split(" (")[0])).toEqual([
      "warning clips-failed Clips cannot be kept",
      "warning clips-failed Clips cannot be listed",
      "warning clips-failed Clips cannot be read",
      "warning clips-failed Clips cannot be deleted",
      "warning clips-failed Old clips cannot be deleted",
    ]);
  });
});
