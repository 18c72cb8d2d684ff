/** Keeps the clips of a room in its file, within bounds of age and bytes. */
import type { Database } from "bun:sqlite";
import { limits } from "../protocol/limits.ts";
import type { Clip, ClipStore } from "../room/clips.ts";

export interface Retention {
  /** 0: nothing is kept. */
  days: number;
  bytesMax: number;
}

export interface SqliteClips extends ClipStore {
  /**
   * Forgets the private clips of an earlier run, whose two are gone, and the oldest clips of too many, a few at a
   * time. True: there are more. `nowMs` as people read it.
   */
  prune(nowMs: number): boolean;
}

interface Row {
  clip: number;
  speaker: string;
  receiver: string | null;
  at: string;
  seconds: number;
  frames: number;
}

const dayMs = 86_400_000;
/** Deleting so many takes a few milliseconds. */
const prunedAtOnce = 50;
/** What a clip takes beside its packets. */
const clipOverheadBytes = 256;
/** Pages of the file given back to the system with each step. */
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
  const oldest = file.query<{ clip: number; at: string; bytes: number }, [number]>(
    "SELECT clip, at, bytes FROM clips ORDER BY clip LIMIT ?",
  );
  const lastEver = file.query<{ seq: number }, []>("SELECT seq FROM sqlite_sequence WHERE name = 'clips'");
  const privateUpTo = file.query<{ clip: number }, [number]>(
    "SELECT clip FROM clips WHERE receiver IS NOT NULL AND clip <= ?",
  );

  const lastClip = (): number => lastEver.get()?.seq ?? 0;
  const lastOfEarlierRun = lastClip();
  let isEarlierRunForgotten = false;
  let bytes =
    file.query<{ sum: number }, []>("SELECT coalesce(sum(bytes), 0) AS sum FROM clips").get()?.sum ?? 0;

  const insert = file.transaction((clip: Clip, packets: Uint8Array[], size: number) => {
    const { clip: number, from, to = null, at, seconds } = clip;
    insertClip.run(number, from, to, at, seconds, packets.length, size);
    for (let first = 0; first < packets.length; first += limits.clipPacketsMax)
      insertPackets.run(number, first, join(packets.slice(first, first + limits.clipPacketsMax)));
  });

  function forget(clips: number[]): void {
    for (const gone of remove.all(JSON.stringify(clips))) bytes -= gone.bytes;
  }

  return {
    lastClip,
    keep(clip, packets) {
      const size = packets.reduce((sum, packet) => sum + packet.length + 2, clipOverheadBytes);
      insert(clip, packets, size);
      bytes += size;
    },
    forget,
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
      if (!isEarlierRunForgotten) forget(privateUpTo.all(lastOfEarlierRun).map(({ clip }) => clip));
      isEarlierRunForgotten = true;
      const keptSince = new Date(nowMs - retention.days * dayMs).toISOString();
      const candidates = oldest.all(prunedAtOnce);
      let excess = bytes - retention.bytesMax;
      const tooMany = candidates.filter((one) => {
        const isTooMuch = one.at < keptSince || excess > 0;
        if (isTooMuch) excess -= one.bytes;
        return isTooMuch;
      });
      if (tooMany.length === 0) return false;
      forget(tooMany.map(({ clip }) => clip));
      file.run(`PRAGMA incremental_vacuum(${vacuumedPages})`);
      return tooMany.length === prunedAtOnce;
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
