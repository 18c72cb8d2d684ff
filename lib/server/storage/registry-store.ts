/** The registry as the host has it: what fails on disk is said once, tried again, and never ends the chat. */
import { sentenceOf } from "../../base/failure.ts";
import type { Log } from "../admin/log.ts";
import type { PublicKey } from "../session/identity.ts";
import type { SqliteRegistry } from "./registry.ts";

export interface RegistryShelf extends Pick<SqliteRegistry, "apply" | "used" | "isDirty"> {
  /** Writes what has changed, if the disk takes it. */
  write(): void;
  /** Frees names that nobody uses, all the time, until it is disposed of. */
  startUpkeep(use: NameUse): Disposable;
}

/** How it is known that a name is not used. */
export interface NameUse {
  /** Who is here, whose names are in use. */
  present(): { publicKey: PublicKey; name: string }[];
  /** Names that were not used since then are free; undefined: it is not known yet how much time has passed. */
  unusedSinceMs(): number | undefined;
}

const lookEveryMs = 60_000;

export function createRegistryShelf(registry: SqliteRegistry, log: Log): RegistryShelf {
  let hasFailed = false;

  function attempt(act: () => void): void {
    try {
      act();
      hasFailed = false;
    } catch (thrown) {
      const why = `Names, operators and bans cannot be saved (${sentenceOf(thrown)}). They hold until the server stops, and are saved as soon as that works.`;
      if (!hasFailed) log.notice("warning", "registry-failed", why);
      hasFailed = true;
    }
  }

  function write(): void {
    if (registry.isDirty()) attempt(registry.write);
  }

  return {
    apply: registry.apply,
    used: registry.used,
    isDirty: registry.isDirty,
    write,
    startUpkeep({ present, unusedSinceMs }) {
      const look = (): void => {
        for (const { publicKey, name } of present()) registry.used(publicKey, name);
        const sinceMs = unusedSinceMs();
        if (sinceMs !== undefined) registry.expire(sinceMs);
        if (registry.isDirty()) registry.write();
      };
      const timer = setInterval(attempt, lookEveryMs, look);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
}
