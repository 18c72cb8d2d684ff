/**
 * The config folder, which all clients of one person share: a file is read whole, and changed by one program at a time.
 * A folder that cannot be written ends nothing: what it would have held is not remembered, and that is reported once.
 */
import { SQLiteError } from "bun:sqlite";
import { join } from "node:path";
import { exitStatus, Failure, systemCode } from "../../base/failure.ts";
import { explainFileProblem, isWithin, lowestVisible } from "../../files/file-problem.ts";
import { lockFile, waitForLock } from "../../files/lock.ts";
import type { OthersAccess } from "../../files/private.ts";
import {
  ensurePrivateFile,
  isOpenToOthers,
  makePrivateFolder,
  probeFolder,
  readPrivate,
  removeTemporaries,
  replacePrivate,
  writePrivateIfAbsent,
} from "../../files/private.ts";

export interface ConfigFolder {
  /**
   * Finds out whether the folder can be written, and reports what is not as it should be.
   * @throws {Failure} `not-private` when other users can write in it.
   */
  check(): Promise<void>;
  /**
   * The text of a file; undefined when it does not exist.
   * @throws {Failure} `not-private` when others have access, `store-unreadable` when it exists but cannot be read.
   */
  read(name: string, others: OthersAccess): Promise<string | undefined>;
  /**
   * Replaces the text of a file by what `how` makes of the newest one; undefined: it stays. Failures of `how` are passed on.
   */
  change(
    name: string,
    how: (text: string | undefined) => string | undefined,
    options: { isDurable: boolean },
  ): Promise<void>;
  /** Creates a secret file, unless it exists; returns its text. Undefined: it could not be created. */
  create(name: string, text: string): Promise<string | undefined>;
}

export interface ConfigFolderOptions {
  /** Receives a sentence. */
  report(sentence: string): void;
  /** The file without which a person is a guest. */
  keyName: string;
}

const lockName = "client.lock";
/** Many times what the changes of a hundred programs take that start at once. */
const lockWithinMs = 30_000;

/** The folder at this path, which is created with its first file. */
export function openConfigFolder(folder: string, { report, keyName }: ConfigFolderOptions): ConfigFolder {
  const lockPath = join(folder, lockName);
  let isReported = false;
  let waitMs = lockWithinMs;
  let last: Promise<unknown> = Promise.resolve();

  async function reportUnwritable(thrown: unknown): Promise<void> {
    if (isReported) return;
    isReported = true;
    const { reason, advice } = explainFileProblem(folder, thrown, folder);
    const isGuest = (await read(keyName, "keep-out")) === undefined;
    const result = isGuest ? "Nothing is remembered, and you are a guest." : "Nothing new is remembered.";
    report(`${folder} cannot be written (${reason}). ${result}${advice}`);
  }

  async function read(name: string, others: OthersAccess): Promise<string | undefined> {
    const path = join(folder, name);
    try {
      return await readPrivate(path, others);
    } catch (thrown) {
      if (thrown instanceof Failure) throw thrown;
      if (cannotExist(thrown, path, folder)) return undefined;
      const { reason, advice } = explainFileProblem(path, thrown, folder);
      const why = `${path} cannot be read (${reason}).${advice}`;
      throw new Failure("store-unreadable", exitStatus.failed, why);
    }
  }

  /** Makes the folder, and changes a file in it by `work` while no other program changes one. */
  function withLock<Result>(name: string, work: (path: string) => Promise<Result>): Promise<Result> {
    const path = join(folder, name);
    const result = last.then(async () => {
      await makePrivateFolder(folder);
      await ensurePrivateFile(lockPath);
      using lock = await waitForLock(lockPath, waitMs).catch(allowWithoutLocks);
      // Without a lock, as on some network file systems, a change is still whole, but may undo another one.
      if (lock === undefined) waitMs = 0;
      else await removeTemporaries(folder);
      return await work(path);
    });
    last = result.catch(() => {});
    return result;
  }

  return {
    async check() {
      try {
        await makePrivateFolder(folder);
        await ensurePrivateFile(lockPath);
        tryLock(lockPath);
        await probeFolder(folder);
        if (!(await isOpenToOthers(lockPath))) return;
      } catch (thrown) {
        if (thrown instanceof Failure) throw thrown;
        return reportUnwritable(thrown);
      }
      report(
        `The file system of ${folder} keeps no permissions: other users of this machine can read your key.`,
      );
    },
    read,
    async change(name, how, options) {
      try {
        await withLock(name, async (path) => {
          const changed = how(await read(name, "may-read"));
          if (changed !== undefined) await replacePrivate(path, changed, options);
        });
      } catch (thrown) {
        if (thrown instanceof Failure) throw thrown;
        await reportUnwritable(thrown);
      }
    },
    async create(name, text) {
      try {
        return await withLock(name, (path) => writePrivateIfAbsent(path, text));
      } catch (thrown) {
        if (thrown instanceof Failure) throw thrown;
        await reportUnwritable(thrown);
        return undefined;
      }
    },
  };
}

/** No folder: nothing is remembered. `problem` says why, in a sentence. */
export function absentConfigFolder(problem: string, { report }: ConfigFolderOptions): ConfigFolder {
  return {
    check: async () => report(`${problem} Nothing is remembered, and you are a guest.`),
    read: async () => undefined,
    change: async () => {},
    create: async () => undefined,
  };
}

/** Whether a file that cannot be read is not there: a file is in the place of a folder, or the folder is out of reach. */
function cannotExist(thrown: unknown, path: string, folder: string): boolean {
  const code = systemCode(thrown);
  if (code === "ENOTDIR" || code === "ENAMETOOLONG") return true;
  return (code === "EACCES" || code === "EPERM") && !isWithin(lowestVisible(path), folder);
}

/** Throws when the file cannot be locked for another reason than that another program has locked it. */
function tryLock(path: string): void {
  try {
    lockFile(path, 0)?.[Symbol.dispose]();
  } catch (thrown) {
    allowWithoutLocks(thrown);
  }
}

function allowWithoutLocks(thrown: unknown): undefined {
  if (thrown instanceof SQLiteError && /^SQLITE_(?:IOERR|PROTOCOL)/.test(thrown.code ?? "")) return;
  throw thrown;
}
