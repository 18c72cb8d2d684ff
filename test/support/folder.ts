/** A folder of one's own for a test, gone after it. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

// Some systems let the group write by default, and what others can write is refused.
process.umask(0o022);

/** A new empty folder; removed when the tests of this file are over. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "holler-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
