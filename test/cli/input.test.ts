/** Tests that a failed read of standard input is told, and is not taken for its end. */
import { describe, expect, test } from "bun:test";
import { watchInput } from "../../lib/cli/input.ts";

/** A stream that gives "a", and then fails once `fail` is called. */
function createStream() {
  const failed = Promise.withResolvers<never>();
  return {
    fail: () => failed.reject(Object.assign(new Error("EIO: it failed, read"), { code: "EIO" })),
    destroy() {
      failed.reject(new Error("destroyed"));
    },
    async *[Symbol.asyncIterator]() {
      yield "a";
      await failed.promise;
    },
  };
}

describe("an input", () => {
  test("whose read fails tells its reader, and remembers it", async () => {
    const stream = createStream();
    const input = watchInput(stream);
    const read: unknown[] = [];
    stream.fail();
    await expect(
      (async () => {
        for await (const chunk of input) read.push(chunk);
      })(),
    ).rejects.toMatchObject({ code: "input-failed", status: 1 });
    expect(read).toEqual(["a"]);
    expect(input.failure()?.message).toBe("Standard input cannot be read (the device reports an error).");
  });

  test("that is destroyed ends, and has not failed", async () => {
    const input = watchInput(createStream());
    const read: unknown[] = [];
    for await (const chunk of input) {
      read.push(chunk);
      input.destroy();
    }
    expect([read, input.failure()]).toEqual([["a"], undefined]);
  });
});
