/** Splitting a stream into lines. */
import { expect, test } from "bun:test";
import { createLineWriter, readLines } from "../../lib/frontends/lines.ts";

test("the same lines are read however their bytes are split into chunks", async () => {
  const text = "héllo\r\n漢字 😀\n\nlast";
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size += 1) {
    const chunks: Uint8Array[] = [];
    for (let start = 0; start < bytes.length; start += size) chunks.push(bytes.subarray(start, start + size));
    const input = (async function* () {
      yield* chunks;
    })();
    expect(await Array.fromAsync(readLines(input, 64))).toEqual(["héllo", "漢字 😀", "", "last"]);
  }
});

test("a line writer is ready only while little waits, and at once when the output is closed", async () => {
  const taken: (() => void)[] = [];
  let fail = () => {};
  const output = {
    write: (_text: string, done?: () => void) => void taken.push(() => done?.()),
    on(_type: "error", listener: () => void) {
      fail = listener;
    },
  };
  const writer = createLineWriter(output, () => {});
  const settled = (promise: Promise<void>) =>
    Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(() => resolve(false)))]);
  for (let line = 0; line < 3; line += 1) writer.line("x".repeat(30_000));
  expect(await settled(writer.ready())).toBe(false);
  taken[0]?.();
  expect(await settled(writer.ready())).toBe(true);
  expect(await settled(writer.flush())).toBe(false);
  writer.line("x".repeat(30_000));
  expect(await settled(writer.ready())).toBe(false);
  fail();
  expect(await settled(writer.ready())).toBe(true);
});
