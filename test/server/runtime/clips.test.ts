/** Clips in their file and on the shelf: what comes out, for whom, for how long, and what a failing disk costs. */
import type { Database } from "bun:sqlite";
import { beforeEach, describe, expect, test } from "bun:test";
import { limits } from "../../../lib/protocol/limits.ts";
import { encodeServerMessage } from "../../../lib/protocol/messages.ts";
import { createClipShelf } from "../../../lib/server/storage/clip-store.ts";
import type { SqliteClips } from "../../../lib/server/storage/clips.ts";
import { createSqliteClips } from "../../../lib/server/storage/clips.ts";
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

/** Packets of any length, each another. */
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
  clips.list(privateClips, clipsMax).map(({ clip }) => clip);

describe("a clip", () => {
  test("comes out as it went in, in as many pieces as it needs", () => {
    const packets = packetsOf(1_234, 5);
    clips.keep({ clip: 3, from: "Zoë", at: atOf(noonMs), seconds: 24.68 }, packets);
    const about = { clip: 3, from: "Zoë", at: atOf(noonMs), seconds: 24.68 };
    expect(clips.find(3, [])).toEqual({ ...about, frames: 1_234 });
    expect(clips.list([], 9)).toEqual([about]);
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

  test("for one person is there for those who may hear it alone", () => {
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

  test("for one person is gone when the server starts again, the others are not", () => {
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

  test("is listed with the newest only, the newest last", () => {
    for (let clip = 1; clip <= 9; clip += 1) keep(clip);
    expect(numbers([], 3)).toEqual([7, 8, 9]);
  });
});

describe("clips are forgotten", () => {
  test("when they are older than the days they are kept for, the oldest first, a few at a time", () => {
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

  test("when they are more than the bytes they may have, the oldest first and at once", () => {
    for (let clip = 1; clip <= 20; clip += 1) keep(clip, { bytes: 1_000, frames: 10 });
    expect(numbers()).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20]);
  });

  test("but not for one that is larger than all that may be kept", () => {
    keep(1);
    expect(
      clips.keep({ clip: 2, from: "a", at: atOf(noonMs), seconds: 2 }, packetsOf(100, 1_000)),
    ).toBeFalse();
    expect(numbers()).toEqual([1]);
    expect(clips.keep({ clip: 2, from: "a", at: atOf(noonMs), seconds: 2 }, packetsOf(90, 1_000))).toBeTrue();
    keep(3, { bytes: 1_000, frames: 90 });
    expect(numbers()).toEqual([3]);
  });

  test("also the bytes of an earlier run", () => {
    for (let clip = 1; clip <= 20; clip += 1) keep(clip, { bytes: 1_000, frames: 10 });
    clips = createSqliteClips(file, { days: 7, bytesMax: 30_000 });
    while (clips.prune(noonMs));
    expect(numbers()).toEqual([19, 20]);
  });

  test("all of them when none are to be kept", () => {
    keep(1);
    clips = createSqliteClips(file, { days: 0, bytesMax: 100_000 });
    clips.prune(noonMs + 1);
    expect(numbers()).toEqual([]);
  });

  test("of any smallness, so that their number is bounded, too", () => {
    for (let clip = 1; clip <= 1_000; clip += 1) keep(clip, { bytes: 1 });
    while (clips.prune(noonMs));
    expect(numbers().length).toBeLessThan(400);
  });
});

describe("on the shelf", () => {
  function createShelf() {
    const notices: string[] = [];
    const log = {
      event() {},
      listening() {},
      notice: (level: string, code: string, sentence: string) =>
        void notices.push(`${level} ${code} ${sentence}`),
    };
    clips = createSqliteClips(file, { days: 7, bytesMax: 10_000_000 });
    return { notices, shelf: createClipShelf(clips, log) };
  }
  const about = { clip: 1, from: "alice", at: atOf(noonMs), seconds: 1 };
  const fetch = { type: "fetch-clip", id: 1, ref: "f", first: 0, privateClips: [] } as const;

  test("a clip is handed out with its packets in base64", () => {
    const { shelf } = createShelf();
    shelf.keep(about, [Uint8Array.of(0x78, 1), Uint8Array.of(0x78, 2)]);
    expect(shelf.read({ ...fetch, first: 1, privateClips: [] })).toEqual({
      type: "clip",
      ref: "f",
      ...about,
      frames: 2,
      first: 1,
      packets: ["eAI="],
    });
    expect(shelf.list({ type: "list-clips", id: 1, ref: "c", privateClips: [] })).toEqual({
      type: "clips",
      ref: "c",
      clips: [about],
    });
  });

  test("a piece of the longest packets fits a frame", () => {
    const { shelf } = createShelf();
    const from = "\u{10000}".repeat(limits.nameCharsMax);
    const packets = packetsOf(limits.clipPacketsMax + 1, limits.packetBytesMax);
    shelf.keep({ ...about, from, to: from }, packets);
    const piece = shelf.read({ ...fetch, privateClips: [1], ref: "r".repeat(limits.refCharsMax) });
    expect(piece).toMatchObject({ type: "clip", packets: { length: limits.clipPacketsMax } });
    expect(encodeServerMessage(piece).length).toBeLessThan(limits.serverBodyBytesMax);
  });

  test("what is not there is refused", () => {
    const { shelf } = createShelf();
    expect(shelf.read({ ...fetch, privateClips: [] })).toEqual({
      type: "error",
      code: "no-such-clip",
      message: "There is no clip to hear.",
      ref: "f",
    });
    shelf.keep({ ...about, to: "bob" }, packetsOf(1));
    for (const clip of [0, 1, 99])
      expect(shelf.read({ ...fetch, clip, privateClips: [] })).toMatchObject({
        code: "no-such-clip",
        clip,
        message: `There is no clip ${clip}, or it is not for you.`,
      });
    shelf.forget([1]);
    expect(shelf.read({ ...fetch, clip: 1, privateClips: [1] })).toMatchObject({ code: "no-such-clip" });
  });

  test("a full disk costs the clip and one line in the log, and room on it helps", () => {
    const { notices, shelf } = createShelf();
    const pages = Number(file.query("PRAGMA page_count").values()[0]?.[0]);
    file.run(`PRAGMA max_page_count = ${pages + 2}`);
    const large = packetsOf(500, 1_000);
    for (let clip = 1; clip <= 3; clip += 1) expect(shelf.keep({ ...about, clip }, large)).toBeFalse();
    expect(notices).toEqual([
      "warning clips-failed What is said is not kept (database or disk is full). The chat goes on.",
    ]);
    expect(numbers()).toEqual([]);
    file.run("PRAGMA max_page_count = 100000");
    expect(shelf.keep({ ...about, clip: 4 }, large)).toBeTrue();
    expect(numbers()).toEqual([4]);
    expect(notices).toHaveLength(1);
  });

  test("a file that fails altogether costs the clips, and nothing else", () => {
    const { notices, shelf } = createShelf();
    file.close();
    expect(shelf.keep(about, packetsOf(1))).toBeFalse();
    expect(shelf.list({ type: "list-clips", id: 1, ref: "c", privateClips: [] })).toMatchObject({
      clips: [],
    });
    expect(shelf.read({ ...fetch, privateClips: [] })).toMatchObject({ code: "no-such-clip" });
    shelf.forget([1]);
    shelf.startPruning(() => 0)[Symbol.dispose]();
    expect(notices).toHaveLength(1);
  });
});
