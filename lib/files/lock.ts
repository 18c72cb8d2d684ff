/**
 * Locks a file between programs. The lock is on an empty SQLite file: SQLite can lock on every platform, and the operating
 * system releases the lock when the process ends for any reason, so no lock is ever stale.
 */
import { Database, SQLiteError } from "bun:sqlite";

/** The longest pause between two attempts; each pause is another one, so that many programs do not try together. */
const pauseMsMax = 20;

/**
 * Locks the file, which is made if it does not exist, until the result is disposed of. Waits at most `withinMs` without
 * running anything else; undefined: another program, or another lock of this one, has it.
 * @throws {SQLiteError} when the file cannot be used.
 */
export function lockFile(path: string, withinMs: number): Disposable | undefined {
  using opened = new DisposableStack();
  try {
    const file = opened.use(new Database(path, { create: true }));
    // Nothing is ever written, so the journal need not be on disk.
    file.run(`PRAGMA busy_timeout = ${withinMs}; PRAGMA journal_mode = MEMORY`);
    file.run("BEGIN EXCLUSIVE");
    return opened.move();
  } catch (thrown) {
    if (!(thrown instanceof SQLiteError)) throw thrown;
    if (thrown.code === "SQLITE_BUSY") return undefined;
    // As the errors of the operating system have it.
    throw Object.assign(thrown, { path });
  }
}

/** The same, but everything else goes on meanwhile. */
export async function waitForLock(path: string, withinMs: number): Promise<Disposable | undefined> {
  const until = performance.now() + withinMs;
  for (;;) {
    const lock = lockFile(path, 0);
    if (lock !== undefined || performance.now() >= until) return lock;
    await Bun.sleep(1 + Math.random() * pauseMsMax);
  }
}
