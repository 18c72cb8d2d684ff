/** Tests that leaving can wait for clips that are being written. */
import { expect, test } from "bun:test";
import type { SaveError } from "../../../lib/client/api.ts";
import type { ClipSaver } from "../../../lib/client/session/clip-saver.ts";
import { createClipSaver } from "../../../lib/client/session/clip-saver.ts";

test("the outcome of each clip is told, and `done` waits also for one that is begun by an outcome", async () => {
  const files: string[] = [];
  const outcomes: (SaveError | undefined)[] = [];
  const failed: SaveError = { code: "file-exists", file: "one" };
  const saver: ClipSaver = createClipSaver(
    async (file) => {
      files.push(file);
      return file === "one" ? failed : undefined;
    },
    (error) => {
      outcomes.push(error);
      if (outcomes.length === 1) saver.save("two", []);
    },
  );
  saver.save("one", []);
  await saver.done();
  expect([files, outcomes]).toEqual([
    ["one", "two"],
    [failed, undefined],
  ]);
});

test("`done` resolves when nothing was saved", async () => {
  const saver = createClipSaver(
    () => Promise.resolve(undefined),
    () => {},
  );
  expect(await saver.done()).toBeUndefined();
});
