/** What is typed unseen, key by key. */
import { expect, test } from "bun:test";
import { hiddenLine } from "../../../lib/frontends/plain/hidden-line.ts";

function typed(...chunks: (string | Uint8Array)[]) {
  const line = hiddenLine();
  return chunks.map((chunk) => line.take(chunk)).at(-1);
}

test.each([
  [["open\r"], "open"],
  [["open", "\n"], "open"],
  [["opeen\x7f\bn\r"], "open"],
  [["\x7f", "wrong", "\x15", "right\r"], "right"],
  [["a\x1b[Ab\x1bOBc\x1b[1;5Cd\x01\te\r"], "abcde"],
  [["open\x03"], undefined],
  [["\x04"], undefined],
  [["no\x04\r"], "no"],
] as [string[], string | undefined][])("%j", (chunks, line) => {
  expect(typed(...chunks)).toEqual({ line, rest: "" });
});

test("characters that come in pieces are whole", () => {
  const [first, ...others] = new TextEncoder().encode("é漢\r");
  expect(typed(Uint8Array.of(first ?? 0), Uint8Array.from(others))).toEqual({ line: "é漢", rest: "" });
});

test("what follows the answer is not part of it", () => {
  expect(typed("open\rhello\rthere\r\nhal")).toEqual({ line: "open", rest: "hello\nthere\nhal" });
});

test("is bounded", () => {
  expect(typed("x".repeat(5_000), "\r")?.line).toHaveLength(4_096);
});
