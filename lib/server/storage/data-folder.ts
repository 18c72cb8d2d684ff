/**
 * Locks the data folder, which only its owner can read and only one server uses at a time. The lock is on an empty SQLite
 * file, because the operating system releases it when the process ends for any reason.
 */
import { Database, SQLiteError } from "bun:sqlite";
import { join } from "node:path";
import { exitStatus, Failure } from "../../base/failure.ts";
import { dataFolderFailure } from "../../files/data-folder-failure.ts";
import { ensurePrivateFile, makePrivateFolder } from "../../files/private.ts";

/** How long servers that start at the same moment compete for the lock; one of them must get it. */
const lockWithinMs = 200;

/**
 * Makes the folder if it does not exist, and locks it until the result is disposed of.
 * @throws {Failure} `data-folder-in-use` when another server has the lock, `not-private` when other users can write in
 * the folder, `data-folder` when it cannot be used.
 */
export async function takeDataFolder(folder: string): Promise<Disposable> {
  const path = join(folder, "server.lock");
  try {
    await makePrivateFolder(folder);
    // Any user who can read a file can lock it.
    await ensurePrivateFile(path);
    return lock(path);
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    if (!(thrown instanceof SQLiteError && thrown.code === "SQLITE_BUSY"))
      throw dataFolderFailure(folder, thrown);
    const why = `The data folder ${folder} is in use by another server. Name another one with --data.`;
    throw new Failure("data-folder-in-use", exitStatus.usage, why);
  }
}

function lock(path: string): Disposable {
  const file = new Database(path, { create: true });
  try {
    // Nothing is ever written, so the journal need not be on disk.
    file.run(`PRAGMA busy_timeout = ${lockWithinMs}; PRAGMA journal_mode = MEMORY`);
    file.run("BEGIN EXCLUSIVE");
  } catch (thrown) {
    file.close();
    throw thrown;
  }
  return { [Symbol.dispose]: () => file.close() };
}
