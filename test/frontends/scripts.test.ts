/** The front ends of scripts and of `--plain`, on streams in memory: JSON, pipe, plain. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ClientEvent, Command, FrontEnd } from "../../lib/client/api.ts";
import type { Terminal } from "../../lib/frontends/contract.ts";
import { createJson, parseCommand } from "../../lib/frontends/scripts/json.ts";
import { readLines } from "../../lib/frontends/scripts/lines.ts";
import { createPipe } from "../../lib/frontends/scripts/pipe.ts";
import { createTerminal } from "../../lib/frontends/terminal/terminal.ts";
import { brokenOutput, memoryInput, memoryOutput, settle } from "./memory.ts";

const at = "2026-11-22T10:00:00.000Z";
const hello: ClientEvent = { type: "said", id: 1, from: "bob", text: "hello", at };
const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 };

function collect() {
  const [input, output, errors] = [memoryInput(), memoryOutput(), memoryOutput()];
  const intents: Command[] = [];
  const ends: true[] = [];
  return {
    input,
    output,
    errors,
    intents,
    ends,
    onIntent: (intent: Command) => void intents.push(intent),
    onEnd: () => void ends.push(true),
  };
}

/** An event as a script reads it. */
function asJson({ type, ...fields }: ClientEvent): object {
  return { event: type, ...fields };
}

describe("JSON", () => {
  test("each line is a command, each event a line, nothing else", async () => {
    const io = collect();
    const front = createJson(io);
    io.input.write('{"do":"say","text":"hi","ref":"r1"}\r\n\n{"do":"record","to":"bob","sec');
    io.input.write('onds":7}\n{"do":"quit"}');
    io.input.end();
    front.show(welcome);
    front.show({ type: "recording", stream: 1, seconds: 5 });
    front.show({ type: "level", stream: 1, dbfs: -3, peak: -1, left: 1 });
    front.show({ type: "error", code: "no-such-name", message: "No.", ref: "r9", text: "@x hi" });
    await settle();
    expect(io.intents).toEqual([
      { type: "say", text: "hi", ref: "r1" },
      { type: "record", to: "bob", seconds: 7 },
      { type: "quit" },
    ]);
    expect(io.ends).toHaveLength(1);
    expect(io.output.lines().map((line) => JSON.parse(line))).toEqual([
      asJson(welcome),
      { event: "recording", stream: 1, seconds: 5 },
      { event: "error", code: "no-such-name", message: "No.", ref: "r9" },
    ]);
  });

  const wrong: [string, string | undefined, RegExp][] = [
    ["{", undefined, /not valid JSON/],
    ["[]", undefined, /JSON object/],
    ["null", undefined, /JSON object/],
    ["{}", undefined, /"do" must be one of: say, whisper/],
    ['{"do":"dance","ref":"a"}', "a", /"do" must be one of/],
    ['{"do":"say","ref":"b"}', "b", /"text" is missing/],
    ['{"do":"say","text":5,"ref":"c"}', "c", /"text" must be a string/],
    ['{"do":"say","text":"x","ref":5}', undefined, /"ref" must be/],
    ['{"do":"record","seconds":"5"}', undefined, /"seconds" must be a number/],
  ];
  test.each(wrong)("%s is a bad command", (line, ref, message) => {
    const command = parseCommand(line);
    expect("wrong" in command && command.wrong).toMatch(message);
    expect("wrong" in command ? command.ref : "none").toBe(ref);
  });

  test("a line longer than 64 KiB is an error and the next one counts", async () => {
    const io = collect();
    createJson(io).show(welcome);
    for (let chunk = 0; chunk < 40; chunk += 1) io.input.write("x".repeat(8_192));
    io.input.end('\n{"do":"who"}\n');
    await settle();
    expect(io.output.lines().map((line) => JSON.parse(line))).toMatchObject([
      asJson(welcome),
      { event: "error", code: "bad-command" },
    ]);
    expect(io.intents).toEqual([{ type: "who" }]);
  });

  test("nothing but a failure to come in is printed before the welcome, and no command is taken", async () => {
    const io = collect();
    const front = createJson(io);
    io.input.end('{ this is not JSON\n{"do":"quit"}\n');
    await settle();
    expect([io.output.lines(), io.intents, io.ends]).toEqual([[], [], []]);
    front.show(welcome);
    await settle();
    expect(io.output.lines().map((line) => JSON.parse(line))).toMatchObject([
      asJson(welcome),
      { event: "error", code: "bad-command" },
    ]);
    expect(io.intents).toEqual([{ type: "quit" }]);
    expect(io.ends).toHaveLength(1);
    const refused = collect();
    createJson(refused).show({ type: "error", code: "name-taken", message: "No." });
    expect(refused.output.lines()).toHaveLength(1);
  });

  test("no line is read on before the last one is taken", async () => {
    const io = collect();
    const taken = Promise.withResolvers<void>();
    const onIntent = (intent: Command) => {
      io.intents.push(intent);
      return taken.promise;
    };
    createJson({ ...io, onIntent }).show(welcome);
    io.input.write('{"do":"who"}\n{"do":"stop"}\n');
    await settle();
    expect(io.intents).toHaveLength(1);
    taken.resolve();
    await settle();
    expect(io.intents).toHaveLength(2);
  });

  test("a reader that goes away ends it once and breaks nothing", async () => {
    const io = collect();
    const front = createJson({ ...io, output: brokenOutput() });
    front.show(hello);
    await settle();
    front.show(hello);
    expect(io.ends).toHaveLength(1);
    await front.close();
  });

  test("close waits until a slow reader has everything", async () => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "fixtures/flood.ts")], {
      stdout: "pipe",
    });
    const lines = (await new Response(child.stdout).text()).split("\n").slice(0, -1);
    expect(lines).toHaveLength(50_000);
    expect(await child.exited).toBe(0);
  });

  test("lines are asked for, and come as one event; that some wait for the connection is nobody's news", async () => {
    const io = collect();
    const front = createJson(io);
    front.show(welcome);
    front.show({ type: "pending", lines: [{ text: "hi" }] });
    const page: ClientEvent = { type: "history", cause: "search", entries: [], more: false, ref: "r" };
    front.show(page);
    io.input.end('{"do":"history","before":42,"limit":50}\n{"do":"search","words":"a b","ref":"r"}\n');
    await settle();
    expect(io.output.lines().map((line) => JSON.parse(line))).toEqual([asJson(welcome), asJson(page)]);
    expect(io.intents).toEqual([
      { type: "history", before: 42, limit: 50 },
      { type: "search", words: "a b", ref: "r" },
    ]);
  });

  test("nothing is shown after close", async () => {
    const io = collect();
    const front = createJson(io);
    front.show(hello);
    await front.close();
    front.show(hello);
    expect(io.output.lines()).toHaveLength(1);
    expect(io.ends).toHaveLength(0);
  });
});

describe("a pipe", () => {
  function pipe(): ReturnType<typeof collect> & { front: FrontEnd; wrongs: number[] } {
    const io = collect();
    const wrongs: number[] = [];
    const onWrong = () => void wrongs.push(1);
    const env = { LANG: "C.UTF-8", TERM: "xterm-256color" };
    return { ...io, wrongs, front: createPipe({ ...io, env, onWrong, isOperator: () => false }) };
  }

  test("types each line as it stands and prints what happens", async () => {
    const io = pipe();
    io.input.end("hello\n@bob psst\n\n//etc\nlast");
    io.front.show(welcome);
    io.front.show(hello);
    io.front.show({ type: "joined", name: "bob" });
    io.front.show({ type: "error", code: "x", message: "No." });
    await settle();
    expect(io.intents).toEqual([
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

  test("refuses on the error output and answers /help on the output", async () => {
    const io = pipe();
    io.input.end(`/nope\n/help\n${"y".repeat(70_000)}\nok\n`);
    await settle();
    expect(io.errors.lines()).toHaveLength(2);
    expect(io.wrongs).toHaveLength(2);
    expect(io.output.text()).toContain("/who");
    expect(io.output.text()).not.toContain("/kick");
    expect(io.intents).toEqual([{ type: "say", text: "ok" }]);
  });
});

describe("the plain terminal", () => {
  function plain(): ReturnType<typeof collect> & { front: Terminal } {
    const io = collect();
    const front = createTerminal({ ...io, env: { TERM: "dumb" }, names: () => [], isOperator: () => true });
    return { ...io, front };
  }

  test("sends no control sequence, whatever happens", async () => {
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
    await settle();
    io.input.write("\n");
    await settle();
    expect(io.intents).toEqual([{ type: "say", text: "hello" }, { type: "stop" }]);
    io.front.show({ type: "voice-ended", stream: 1, from: "alice", seconds: 2, reason: "stopped" });
    io.front.restore();
    await io.front.close();
    expect(io.output.text()).toBe(
      [
        "Your name [alice]: Looking for a room…",
        "You are alice in Lab 3. /help says what you can type.",
        "Nobody else is here yet.",
        "bob: hello",
        "* Recording: 5 s at most. Enter stops, Ctrl-C cancels.",
        "* You talked for 2.0 s",
        "",
      ].join("\n"),
    );
  });

  test("lists for operators what they can do", async () => {
    const io = plain();
    io.front.show(welcome);
    io.input.write("/help\n");
    await settle();
    expect(io.output.text()).toContain("/kick @NAME");
  });

  test("says once that lines wait, and again when others do", async () => {
    const io = plain();
    io.front.show(welcome);
    const note = "Not sent yet; it goes out when the connection is back.";
    const count = () => io.output.lines().filter((line) => line === note).length;
    for (const texts of [["a"], ["a", "b"], []])
      io.front.show({ type: "pending", lines: texts.map((text) => ({ text })) });
    await settle();
    expect(count()).toBe(1);
    io.front.show({ type: "pending", lines: [{ text: "c" }] });
    await settle();
    expect(count()).toBe(2);
  });

  test("a question is answered with undefined when it is taken back or the input ends", async () => {
    const io = plain();
    const takeBack = new AbortController();
    const first = io.front.ask("Room?", { signal: takeBack.signal });
    takeBack.abort();
    expect(await first).toBeUndefined();
    const second = io.front.ask("Room?");
    io.input.end();
    expect(await second).toBeUndefined();
    await settle();
    expect(io.ends).toHaveLength(1);
  });

  test("its input may end while the room is still looked for", async () => {
    const io = plain();
    io.input.end();
    await settle();
    expect(io.ends).toHaveLength(1);
  });

  test("what was typed ahead is sent before the end of the input counts", async () => {
    const io = plain();
    io.input.end("hello\n");
    await settle();
    expect([io.intents, io.ends]).toEqual([[], []]);
    io.front.show(welcome);
    expect(io.intents).toEqual([{ type: "say", text: "hello" }]);
    expect(io.ends).toHaveLength(1);
  });

  test("Ctrl-C cancels a recording, or the replay of a clip, else leaves", () => {
    const io = plain();
    io.front.show({ type: "recording", stream: 1, seconds: 5 });
    io.front.interrupt();
    io.front.show({ type: "connection", state: "lost" });
    io.front.show({ type: "playing", clip: 7, from: "bob", seconds: 4 });
    io.front.interrupt();
    io.front.show({ type: "played", clip: 7 });
    io.front.interrupt();
    expect(io.intents).toEqual([{ type: "cancel" }, { type: "cancel" }, { type: "quit" }]);
    expect(io.output.lines()).toContain("* Playing clip 7: bob, 4.0 s (Ctrl-C stops it)");
  });

  test("an open microphone says so", () => {
    const io = plain();
    io.front.show({ type: "recording", stream: 1, seconds: 300, to: "bob" });
    expect(io.output.lines()).toEqual([
      "* The microphone is open to bob: 5 minutes at most. Enter stops, Ctrl-C cancels.",
    ]);
  });
});

test("lines are the same however the bytes are cut", async () => {
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
