/** Tests the plain words for what the operating system refuses. The owners of files are tested end to end. */
import { describe, expect, test } from "bun:test";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { explainFileProblem, isWithin, UnusableFile } from "../../lib/files/file-problem.ts";
import { makeFolder } from "../support/folder.ts";

const folder = makeFolder();

/** An error as the operating system gives it. */
function systemError(code: string, path?: string): Error {
  return Object.assign(new Error(`${code}: words of the system`), { code, ...(path && { path }) });
}

test.each([
  ["ENOSPC", "no space is left on the disk"],
  ["EACCES", "permission denied"],
  ["EODD", "EODD: words of the system"],
])("%s is explained as: %s", (code, reason) => {
  expect(explainFileProblem(folder, systemError(code))).toEqual({ reason, advice: "" });
});

describe("what stands in the way is named", () => {
  test("when it is a file where a folder must be", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const path = join(file, "under");
    const { reason } = explainFileProblem(path, systemError("ENOTDIR", join(path, "deeper")));
    expect(reason).toBe(`${file} is a file, not a folder`);
  });

  test("when it is a symbolic link to nothing, as `it` if the sentence is about it", async () => {
    const link = join(folder, "link");
    const target = join(folder, "nothing");
    await symlink(target, link);
    const what = `is a symbolic link to ${target}, which does not exist`;
    expect(explainFileProblem(link, systemError("EEXIST", link)).reason).toBe(`it ${what}`);
    expect(explainFileProblem(join(link, "a"), systemError("ENOENT")).reason).toBe(`${link} ${what}`);
  });

  test("when it is not as it must be", async () => {
    await mkdir(join(folder, "inner"));
    const unusable = new UnusableFile(join(folder, "inner"), "is a folder");
    expect(explainFileProblem(join(folder, "inner"), unusable).reason).toBe("it is a folder");
    expect(explainFileProblem(folder, unusable).reason).toBe(`${join(folder, "inner")} is a folder`);
  });
});

test("a path is within a folder when it is the folder, or below it", () => {
  expect(["/a/b", "/a/b/c", "/a/bc", "/a"].map((path) => isWithin(path, "/a/b"))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(isWithin("/a", "/")).toBe(true);
});
