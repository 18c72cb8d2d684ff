/** The registry as the host has it: what fails on disk is said once, tried again, and never ends the chat. */
import { sentenceOf } from "../protocol/failure.ts";
import type { Log } from "./log.ts";
import type { SqliteRegistry } from "./sqlite-registry.ts";

export interface RegistryShelf extends Pick<SqliteRegistry, "apply" | "used" | "isDirty"> {
  /** Writes what has changed, if the disk takes it. */
  write(): void;
  /** Frees names that nobody uses, all the time, until it is disposed of. `unusedSinceMs`: those; undefined: not known yet. */
  startUpkeep(unusedSinceMs: () => number | undefined): Disposable;
}

const lookEveryMs = 60_000;

export function createRegistryShelf(registry: SqliteRegistry, log: Log): RegistryShelf {
  let hasFailed = false;

  function write(): void {
    if (!registry.isDirty()) return;
    try {
      registry.write();
      hasFailed = false;
    } catch (thrown) {
      const why = `Names, operators and bans cannot be saved (${sentenceOf(thrown)}). They hold until the server stops, and are saved as soon as that works.`;
      if (!hasFailed) log.notice("warning", "registry-failed", why);
      hasFailed = true;
    }
  }

  return {
    apply: registry.apply,
    used: registry.used,
    isDirty: registry.isDirty,
    write,
    startUpkeep(unusedSinceMs) {
      const timer = setInterval(() => {
        const sinceMs = unusedSinceMs();
        if (sinceMs !== undefined) registry.expire(sinceMs);
        write();
      }, lookEveryMs);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}
