/** Keeps the clips of a room in its file, within bounds of age and size. */
import type { Database } from "bun:sqlite";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerMessage } from "../../protocol/messages.ts";
import type { Clip } from "../room/clip.ts";
import { joinPackets, splitPackets } from "./clip-packets.ts";
import { checkpoint } from "./database.ts";
import type { FailureKind, Report } from "./error-isolation.ts";
import { createFailureReporter, withErrorIsolation } from "./error-isolation.ts";

export interface ClipRetention {
  /** Older clips are deleted; 0: no clip is kept. */
  days: number;
  /** Of all clips; beyond it the oldest clips are deleted. */
  bytesMax: number;
}

/** Which clips are listed: those for everyone, and these private ones. */
export interface ClipListQuery {
  ref: string;
  privateClips: number[];
}

/** Which packets are read: of this clip, or of the newest one, from number `first` on. */
export interface ClipQuery extends ClipListQuery {
  clip?: number;
  first: number;
}

/** Every operation but `lastClip` throws when the disk fails. */
export interface SqliteClips {
  /** The highest number ever kept; 0: none. */
  lastClip(): number;
  /** Keeps a clip in place of the oldest ones. False: it is larger than `bytesMax`. */
  keep(clip: Clip, packets: Uint8Array[]): boolean;
  forget(clips: number[]): void;
  /** The newest clips, at most `clipsMax`, the newest last. Private clips only when they are named. */
  newest(privateClips: number[], clipsMax: number): Clip[];
  /** This clip or the newest one, unless it is private and not named. `frames`: how many packets it has. */
  find(clip: number | undefined, privateClips: number[]): (Clip & { frames: number }) | undefined;
  /** Packets from number `first` on: at most `limits.clipPacketsMax`, and none only past the end. */
  packets(clip: number, first: number): Uint8Array[];
  /** The answer to `clips`. */
  list(query: ClipListQuery): ServerMessage;
  /** The answer to `fetch`: `clip`, or an error. */
  read(query: ClipQuery): ServerMessage;
  /**
   * Does one short step of the maintenance: deletes the private clips of an earlier run, which no connected person may
   * hear, and clips beyond the retention; shrinks the file; and at the end empties the WAL, in which deleted clips could
   * still be read. True: there is more to do. `nowMs`: wall-clock time.
   */
  prune(nowMs: number): boolean;
}

type Old = Pick<Row, "clip" | "at" | "bytes">;

interface Row {
  clip: number;
  speaker: string;
  receiver: string | null;
  at: string;
  seconds: number;
  frames: number;
  bytes: number;
}

const dayMs = 86_400_000;
/** Deleting two megabytes takes about five milliseconds, because every byte is overwritten. */
const prunedBytes = 2_000_000;
/** Bytes of a clip in the file beside its packets. */
const clipOverheadBytes = 256;
/** Pages by which the file shrinks in each step, which takes about a millisecond. */
const vacuumedPages = 256;

const clipsFailure = (what: string): FailureKind => ({
  code: "clips-failed",
  sentence: (reason) => `${what} (${reason}). The chat goes on.`,
});

/** Isolates the disk errors of clips: a clip that cannot be kept or read is missing, and the chat goes on. */
export function isolateClips(clips: SqliteClips, report: Report): SqliteClips {
  return withErrorIsolation(
    clips,
    {
      keep: { kind: clipsFailure("Clips cannot be kept"), fallback: () => false },
      forget: { kind: clipsFailure("Clips cannot be deleted"), fallback: () => {} },
      list: {
        kind: clipsFailure("Clips cannot be listed"),
        fallback: ({ ref }) => ({ type: "clips", ref, clips: [] }),
      },
      read: { kind: clipsFailure("Clips cannot be read"), fallback: noSuchClip },
      prune: { kind: clipsFailure("Old clips cannot be deleted"), fallback: () => false },
    },
    createFailureReporter(report),
  );
}

/** The clips in this file, to which nothing is written before a clip is kept or deleted. */
export function createSqliteClips(file: Database, retention: ClipRetention): SqliteClips {
  const reading = createReading(file);
  return {
    ...reading,
    ...createWriting(file, retention, reading.lastClip()),
    list: ({ ref, privateClips }) => ({
      type: "clips",
      ref,
      clips: reading.newest(privateClips, limits.clipsListedMax),
    }),
    read(query) {
      const { ref, clip, first, privateClips } = query;
      const found = reading.find(clip, privateClips);
      if (found === undefined) return noSuchClip(query);
      const packets = reading.packets(found.clip, first).map((packet) => packet.toBase64());
      return { type: "clip", ref, ...found, first, packets };
    },
  };
}

function noSuchClip({ ref, clip }: ClipQuery): ServerMessage {
  return { type: "error", ...refusal("no-such-clip", clip === undefined ? {} : { clip }), ref };
}

function createReading(file: Database): Pick<SqliteClips, "lastClip" | "newest" | "find" | "packets"> {
  const mayHear = "(receiver IS NULL OR clip IN (SELECT value FROM json_each(?)))";
  const newest = file.query<Row, [string, number]>(
    `SELECT * FROM clips WHERE ${mayHear} ORDER BY clip DESC LIMIT ?`,
  );
  const byNumber = file.query<Row, [number, string]>(`SELECT * FROM clips WHERE clip = ? AND ${mayHear}`);
  const packetsAt = file.query<{ first: number; packets: Uint8Array }, [number, number]>(
    "SELECT first, packets FROM clip_packets WHERE clip = ? AND first <= ? ORDER BY first DESC LIMIT 1",
  );
  const lastEver = file.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'clips'");

  return {
    lastClip: () => lastEver.get()?.seq ?? 0,
    newest: (privateClips, clipsMax) =>
      newest
        .all(JSON.stringify(privateClips), clipsMax)
        .reverse()
        .map((row) => clipOf(row)),
    find(clip, privateClips) {
      const named = JSON.stringify(privateClips);
      const row = clip === undefined ? newest.get(named, 1) : byNumber.get(clip, named);
      return row === null ? undefined : { ...clipOf(row), frames: row.frames };
    },
    packets(clip, first) {
      const row = packetsAt.get(clip, first);
      return row === null ? [] : splitPackets(row.packets).slice(first - row.first);
    },
  };
}

function createWriting(
  file: Database,
  { days, bytesMax }: ClipRetention,
  lastOfEarlierRun: number,
): Pick<SqliteClips, "keep" | "forget" | "prune"> {
  const insert = createInserting(file);
  const remove = createDeleting(file);
  const oldest = file.query<Old, []>("SELECT clip, at, bytes FROM clips ORDER BY clip");
  const privateUpTo = file.query<Old, [number]>(
    "SELECT clip, at, bytes FROM clips WHERE receiver IS NOT NULL AND clip <= ? ORDER BY clip",
  );
  const freePages = file.query<{ freelist_count: number }, []>("PRAGMA freelist_count");
  let bytes =
    file.query<{ sum: number }, []>("SELECT coalesce(sum(bytes), 0) AS sum FROM clips").get()?.sum ?? 0;
  /** Deleted clips may still be in the WAL, also those of an earlier run. */
  let isWalDirty = true;

  function deleteAll(clips: number[]): number {
    if (clips.length === 0) return 0;
    isWalDirty = true;
    return remove(clips);
  }

  /** Keeps one clip in place of the oldest ones, so that the file stays within its bound; returns the deleted bytes. */
  const keep = file.transaction((clip: Clip, packets: Uint8Array[], size: number) => {
    const isBeyond = (_: Old, deleted: number) => bytes + size - deleted > bytesMax;
    const deleted = deleteAll(clipsWhile(oldest.iterate(), isBeyond, size + prunedBytes));
    insert(clip, packets, size);
    return deleted;
  });

  return {
    keep(clip, packets) {
      const size = packets.reduce((sum, packet) => sum + packet.length + 2, clipOverheadBytes);
      if (size > bytesMax) return false;
      bytes += size - keep(clip, packets, size);
      return true;
    },
    forget(clips) {
      bytes -= deleteAll(clips);
    },
    prune(nowMs) {
      const keptSince = new Date(nowMs - days * dayMs).toISOString();
      const before = bytes;
      bytes -= deleteAll(clipsWhile(privateUpTo.iterate(lastOfEarlierRun), () => true, prunedBytes));
      const isBeyond = ({ at }: Old, deleted: number) => at < keptSince || bytes - deleted > bytesMax;
      bytes -= deleteAll(clipsWhile(oldest.iterate(), isBeyond, prunedBytes - (before - bytes)));
      file.run(`PRAGMA incremental_vacuum(${vacuumedPages})`);
      const canShrink = (freePages.get()?.freelist_count ?? 0) > 0;
      if (canShrink || before - bytes >= prunedBytes) return true;
      if (isWalDirty) isWalDirty = !checkpoint(file);
      return false;
    },
  };
}

function createInserting(file: Database): (clip: Clip, packets: Uint8Array[], size: number) => void {
  const insertClip = file.query(
    "INSERT INTO clips (clip, speaker, receiver, at, seconds, frames, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertPackets = file.query("INSERT INTO clip_packets (clip, first, packets) VALUES (?, ?, ?)");
  return ({ clip, from, to = null, at, seconds }, packets, size) => {
    insertClip.run(clip, from, to, at, seconds, packets.length, size);
    for (let first = 0; first < packets.length; first += limits.clipPacketsMax)
      insertPackets.run(clip, first, joinPackets(packets.slice(first, first + limits.clipPacketsMax)));
  };
}

/** The result deletes these clips, and returns how many bytes they had. */
function createDeleting(file: Database): (clips: number[]) => number {
  const remove = file.query<{ bytes: number }, [string]>(
    "DELETE FROM clips WHERE clip IN (SELECT value FROM json_each(?)) RETURNING bytes",
  );
  return (clips) => remove.all(JSON.stringify(clips)).reduce((sum, deleted) => sum + deleted.bytes, 0);
}

/** The first clips for which this holds, of about `atOnceMax` bytes at most. `chosenBytes`: of those before. */
function clipsWhile(
  clips: Iterable<Old>,
  holds: (clip: Old, chosenBytes: number) => boolean,
  atOnceMax: number,
): number[] {
  const chosen: number[] = [];
  let chosenBytes = 0;
  for (const one of clips) {
    if (chosenBytes >= atOnceMax || !holds(one, chosenBytes)) break;
    chosen.push(one.clip);
    chosenBytes += one.bytes;
  }
  return chosen;
}

function clipOf({ clip, speaker, receiver, at, seconds }: Row): Clip {
  return { clip, from: speaker, ...(receiver === null ? {} : { to: receiver }), at, seconds };
}
