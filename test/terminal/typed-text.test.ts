/** Lines from a terminal that edits them by itself. */
import { expect, test } from "bun:test";
import { typedText } from "../../lib/terminal/typed-text.ts";
import { bytesOf, cuts, replies } from "./replies.ts";

test("lines have no reply of the terminal in them, however it is cut, and keep their ends behind Esc", async () => {
  for (const reply of Object.values(replies)) {
    for (const chunks of cuts(bytesOf(`he${reply}llo\n`))) {
      const terminal = Object.assign(
        (async function* () {
          yield* chunks;
        })(),
        { destroy() {} },
      );
      expect((await Array.fromAsync(typedText(terminal))).join("")).toBe("hello\n");
    }
  }
  const terminal = Object.assign(
    (async function* () {
      yield "hi\x1b\nthere \x1b]11;\n";
    })(),
    { destroy() {} },
  );
  expect((await Array.fromAsync(typedText(terminal))).join("")).toBe("hi\nthere \n");
});
