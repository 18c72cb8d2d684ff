/** Reading an answer without echo, key by key. */
import { expect, test } from "bun:test";
import { createNoEchoInput } from "../../../lib/frontends/plain/no-echo-input.ts";
import { createControlSequenceParser } from "../../../lib/terminal/control-sequences.ts";
import { bytesOf, cuts, replies } from "../../terminal/replies.ts";

function typed(...chunks: (string | Uint8Array)[]) {
  const answer = createNoEchoInput();
  const parser = createControlSequenceParser();
  const inputs = chunks.flatMap((chunk) =>
    parser.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk),
  );
  return inputs.map(answer.take).find((complete) => complete !== undefined);
}

test.each([
  [["open\r"], "open"],
  [["open", "\n"], "open"],
  [["opeen\x7f\bn\r"], "open"],
  [["\x7f", "wrong", "\x15", "right\r"], "right"],
  [["a\x1b[Ab\x1bOBc\x1b[1;5Cd\x01\te\r"], "abcde"],
  [["\x1b[97u\x1b[98;2u\x1b[13u"], "aB"],
  [["open\x03"], undefined],
  [["\x04"], undefined],
  [["no\x04\r"], "no"],
] as [string[], string | undefined][])("the keys %j without echo give the answer %p", (chunks, line) => {
  expect(typed(...chunks)).toEqual({ line });
});

test("no reply of the terminal becomes a part of an answer without echo, however it is cut", () => {
  for (const reply of Object.values(replies)) {
    for (const chunks of cuts(bytesOf(`op${reply}en\r`))) expect(typed(...chunks)).toEqual({ line: "open" });
  }
});

test("a character whose bytes arrive in two chunks is read whole", () => {
  const [first, ...others] = new TextEncoder().encode("é漢\r");
  expect(typed(Uint8Array.of(first ?? 0), Uint8Array.from(others))).toEqual({ line: "é漢" });
});

test("an answer without echo is bounded", () => {
  expect(typed("x".repeat(5_000), "\r")?.line).toHaveLength(4_096);
});
