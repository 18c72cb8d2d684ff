/** Runs the maintenance of the stores as long as the server runs, in steps that are short enough not to delay the chat. */
import type { SqliteClips } from "./clips.ts";
import type { SqliteHistory } from "./lines.ts";
import type { NameUse, SqliteRegistry } from "./registry.ts";

/** Between two steps when the last one left nothing to do, and when it left more to do. */
export interface Pauses {
  idleMs: number;
  busyMs: number;
}

const historyPauses: Pauses = { idleMs: 1_000, busyMs: 25 };
const clipPauses: Pauses = { idleMs: 10_000, busyMs: 50 };
const registryPauses: Pauses = { idleMs: 60_000, busyMs: 60_000 };

/** Indexes words, and deletes lines and people that are too old or too many. Each loop runs until it is disposed of. */
export function maintainHistory({ maintain }: Pick<SqliteHistory, "maintain">): Disposable {
  return repeat(() => maintain({ wallMs: Date.now(), monotonicMs: performance.now() }), historyPauses);
}

/** Deletes clips that are too old or too many. `nowMs`: the wall-clock time by which clips age. */
export function maintainClips({ prune }: Pick<SqliteClips, "prune">, nowMs: () => number): Disposable {
  return repeat(() => prune(nowMs()), clipPauses);
}

/** Frees names that are no longer used. */
export function maintainRegistry({ maintain }: Pick<SqliteRegistry, "maintain">, use: NameUse): Disposable {
  return repeat(() => maintain(use), registryPauses);
}

/** Runs the step at once, and again after each pause. The step says whether it left more to do. */
function repeat(step: () => boolean, { idleMs, busyMs }: Pauses): Disposable {
  let timer: Timer | undefined;
  const run = (): void => {
    const isMore = step();
    timer = setTimeout(run, isMore ? busyMs : idleMs);
  };
  run();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}
