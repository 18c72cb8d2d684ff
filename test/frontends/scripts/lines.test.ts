/** Splitting a stream into lines. */
import { expect, test } from "bun:test";
import { readLines } from "../../../lib/frontends/scripts/lines.ts";

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
