/** Reading an answer without echo, key by key. */
import { expect, test } from "bun:test";
import { createNoEchoInput } from "../../../lib/frontends/plain/no-echo-input.ts";

function typed(...chunks: (string | Uint8Array)[]) {
  const line = createNoEchoInput();
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
] as [string[], string | undefined][])("the keys %j without echo give the answer %p", (chunks, line) => {
  expect(typed(...chunks)).toEqual({ line, rest: "" });
});

test("a character whose bytes arrive in two chunks is read whole", () => {
  const [first, ...others] = new TextEncoder().encode("é漢\r");
  expect(typed(Uint8Array.of(first ?? 0), Uint8Array.from(others))).toEqual({ line: "é漢", rest: "" });
});

test("input after the answer is returned apart from it", () => {
  expect(typed("open\rhello\rthere\r\nhal")).toEqual({ line: "open", rest: "hello\nthere\nhal" });
});

test("an answer without echo is bounded", () => {
  expect(typed("x".repeat(5_000), "\r")?.line).toHaveLength(4_096);
});
