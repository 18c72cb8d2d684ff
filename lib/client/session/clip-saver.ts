/** Saves clips, and tells when the last one is written, because leaving waits for it. */
import type { SaveError } from "../api.ts";

export interface ClipSaver {
  save(file: string, packets: Uint8Array[]): void;
  /** Resolves when no file is being written. */
  done(): Promise<void>;
}

/** The chat saves one clip at a time; `onSaved` receives the outcome of each. */
export function createClipSaver(
  save: (file: string, packets: Uint8Array[]) => Promise<SaveError | undefined>,
  onSaved: (error: SaveError | undefined) => void,
): ClipSaver {
  let saving: Promise<void> = Promise.resolve();
  return {
    save(file, packets) {
      saving = save(file, packets).then(onSaved);
    },
    async done() {
      // The outcome of one save may start the next.
      for (let last: Promise<void> | undefined; last !== saving; ) {
        last = saving;
        await last;
      }
    },
  };
}
