/** Seeded random numbers: the same seed gives the same run on every machine. */
import { sentenceOf } from "../../lib/base/failure.ts";

export interface Random {
  /** A whole number from 0 to one below `end`. */
  below(end: number): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  chance(probability: number): boolean;
}

/** Mulberry32: 32 bits of state, good enough to shuffle tests. */
export function seeded(seed: number): Random {
  let state = seed;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (end: number) => Math.floor(next() * end);
  return {
    below,
    pick: (items) => items[below(items.length)] ?? items[0],
    chance: (probability) => next() < probability,
  };
}

/** Runs once with each of the seeds 1 to `count`; a failure names its seed. */
export function eachSeed(count: number, run: (random: Random) => void): void {
  for (let seed = 1; seed <= count; seed += 1) {
    try {
      run(seeded(seed));
    } catch (thrown) {
      throw new Error(`with seed ${seed}: ${sentenceOf(thrown)}`, { cause: thrown });
    }
  }
}

/** The bytes, cut into pieces at random places. */
export function cutAtRandom(bytes: Uint8Array, random: Random, piecesBytesMax: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = start + 1 + random.below(piecesBytesMax);
    pieces.push(bytes.slice(start, end));
    start = end;
  }
  return pieces;
}
