/**
 * The data folder: readable by its owner only, and used by one server at a time. The lock is that of an empty
 * SQLite file, because the operating system gives it back when the process ends, however it ends.
 */
import { Database, SQLiteError } from "bun:sqlite";
import { join } from "node:path";
import { exitStatus, Failure, sentenceOf } from "../../base/failure.ts";
import { ensurePrivateFile, makePrivateFolder } from "../../files/private.ts";

/** Of servers that start in the same moment, one must get the lock: those that meet try again for so long. */
const lockWithinMs = 200;

/**
 * Makes the folder if it is not there, and keeps it until it is disposed of.
 * @throws {Failure} `data-folder-in-use` when another server has it, `not-private` when others can write in it,
 * `data-folder` when it cannot be used.
 */
export async function takeDataFolder(folder: string): Promise<Disposable> {
  const path = join(folder, "server.lock");
  try {
    await makePrivateFolder(folder);
    // Whoever can read a file can lock it.
    await ensurePrivateFile(path);
    return lock(path);
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    if (!(thrown instanceof SQLiteError && thrown.code === "SQLITE_BUSY")) throw unusable(folder, thrown);
    const why = `The data folder ${folder} is in use by another server. Name another one with --data.`;
    throw new Failure("data-folder-in-use", exitStatus.usage, why);
  }
}

/** What ends a server whose folder the system does not let it use. */
export function unusable(folder: string, thrown: unknown): Failure {
  const why = `The data folder ${folder} cannot be used (${sentenceOf(thrown)}). Name another one with --data.`;
  return new Failure("data-folder", exitStatus.failed, why);
}

function lock(path: string): Disposable {
  const file = new Database(path, { create: true });
  try {
    // A journal of nothing need not be on disk.
    file.run(`PRAGMA busy_timeout = ${lockWithinMs}; PRAGMA journal_mode = MEMORY`);
    file.run("BEGIN EXCLUSIVE");
  } catch (thrown) {
    file.close();
    throw thrown;
  }
  return { [Symbol.dispose]: () => file.close() };
}
