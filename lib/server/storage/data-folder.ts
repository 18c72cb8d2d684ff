/** Locks the data folder, which only its owner can read and only one server uses at a time. */
import { join } from "node:path";
import { exitStatus, Failure } from "../../base/failure.ts";
import { dataFolderFailure } from "../../files/data-folder-failure.ts";
import { lockFile } from "../../files/lock.ts";
import {
  ensurePrivateFile,
  isOpenToOthers,
  makePrivateFolder,
  removeTemporaries,
} from "../../files/private.ts";

/** The locked data folder. */
export interface DataFolder extends Disposable {
  /** Its file system keeps no permissions, and other users can read its files. */
  readonly isOpen: boolean;
}

/** How long servers that start at the same moment compete for the lock; one of them must get it. */
const lockWithinMs = 200;

/**
 * Makes the folder if it does not exist, and locks it until the result is disposed of.
 * @throws {Failure} `data-folder-in-use` when another server has the lock, `not-private` when other users can write in
 * the folder, `data-folder` when it cannot be used.
 */
export async function takeDataFolder(folder: string): Promise<DataFolder> {
  const path = join(folder, "server.lock");
  await makePrivateFolder(folder).catch((thrown) => refuse(folder, thrown, folder));
  try {
    // Any user who can read a file can lock it.
    await ensurePrivateFile(path);
    using locked = new DisposableStack();
    if (locked.use(lockFile(path, lockWithinMs)) === undefined) throw inUse(folder);
    await removeTemporaries(folder);
    const isOpen = await isOpenToOthers(path);
    const lock = locked.move();
    return { isOpen, [Symbol.dispose]: () => lock.dispose() };
  } catch (thrown) {
    return refuse(folder, thrown, path);
  }
}

function inUse(folder: string): Failure {
  const why = `The data folder ${folder} is in use by another server. Name another one with --data.`;
  return new Failure("data-folder-in-use", exitStatus.usage, why);
}

/** @throws {Failure} always: `data-folder`, unless it was refused already. */
function refuse(folder: string, thrown: unknown, path: string): never {
  throw thrown instanceof Failure ? thrown : dataFolderFailure(folder, thrown, path);
}
