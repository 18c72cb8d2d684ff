/** The pipe front end, on streams in memory. */
import { describe, expect, test } from "bun:test";
import type { FrontEnd } from "../../../lib/client/api.ts";
import { createPipe } from "../../../lib/frontends/scripts/pipe.ts";
import { createIo, hello, welcome } from "../io.ts";
import { drainStreams } from "../memory.ts";

describe("the pipe front end", () => {
  function pipe(): ReturnType<typeof createIo> & { front: FrontEnd; invalidLines: number[] } {
    const io = createIo();
    const invalidLines: number[] = [];
    const onInvalid = () => void invalidLines.push(1);
    const env = { LANG: "C.UTF-8", TERM: "xterm-256color" };
    return { ...io, invalidLines, front: createPipe({ ...io, env, onInvalid, isOperator: () => false }) };
  }

  test("types each line as it stands and prints the events", async () => {
    const io = pipe();
    io.input.end("hello\n@bob psst\n\n//etc\nlast");
    io.front.show(welcome);
    io.front.show(hello);
    io.front.show({ type: "joined", name: "bob" });
    io.front.show({ type: "error", code: "x", message: "No." });
    await drainStreams();
    expect(io.commands).toEqual([
      { type: "say", text: "hello" },
      { type: "whisper", to: "bob", text: "psst" },
      { type: "say", text: "/etc" },
      { type: "say", text: "last" },
    ]);
    expect(io.output.lines().slice(2)).toEqual(["bob: hello", "→ bob joined"]);
    expect(io.output.text()).not.toContain("\x1b");
    expect(io.errors.lines()).toEqual(["! No."]);
    expect(io.ends).toHaveLength(1);
  });

  test("prints refusals to the error output and /help to the output", async () => {
    const io = pipe();
    io.input.end(`/nope\n/help\n${"y".repeat(70_000)}\nok\n`);
    await drainStreams();
    expect(io.errors.lines()).toHaveLength(2);
    expect(io.invalidLines).toHaveLength(2);
    expect(io.output.text()).toContain("/who");
    expect(io.output.text()).not.toContain("/kick");
    expect(io.commands).toEqual([{ type: "say", text: "ok" }]);
  });
});
