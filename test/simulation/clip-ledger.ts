/** Keeps and deletes clips of a simulated server, and knows which of them must be there. */
import type { SqliteClips } from "../../lib/server/storage/clips.ts";
import type { Random } from "../support/random.ts";

export interface ClipLedger {
  /** Keeps, deletes or reads a clip. */
  act(clips: SqliteClips): void;
  /** The broken promises. The disk is sound. */
  check(clips: SqliteClips): string[];
}

/** Beyond ten of these, the oldest are deleted (`clipMegabytes`). */
const packetBytes = 1_000;
const packetsMax = 150;

export function createClipLedger(random: Random): ClipLedger {
  /** The clips whose keeping was confirmed, and which were not deleted. */
  const kept = new Map<number, Uint8Array[]>();
  let last = 0;

  function keep(clips: SqliteClips): void {
    last += 1;
    const packets = Array.from({ length: 1 + random.below(packetsMax) }, () =>
      new Uint8Array(packetBytes).fill(random.below(256)),
    );
    const clip = { clip: last, from: "alice", at: new Date().toISOString(), seconds: packets.length / 50 };
    if (clips.keep(clip, packets)) kept.set(last, packets);
  }

  function isWhole(clips: SqliteClips, clip: number): boolean {
    const packets = kept.get(clip) ?? [];
    const answer = clips.read({ ref: "r", clip, first: 0, privateClips: [] });
    return (
      answer.type === "clip" &&
      answer.frames === packets.length &&
      answer.packets.every((packet, index) => packet === packets[index]?.toBase64())
    );
  }

  return {
    act(clips) {
      const clip = random.below(last + 1);
      const dice = random.below(10);
      if (dice < 5) keep(clips);
      else if (dice < 7) clips.list({ ref: "r", privateClips: [] });
      else if (dice < 9) clips.read({ ref: "r", clip, first: 0, privateClips: [] });
      else {
        clips.forget([clip]);
        kept.delete(clip);
      }
    },
    check(clips) {
      const listed = clips.newest([], 1_000).map(({ clip }) => clip);
      const oldest = listed[0] ?? Number.POSITIVE_INFINITY;
      return [...kept.keys()]
        .filter((clip) => clip >= oldest && !isWhole(clips, clip))
        .map((clip) => `clip ${clip} was kept and is not whole`);
    },
  };
}
