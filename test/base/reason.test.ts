/** Tests the plain words for what the operating system refuses. */
import { expect, test } from "bun:test";
import { reasonOf } from "../../lib/base/reason.ts";

test.each([
  ["EROFS", "the file system is read-only"],
  ["ENOSPC", "no space is left on the disk"],
  ["SQLITE_FULL", "no space is left on the disk"],
  ["EDQUOT", "the disk quota is used up"],
  ["EIO", "the device reports an error"],
  ["EBADF", "it is closed"],
  ["EMFILE", "too many files are open"],
  ["toString", "words of the system"],
])("an error with the code %s has the reason: %s", (code, reason) => {
  expect(reasonOf(Object.assign(new Error("words of the system"), { code }))).toBe(reason);
});

test("a value that is no error is its own reason", () => {
  expect(reasonOf("asleep")).toBe("asleep");
});
