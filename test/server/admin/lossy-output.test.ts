/** Tests what is dropped in front of an output that takes nothing for a while, or not at all. */
import { describe, expect, test } from "bun:test";
import { createLossyOutput, waitingBytesMax } from "../../../lib/server/admin/lossy-output.ts";

/** An output that takes what waits only when the test says so. */
function createStalledOutput() {
  const waiting: { text: string; written(error?: { code: string }): void }[] = [];
  const taken: string[] = [];
  const lossy = createLossyOutput(
    {
      write: (text, written) => void waiting.push({ text, written }),
      waitingBytes: () => Buffer.byteLength(waiting.map(({ text }) => text).join("")),
    },
    (sentence) => `! ${sentence}\n`,
  );
  return {
    write: lossy.write,
    taken,
    waitingBytes: () => waiting.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0),
    /** Takes everything, or fails for everything that waits. */
    take(code?: string) {
      for (const { text, written } of waiting.splice(0)) {
        if (code === undefined) taken.push(text);
        written(code === undefined ? undefined : { code });
      }
    },
  };
}

describe("a lossy output", () => {
  test("keeps the first lines of a stall, drops the others, and says how many before the next line", () => {
    const output = createStalledOutput();
    const line = `${"x".repeat(1_023)}\n`;
    const kept = waitingBytesMax / line.length;
    for (let written = 0; written < kept + 3; written += 1) output.write(line);
    output.write("one\ntwo\n");
    output.take();
    expect(output.taken).toEqual(Array(kept).fill(line));
    output.write("next\n");
    output.write("after it\n");
    output.take();
    expect(output.taken.slice(kept)).toEqual([
      "! Dropped lines: 5, because nothing took the output.\nnext\n",
      "after it\n",
    ]);
  });

  test("counts bytes, not characters", () => {
    const output = createStalledOutput();
    for (let written = 0; written < 2_000; written += 1) output.write(`${"語".repeat(100)}\n`);
    expect(output.waitingBytes()).toBeLessThanOrEqual(waitingBytesMax);
    expect(output.waitingBytes()).toBeGreaterThan(waitingBytesMax - 400);
  });

  test("counts lines that cannot be written, each one once, until a line is written again", () => {
    const output = createStalledOutput();
    output.write("one\n");
    output.take("ENOSPC");
    output.write("two\nthree\n");
    output.take("ENOSPC");
    output.write("four\n");
    output.take();
    output.write("five\n");
    output.take();
    expect(output.taken).toEqual([
      "! Dropped lines: 3, because the output could not be written (ENOSPC).\nfour\n",
      "five\n",
    ]);
  });
});
