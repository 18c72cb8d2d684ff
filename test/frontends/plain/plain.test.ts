/** The plain terminal, on streams in memory. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import type { Terminal } from "../../../lib/frontends/contract.ts";
import { createTerminal } from "../../../lib/frontends/terminal/terminal.ts";
import { bytesOf, replies } from "../../terminal/replies.ts";
import { createIo, hello, welcome } from "../io.ts";
import { drainStreams } from "../memory.ts";

describe("the plain terminal", () => {
  function plain(): ReturnType<typeof createIo> & { front: Terminal } {
    const io = createIo();
    const front = createTerminal({ ...io, env: { TERM: "dumb" }, names: () => [], isOperator: () => true });
    return { ...io, front };
  }

  test("sends no control sequence for any event", async () => {
    const io = plain();
    const name = io.front.ask("Your name:", { fallback: "alice" });
    io.input.write("\nhello\n");
    expect(await name).toBe("alice");
    io.front.note("Looking for a room…");
    for (const event of [
      welcome,
      hello,
      { type: "recording", stream: 1, seconds: 5 },
      { type: "level", stream: 1, dbfs: -9, peak: -3, left: 4 },
    ] satisfies ClientEvent[]) {
      io.front.show(event);
    }
    await drainStreams();
    io.input.write("\n");
    await drainStreams();
    expect(io.commands).toEqual([{ type: "say", text: "hello" }, { type: "stop" }]);
    io.front.show({ type: "voice-ended", stream: 1, from: "alice", seconds: 2, reason: "stopped" });
    io.front.restore();
    await io.front.close();
    expect(io.output.text()).toBe(
      [
        "Your name [alice]: Looking for a room…",
        "You are alice in Lab 3. /help says what you can type.",
        "No one else is here yet.",
        "bob: hello",
        "* Recording: 5 s at most. Enter stops, Ctrl-C cancels.",
        "* You talked for 2.0 s",
        "",
      ].join("\n"),
    );
  });

  test("leaves replies of the terminal, and Esc, out of a line that the terminal has edited", async () => {
    const io = plain();
    io.front.show(welcome);
    for (const reply of Object.values(replies)) {
      io.input.write(Buffer.concat([bytesOf(`he${reply}llo`), bytesOf("\n")]));
    }
    // Esc and Enter, and a reply without its end.
    io.input.write("\x1bthere\x1b\nhi\x1b]11;rgb:\nbye\n");
    await drainStreams();
    const texts = io.commands.map((command) => "text" in command && command.text);
    expect(texts).toEqual([...Object.values(replies).map(() => "hello"), "there", "hi", "bye"]);
  });

  test("lists the commands of operators in /help for an operator", async () => {
    const io = plain();
    io.front.show(welcome);
    io.input.write("/help\n");
    await drainStreams();
    expect(io.output.text()).toContain("/kick @NAME");
  });

  test("notes once that lines are pending, and again when new ones are", async () => {
    const io = plain();
    io.front.show(welcome);
    const note = "Not sent yet; it goes out when the connection is back.";
    const count = () => io.output.lines().filter((line) => line === note).length;
    for (const texts of [["a"], ["a", "b"], []])
      io.front.show({ type: "pending", lines: texts.map((text) => ({ text })) });
    await drainStreams();
    expect(count()).toBe(1);
    io.front.show({ type: "pending", lines: [{ text: "c" }] });
    await drainStreams();
    expect(count()).toBe(2);
  });

  test("answers a question with undefined when it is aborted or the input ends", async () => {
    const io = plain();
    const abort = new AbortController();
    const first = io.front.ask("Room?", { signal: abort.signal });
    abort.abort();
    expect(await first).toBeUndefined();
    const second = io.front.ask("Room?");
    io.input.end();
    expect(await second).toBeUndefined();
    await drainStreams();
    expect(io.ends).toHaveLength(1);
  });

  test("reports the end of its input before the welcome", async () => {
    const io = plain();
    io.input.end();
    await drainStreams();
    expect(io.ends).toHaveLength(1);
  });

  test("sends lines that were typed ahead before it reports the end of its input", async () => {
    const io = plain();
    io.input.end("hello\n");
    await drainStreams();
    expect([io.commands, io.ends]).toEqual([[], []]);
    io.front.show(welcome);
    expect(io.commands).toEqual([{ type: "say", text: "hello" }]);
    expect(io.ends).toHaveLength(1);
  });

  test("cancels a recording or the replay of a clip on Ctrl-C, else leaves", async () => {
    const io = plain();
    io.front.show({ type: "recording", stream: 1, seconds: 5 });
    io.front.interrupt();
    io.front.show({ type: "connection", state: "lost" });
    io.front.show({ type: "playing", clip: 7, from: "bob", seconds: 4 });
    io.front.interrupt();
    io.front.show({ type: "played", clip: 7 });
    io.front.interrupt();
    expect(io.commands).toEqual([{ type: "cancel" }, { type: "cancel" }, { type: "quit" }]);
    await drainStreams();
    expect(io.output.lines()).toContain("* Playing clip 7: bob, 4.0 s (Ctrl-C stops it)");
  });

  test("prints that the microphone is open", () => {
    const io = plain();
    io.front.show({ type: "recording", stream: 1, seconds: 300, to: "bob" });
    expect(io.output.lines()).toEqual([
      "* The microphone is open to bob: 5 minutes at most. Enter stops, Ctrl-C cancels.",
    ]);
  });
});
