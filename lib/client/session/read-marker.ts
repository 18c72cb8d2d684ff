/** Keeps on disk up to where each history was read, now and then, and at the end. */
import type { Seen } from "../core/state.ts";
import type { Store } from "../desktop/config-store.ts";

export interface SeenKeeper {
  /** What was read of this history before; none: we were never here. */
  before(history: string | undefined): Seen | undefined;
  note(seen: Seen): void;
  /** Resolves when what was noted is kept. */
  close(): Promise<void>;
}

const keepEveryMs = 1_000;

/** A keeper that knows what the store has. */
export async function createSeenKeeper(store: Pick<Store, "seen" | "keepSeen">): Promise<SeenKeeper> {
  const kept = await store.seen();
  let noted: Seen | undefined;
  let timer: Timer | undefined;

  async function keep(): Promise<void> {
    timer = undefined;
    const seen = noted;
    noted = undefined;
    if (seen !== undefined) await store.keepSeen(seen.history, seen.id);
  }

  return {
    before(history = "") {
      const id = kept[history];
      return id === undefined ? undefined : { history, id };
    },
    note(seen) {
      noted = seen;
      timer ??= setTimeout(keep, keepEveryMs);
    },
    close() {
      clearTimeout(timer);
      return keep();
    },
  };
}
