/** The queue in front of a terminal, pipe or file that may take nothing for a while. */
import { describe, expect, test } from "bun:test";
import { createOutput, highWaterBytes } from "../../lib/cli/output.ts";

/** A system whose calls the test answers. */
function createSystem() {
  const calls: { text: string; answer(error: string | null, writtenBytes?: number): void }[] = [];
  const laters: (() => void)[] = [];
  const output = createOutput(1, {
    write(bytes, done) {
      calls.push({
        text: Buffer.from(bytes).toString(),
        answer(code, writtenBytes = bytes.length) {
          if (code === null) done(null, writtenBytes);
          else done(Object.assign(new Error(code), { code }), 0);
        },
      });
    },
    later: (action) => void laters.push(action),
  });
  const errors: (string | undefined)[] = [];
  output.on("error", ({ code }) => errors.push(code));
  return { output, calls, laters, errors, texts: () => calls.map(({ text }) => text) };
}

describe("an output", () => {
  test("makes one call at a time, and the next one takes all that waits", () => {
    const { output, calls, texts } = createSystem();
    const written: string[] = [];
    for (const text of ["a", "b", "ü"]) output.write(text, () => written.push(text));
    expect(texts()).toEqual(["a"]);
    expect(output.waitingBytes()).toBe(4);
    calls[0]?.answer(null);
    expect(texts()).toEqual(["a", "bü"]);
    expect(written).toEqual(["a"]);
    calls[1]?.answer(null);
    expect(written).toEqual(["a", "b", "ü"]);
    expect(output.waitingBytes()).toBe(0);
    output.write("c");
    expect(texts()).toEqual(["a", "bü", "c"]);
  });

  test("writes the rest of what was taken in part", () => {
    const { output, calls, texts } = createSystem();
    let isWritten = false;
    output.write("hello", () => {
      isWritten = true;
    });
    output.write("!");
    calls[0]?.answer(null, 2);
    expect(isWritten).toBe(false);
    calls[1]?.answer(null);
    expect(isWritten).toBe(true);
    expect(texts()).toEqual(["hello", "llo", "!"]);
  });

  test("asks for a pause above the high water mark, and makes calls of a bounded size", () => {
    const { output, calls } = createSystem();
    expect(output.write("x".repeat(highWaterBytes))).toBe(true);
    expect(output.write("y".repeat(40_000))).toBe(false);
    expect(output.write("z".repeat(40_000))).toBe(false);
    calls[0]?.answer(null);
    expect(calls[1]?.text).toBe("y".repeat(40_000));
    calls[1]?.answer(null);
    expect(calls[2]?.text).toBe("z".repeat(40_000));
    calls[2]?.answer(null);
    expect(output.write("w")).toBe(true);
  });

  test("tries a full non-blocking pipe again later", () => {
    const { output, calls, laters, texts, errors } = createSystem();
    output.write("hello");
    calls[0]?.answer("EAGAIN");
    output.write("more");
    expect(texts()).toEqual(["hello"]);
    laters[0]?.();
    calls[1]?.answer(null);
    expect(texts()).toEqual(["hello", "hello", "more"]);
    expect(errors).toEqual([]);
  });

  test("drops what cannot be written, tells why, and tries what follows", () => {
    const { output, calls, texts, errors } = createSystem();
    const outcomes: unknown[] = [];
    output.write("lost", (error) => outcomes.push(error?.code));
    output.write("kept", (error) => outcomes.push(error?.code));
    calls[0]?.answer("ENOSPC");
    calls[1]?.answer(null);
    expect(texts()).toEqual(["lost", "kept"]);
    expect(outcomes).toEqual(["ENOSPC", undefined]);
    expect(errors).toEqual(["ENOSPC"]);
    expect(output.waitingBytes()).toBe(0);
  });

  test("may be written to from within its own callbacks", () => {
    const { output, calls, texts } = createSystem();
    output.write("a", () => output.write("c"));
    output.write("b");
    calls[0]?.answer(null);
    calls[1]?.answer(null);
    expect(texts()).toEqual(["a", "bc"]);
  });
});
