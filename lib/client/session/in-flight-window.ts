/** The in-flight window: backpressure on a fast script. Commands wait for the room, and the script for confirmations. */
import type { Command } from "../api.ts";

export interface InFlightWindow {
  /** Keeps a command until the room is joined. */
  keep(command: Command): void;
  /** The next command that was kept, in their order. */
  next(): Command | undefined;
  /** Whether any command still waits for the room. */
  hasKept(): boolean;
  /** Resolves when another command may follow. */
  ready(): Promise<void>;
  /** To be called when a command may have been confirmed: resolves `ready` if another may follow. */
  update(): void;
}

/** The number of unconfirmed commands at which a script has to wait. */
export const inFlightMax = 64;

/** `unconfirmed` says how many commands the server has not answered. */
export function createInFlightWindow(unconfirmed: () => number): InFlightWindow {
  const kept: Command[] = [];
  let opened = Promise.withResolvers<void>();
  const isFull = () => unconfirmed() >= inFlightMax || kept.length >= inFlightMax;
  return {
    keep: (command) => void kept.push(command),
    next: () => kept.shift(),
    hasKept: () => kept.length > 0,
    ready: () => (isFull() ? opened.promise : Promise.resolve()),
    update() {
      if (unconfirmed() >= inFlightMax) return;
      opened.resolve();
      opened = Promise.withResolvers();
    },
  };
}
