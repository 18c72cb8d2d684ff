/** Tests that an output is printed whole, or that its failure is told. */
import { describe, expect, test } from "bun:test";
import type { Written } from "../../lib/cli/output.ts";
import { limitWaiting, linesOf, outputFailure, print, waitingBytesMax } from "../../lib/cli/printing.ts";

function failing(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: it failed, write`), { code });
}

/** An output that takes so many pieces. */
function createOutput(taken: number, code = "ENOSPC") {
  const texts: string[] = [];
  return {
    texts,
    write(text: string, written?: Written) {
      const isTaken = texts.length < taken;
      if (isTaken) texts.push(text);
      queueMicrotask(() => written?.(isTaken ? null : failing(code)));
      return true;
    },
  };
}

describe("printing", () => {
  test("writes the pieces in their order, each when the one before is written", async () => {
    const output = createOutput(10);
    const seen: number[] = [];
    function* pieces() {
      for (let piece = 0; piece < 3; piece += 1) {
        seen.push(output.texts.length);
        yield `${piece}`;
      }
    }
    await print(output, linesOf(pieces()));
    expect([output.texts, seen]).toEqual([
      ["0\n", "1\n", "2\n"],
      [0, 1, 2],
    ]);
  });

  test("fails at the first piece that cannot be written, and asks for no further one", async () => {
    const output = createOutput(1);
    let made = 0;
    let isEnded = false;
    async function* pieces() {
      try {
        for (;;) {
          made += 1;
          yield `${made}`;
        }
      } finally {
        isEnded = true;
      }
    }
    const printing = print(output, linesOf(pieces()));
    await expect(printing).rejects.toMatchObject({
      code: "output-failed",
      status: 1,
      message:
        "Standard output cannot be written (no space is left on the disk): what was printed is not complete.",
    });
    expect([output.texts, made, isEnded]).toEqual([["1\n"], 2, true]);
  });

  test.each(["EPIPE", "ECONNRESET", "EOF"])(
    "fails without a sentence when its reader is gone (%s)",
    (code) => {
      expect(outputFailure(failing(code))).toMatchObject({ code: "output-closed", status: 141, message: "" });
    },
  );

  test.each(["ENOSPC", "EIO", "EBADF", "EDQUOT"])("fails with a sentence for %s", (code) => {
    expect(outputFailure(failing(code))).toMatchObject({
      status: 1,
      message: expect.stringMatching(/^Standard output cannot be written \([a-z ]+\): /),
    });
  });
});

test("an output of which nothing is taken fails once too much waits, and is not written to any more", () => {
  const texts: string[] = [];
  let waiting = waitingBytesMax;
  const output = limitWaiting({
    write: (text) => texts.push(text) > 0,
    waitingBytes: () => waiting,
    on() {},
  });
  const errors: unknown[] = [];
  output.on("error", ({ message }) => errors.push(message));
  output.write("a");
  waiting += 1;
  let outcome: unknown;
  output.write("b", (error) => {
    outcome = error?.code;
  });
  waiting = 0;
  output.write("c");
  expect([texts, errors, outcome]).toEqual([["a"], ["nothing reads it, and 32 MB wait"], "ENOBUFS"]);
});
