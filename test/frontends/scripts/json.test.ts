/** The JSON front end, on streams in memory. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { ClientEvent, Command } from "../../../lib/client/api.ts";
import { createJson, parseCommand } from "../../../lib/frontends/scripts/json.ts";
import { createIo, hello, welcome } from "../io.ts";
import { brokenOutput, drainStreams } from "../memory.ts";

/** An event as a script reads it. */
function asJson({ type, ...fields }: ClientEvent): object {
  return { event: type, ...fields };
}

describe("the JSON front end", () => {
  test("reads a command per line and prints an event per line, and nothing else", async () => {
    const io = createIo();
    const front = createJson(io);
    io.input.write('{"do":"say","text":"hi","ref":"r1"}\r\n\n{"do":"record","to":"bob","sec');
    io.input.write('onds":7}\n{"do":"quit"}');
    io.input.end();
    front.show(welcome);
    front.show({ type: "recording", stream: 1, seconds: 5 });
    front.show({ type: "level", stream: 1, dbfs: -3, peak: -1, left: 1 });
    front.show({ type: "error", code: "no-such-name", message: "No.", ref: "r9", text: "@x hi" });
    await drainStreams();
    expect(io.commands).toEqual([
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

  test("prints a code of the client with its sentence in place of its fields", async () => {
    const io = createIo();
    const front = createJson(io);
    front.show({ type: "error", code: "no-such-name", name: "bob", ref: "r1", text: "@bob hi" });
    front.show({ type: "warning", code: "silent" });
    await front.close();
    expect(io.output.lines()).toEqual([
      '{"event":"error","code":"no-such-name","message":"There is no bob here.","ref":"r1"}',
      '{"event":"warning","code":"silent","message":"Nothing was heard: is the microphone muted?"}',
    ]);
  });

  test("reads no command while the script leaves what it was told, and then goes on", async () => {
    const taken: (() => void)[] = [];
    const output = { write: (_: string, done?: () => void) => void taken.push(() => done?.()), on() {} };
    const io = createIo();
    const front = createJson({ ...io, output });
    front.show(welcome);
    for (let line = 0; line < 20; line += 1) front.show({ type: "members", names: ["bob".repeat(2_000)] });
    io.input.write('{"do":"who"}\n{"do":"who"}\n');
    await drainStreams();
    expect(io.commands).toEqual([]);
    for (const take of taken) take();
    await drainStreams();
    expect(io.commands).toEqual([{ type: "who" }, { type: "who" }]);
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
  test.each(wrong)("answers the line %s with bad-command", (line, ref, message) => {
    const parsed = parseCommand(line);
    expect(parsed).toMatchObject({ type: "invalid", message: expect.stringMatching(message) });
    expect(parsed.type === "invalid" && parsed.ref).toBe(ref);
  });

  test("answers a line longer than 64 KiB with bad-command and reads the next one", async () => {
    const io = createIo();
    createJson(io).show(welcome);
    for (let chunk = 0; chunk < 40; chunk += 1) io.input.write("x".repeat(8_192));
    io.input.end('\n{"do":"who"}\n');
    await drainStreams();
    expect(io.output.lines().map((line) => JSON.parse(line))).toMatchObject([
      asJson(welcome),
      { event: "error", code: "bad-command" },
    ]);
    expect(io.commands).toEqual([{ type: "who" }]);
  });

  test("prints only a failure to join before the welcome, and reads no command until then", async () => {
    const io = createIo();
    const front = createJson(io);
    io.input.end('{ this is not JSON\n{"do":"quit"}\n');
    await drainStreams();
    expect([io.output.lines(), io.commands, io.ends]).toEqual([[], [], []]);
    front.show(welcome);
    await drainStreams();
    expect(io.output.lines().map((line) => JSON.parse(line))).toMatchObject([
      asJson(welcome),
      { event: "error", code: "bad-command" },
    ]);
    expect(io.commands).toEqual([{ type: "quit" }]);
    expect(io.ends).toHaveLength(1);
    const refused = createIo();
    createJson(refused).show({ type: "error", code: "name-taken", message: "No." });
    expect(refused.output.lines()).toHaveLength(1);
  });

  test("reads no further line until the last command is taken", async () => {
    const io = createIo();
    const taken = Promise.withResolvers<void>();
    const onCommand = (command: Command) => {
      io.commands.push(command);
      return taken.promise;
    };
    createJson({ ...io, onCommand }).show(welcome);
    io.input.write('{"do":"who"}\n{"do":"stop"}\n');
    await drainStreams();
    expect(io.commands).toHaveLength(1);
    taken.resolve();
    await drainStreams();
    expect(io.commands).toHaveLength(2);
  });

  test("reports a closed output once and survives it", async () => {
    const io = createIo();
    const front = createJson({ ...io, output: brokenOutput() });
    front.show(hello);
    await drainStreams();
    front.show(hello);
    expect(io.ends).toHaveLength(1);
    await front.close();
  });

  test("waits on close until a slow reader has everything", async () => {
    const child = Bun.spawn([process.execPath, join(import.meta.dir, "../fixtures/flood.ts")], {
      stdout: "pipe",
    });
    const lines = (await new Response(child.stdout).text()).split("\n").slice(0, -1);
    expect(lines).toHaveLength(50_000);
    expect(await child.exited).toBe(0);
  });

  test("prints a history page as one event and leaves out pending lines", async () => {
    const io = createIo();
    const front = createJson(io);
    front.show(welcome);
    front.show({ type: "pending", lines: [{ text: "hi" }] });
    const page: ClientEvent = { type: "history", cause: "search", entries: [], more: false, ref: "r" };
    front.show(page);
    io.input.end('{"do":"history","before":42,"limit":50}\n{"do":"search","words":"a b","ref":"r"}\n');
    await drainStreams();
    expect(io.output.lines().map((line) => JSON.parse(line))).toEqual([asJson(welcome), asJson(page)]);
    expect(io.commands).toEqual([
      { type: "history", before: 42, limit: 50 },
      { type: "search", words: "a b", ref: "r" },
    ]);
  });

  test("prints nothing after close", async () => {
    const io = createIo();
    const front = createJson(io);
    front.show(hello);
    await front.close();
    front.show(hello);
    expect(io.output.lines()).toHaveLength(1);
    expect(io.ends).toHaveLength(0);
  });
});
