/** A disk in memory, for thousands of simulated worlds: writing to it fails when it is told to, as on a full disk. */
import type { Database } from "bun:sqlite";
import type { SqliteHistory } from "../../lib/server/storage/lines.ts";
import { createSqliteHistory } from "../../lib/server/storage/lines.ts";
import { createSqliteRegistry } from "../../lib/server/storage/registry.ts";
import { createSqliteCommitLog } from "../../lib/server/storage/sqlite-commit-log.ts";
import type { SimulatedDisk } from "./server.ts";

class DiskFull extends Error {}

/** `failed` is called for each write that fails. */
export function createMemoryDisk(database: Database, failed: () => void): SimulatedDisk {
  let failuresLeft = 0;
  let history: SqliteHistory | undefined;

  function write(act: () => void): void {
    if (failuresLeft > 0) {
      failuresLeft -= 1;
      failed();
      throw new DiskFull("disk full");
    }
    act();
  }

  return {
    open(now) {
      const opened = createSqliteHistory(database, { days: 30, bytesMax: 1e9 }, now);
      history = opened;
      const registry = createSqliteRegistry(database, new Set(), () => now.wallMs);
      const commitLog = createSqliteCommitLog({
        history: {
          ...opened,
          add: (line) => write(() => opened.add(line)),
          commit: () => write(() => opened.commit()),
          failed() {},
          succeeded() {},
        },
        registry: { ...registry, used() {} },
        clips: { keep: () => false, forget() {} },
      });
      const stopped = (wallMs: number) => {
        try {
          write(() => opened.stopped(wallMs));
        } catch (thrown) {
          if (!(thrown instanceof DiskFull)) throw thrown;
        }
      };
      return { history: opened, registry, commitLog, stopped };
    },
    killed: () => history?.rollback(),
    fail(times) {
      failuresLeft = times;
    },
  };
}
