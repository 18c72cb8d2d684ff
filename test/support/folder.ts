/** A temporary folder for the tests of a file. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Some systems let the group write by default, and what others can write is refused.
process.umask(0o022);

/** A new empty folder, removed after the tests of this file. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holler-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
