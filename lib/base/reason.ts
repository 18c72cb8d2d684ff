/** Says in plain words why the operating system, or SQLite, refused something. */
import { sentenceOf, systemCode } from "./failure.ts";

/** By the code of the error. "It" is what the sentence around is about. */
export const reasons = {
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EROFS: "the file system is read-only",
  SQLITE_READONLY: "the file system is read-only",
  ENOSPC: "no space is left on the disk",
  SQLITE_FULL: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the limit on the size of files is reached",
  EIO: "the device reports an error",
  EBADF: "it is closed",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOENT: "it does not exist",
  EISDIR: "it is a folder",
  ELOOP: "too many symbolic links lead to it",
  ENAMETOOLONG: "its path is too long",
};

/** The reason, for brackets; the error's own sentence where its code is not in the table. */
export function reasonOf(thrown: unknown): string {
  const code = systemCode(thrown);
  return Object.hasOwn(reasons, code) ? reasons[code as keyof typeof reasons] : sentenceOf(thrown);
}
