/** Stores the read marker of each history: at most once a second, and at the end. */
import type { ReadMarker } from "../core/chat-io.ts";
import type { Clock } from "./clock.ts";

/** Stores the last id that was read, by the name of its history. */
export interface ReadMarkerStore {
  readMarkers(): Promise<Record<string, number>>;
  keepReadMarker(history: string, id: number): Promise<void>;
}

export interface ReadMarkerKeeper {
  /** The stored read marker of this history; undefined: it was never read. */
  stored(history: string | undefined): ReadMarker | undefined;
  move(marker: ReadMarker): void;
  /** Resolves when the last move is stored. */
  close(): Promise<void>;
}

const storeEveryMs = 1_000;

/** A keeper that has loaded the stored markers. */
export async function createReadMarkerKeeper(
  store: ReadMarkerStore,
  clock: Clock,
): Promise<ReadMarkerKeeper> {
  const before = await store.readMarkers();
  let moved: ReadMarker | undefined;
  let cancel: (() => void) | undefined;
  /** Settled when what is being stored is stored: a program that ends before would leave half of it. */
  let storing: Promise<unknown> = Promise.resolve();

  function keep(): void {
    cancel = undefined;
    const marker = moved;
    moved = undefined;
    if (marker === undefined) return;
    storing = Promise.all([storing, store.keepReadMarker(marker.history, marker.id)]);
  }

  return {
    stored(history = "") {
      const id = before[history];
      return id === undefined ? undefined : { history, id };
    },
    move(marker) {
      moved = marker;
      cancel ??= clock.after(storeEveryMs, keep);
    },
    async close() {
      cancel?.();
      keep();
      await storing;
    },
  };
}
