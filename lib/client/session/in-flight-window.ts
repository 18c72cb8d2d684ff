/** Slows a fast script down: wishes wait for the room, and their author for the confirmations. */
import type { Command } from "../api.ts";

export interface Pace {
  /** Keeps a wish until the room is joined. */
  keep(intent: Command): void;
  /** The next wish that was kept, in their order. */
  next(): Command | undefined;
  /** Whether any wish still waits for the room. */
  hasKept(): boolean;
  /** Resolves when another wish may follow. */
  ready(): Promise<void>;
  /** Something may have been confirmed: lets those go on who wait for it. */
  settle(): void;
}

/** A script may have this many lines on their way before it has to wait for the confirmations. */
const unconfirmedMax = 64;

/** `unconfirmed` says how many wishes the server has not answered. */
export function createPace(unconfirmed: () => number): Pace {
  const kept: Command[] = [];
  let settled = Promise.withResolvers<void>();
  const isFull = () => unconfirmed() >= unconfirmedMax || kept.length >= unconfirmedMax;
  return {
    keep: (intent) => void kept.push(intent),
    next: () => kept.shift(),
    hasKept: () => kept.length > 0,
    ready: () => (isFull() ? settled.promise : Promise.resolve()),
    settle() {
      if (unconfirmed() >= unconfirmedMax) return;
      settled.resolve();
      settled = Promise.withResolvers();
    },
  };
}
