/** Keeps the clips of a room in its file, within bounds of age and bytes. */
import type { Database } from "bun:sqlite";
import { limits } from "../../protocol/limits.ts";
import type { Clip, ClipStore } from "../room/clip.ts";
import { emptyJournal } from "./database.ts";

export interface Retention {
  /** 0: nothing is kept. */
  days: number;
  bytesMax: number;
}

export interface SqliteClips extends ClipStore {
  /**
   * One small step of what is to be done all the time: forgets the private clips of an earlier run, whose two are
   * gone, and clips that are too old or too many; gives room in the file back to the system; at the end of all that
   * empties the journal, from which what was forgotten could still be read. True: there is more to do. `nowMs` as
   * people read it.
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
/** Deleting two megabytes takes about five milliseconds, for every byte is overwritten. */
const prunedBytes = 2_000_000;
/** What a clip takes beside its packets. */
const clipOverheadBytes = 256;
/** Pages of the file given back to the system with each step, which takes about a millisecond. */
const vacuumedPages = 256;

/** The clips in this file, which is not written to before one is kept or forgotten. */
export function createSqliteClips(file: Database, retention: Retention): SqliteClips {
  const insertClip = file.query(
    "INSERT INTO clips (clip, speaker, receiver, at, seconds, frames, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  const insertPackets = file.query("INSERT INTO clip_packets (clip, first, packets) VALUES (?, ?, ?)");
  const remove = file.query<{ bytes: number }, [string]>(
    "DELETE FROM clips WHERE clip IN (SELECT value FROM json_each(?)) RETURNING bytes",
  );
  const mayHear = "(receiver IS NULL OR clip IN (SELECT value FROM json_each(?)))";
  const newest = file.query<Row, [string, number]>(
    `SELECT * FROM clips WHERE ${mayHear} ORDER BY clip DESC LIMIT ?`,
  );
  const byNumber = file.query<Row, [number, string]>(`SELECT * FROM clips WHERE clip = ? AND ${mayHear}`);
  const packetsAt = file.query<{ first: number; packets: Uint8Array }, [number, number]>(
    "SELECT first, packets FROM clip_packets WHERE clip = ? AND first <= ? ORDER BY first DESC LIMIT 1",
  );
  const oldest = file.query<Old, []>("SELECT clip, at, bytes FROM clips ORDER BY clip");
  const lastEver = file.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'clips'");
  const privateUpTo = file.query<Old, [number]>(
    "SELECT clip, at, bytes FROM clips WHERE receiver IS NOT NULL AND clip <= ? ORDER BY clip",
  );
  const freePages = file.query<{ freelist_count: number }, []>("PRAGMA freelist_count");

  const lastClip = (): number => lastEver.get()?.seq ?? 0;
  const lastOfEarlierRun = lastClip();
  /** What an earlier run forgot last may still be in the journal, as what this one forgets. */
  let isJournalEmpty = false;
  let bytes =
    file.query<{ sum: number }, []>("SELECT coalesce(sum(bytes), 0) AS sum FROM clips").get()?.sum ?? 0;

  /** Keeps one in the place of the oldest, so that the file stays within its bounds; returns what they took. */
  const insert = file.transaction((clip: Clip, packets: Uint8Array[], size: number) => {
    const { clip: number, from, to = null, at, seconds } = clip;
    const isTooMuch = (_: Old, gone: number) => bytes + size - gone > retention.bytesMax;
    const gone = removeWhile(oldest.iterate(), isTooMuch, size + prunedBytes);
    insertClip.run(number, from, to, at, seconds, packets.length, size);
    for (let first = 0; first < packets.length; first += limits.clipPacketsMax)
      insertPackets.run(number, first, join(packets.slice(first, first + limits.clipPacketsMax)));
    return gone;
  });

  function removeAll(clips: number[]): number {
    if (clips.length === 0) return 0;
    isJournalEmpty = false;
    return remove.all(JSON.stringify(clips)).reduce((sum, gone) => sum + gone.bytes, 0);
  }

  /** Removes clips in this order as long as they are to go, about so many bytes at most; returns how many bytes. */
  function removeWhile(
    clips: Iterable<Old>,
    isToGo: (one: Old, goneBytes: number) => boolean,
    bytesMax: number,
  ): number {
    const chosen: number[] = [];
    let goneBytes = 0;
    for (const one of clips) {
      if (goneBytes >= bytesMax || !isToGo(one, goneBytes)) break;
      chosen.push(one.clip);
      goneBytes += one.bytes;
    }
    return removeAll(chosen);
  }

  return {
    lastClip,
    keep(clip, packets) {
      const size = packets.reduce((sum, packet) => sum + packet.length + 2, clipOverheadBytes);
      if (size > retention.bytesMax) return false;
      bytes += size - insert(clip, packets, size);
      return true;
    },
    forget(clips) {
      bytes -= removeAll(clips);
    },
    list: (privateClips, clipsMax) =>
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
      return row === null ? [] : split(row.packets).slice(first - row.first);
    },
    prune(nowMs) {
      const keptSince = new Date(nowMs - retention.days * dayMs).toISOString();
      const before = bytes;
      bytes -= removeWhile(privateUpTo.iterate(lastOfEarlierRun), () => true, prunedBytes);
      const isSurplus = ({ at }: Old, gone: number) => at < keptSince || bytes - gone > retention.bytesMax;
      bytes -= removeWhile(oldest.iterate(), isSurplus, prunedBytes - (before - bytes));
      file.run(`PRAGMA incremental_vacuum(${vacuumedPages})`);
      const isFileLarger = (freePages.get()?.freelist_count ?? 0) > 0;
      if (isFileLarger || before - bytes >= prunedBytes) return true;
      if (!isJournalEmpty) isJournalEmpty = emptyJournal(file);
      return false;
    },
  };
}

function clipOf({ clip, speaker, receiver, at, seconds }: Row): Clip {
  return { clip, from: speaker, ...(receiver === null ? {} : { to: receiver }), at, seconds };
}

/** Packets in a row, each behind its length as u16, big-endian. */
function join(packets: Uint8Array[]): Uint8Array {
  const size = packets.reduce((sum, packet) => sum + packet.length + 2, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const packet of packets) {
    view.setUint16(at, packet.length);
    bytes.set(packet, at + 2);
    at += packet.length + 2;
  }
  return bytes;
}

function split(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + view.getUint16(at);
    packets.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return packets;
}
