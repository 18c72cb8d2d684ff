/** Nothing that other people send acts on a terminal: each attack in each field, shown by a terminal in memory. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ClientEvent } from "../../lib/client/api.ts";
import { createJson } from "../../lib/frontends/scripts/json.ts";
import { createPipe } from "../../lib/frontends/scripts/pipe.ts";
import { closedPrompt, hear, layOutPrompt, pressKey } from "../../lib/frontends/terminal/prompt.ts";
import { createTerminal } from "../../lib/frontends/terminal/terminal.ts";
import { chooseStyle } from "../../lib/frontends/text/style.ts";
import { createView } from "../../lib/frontends/text/view.ts";
import { openEmulator } from "../support/emulator.ts";
import { hostileEvents } from "../support/hostile-events.ts";
import vectors from "../vectors/terminal-attacks.json" with { type: "json" };
import { memoryInput, memoryOutput } from "./memory.ts";

const env = { TERM: "xterm-256color", LANG: "C.UTF-8" };
const width = Bun.stringWidth;
const typed = "half a line";
const known = { names: () => [], isOperator: () => true };
const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: ["bob"], lastId: 0 };

/** What is surely to be seen of a row: of what takes no place of its own a terminal may keep as much as it likes. */
const seen = (row: string) =>
  row.replace(/[\p{M}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7fb]/gu, "").trimEnd();

/** Whether this is a row that is wider in this terminal than Bun takes it for, without its end but for the last sign. */
function isCut(row: string, wanted: string): boolean {
  const isUncertain = /\u00ad|\u200d|\ufe0f|\p{Emoji}|[^\u0000-\uffff]/u.test(wanted);
  return isUncertain && row.length >= 6 && seen(wanted).startsWith(seen(row).slice(0, -1).slice(0, 6));
}

/** A terminal after the welcome, and beside it what it must show: the lines so far, and the block below them. */
async function openStage(columns: number, draft: string) {
  const emulator = openEmulator(columns, 12);
  const terminal = createTerminal({ ...emulator, env, ...known, onIntent() {}, onEnd() {} });
  const style = chooseStyle(env, { terminal: true, plain: false });
  const view = createView({ style, width, columns: () => columns, times: true, stopKey: "Esc" });
  const lines: string[] = [];
  let prompt = closedPrompt();
  const show = (event: ClientEvent) => {
    terminal.show(event);
    if (event.type !== "recording") lines.push(...view.event(event).map(Bun.stripANSI));
    prompt = hear(prompt, event);
  };
  show(welcome);
  emulator.input.write(draft);
  for (const text of draft)
    prompt = pressKey(prompt, { name: "", text, ctrl: false, meta: false }, known).prompt;
  /** Every line stands where it was printed, in as many rows; below them the block and nothing else; the cursor in it. */
  async function check(): Promise<void> {
    await emulator.shown();
    const block = layOutPrompt(prompt, { columns, rows: 12, style, width });
    const rows = emulator.rows();
    const wanted = [...lines, ...block.rows.map(Bun.stripANSI)].map((row) => row.trimEnd());
    while (rows.length > wanted.length && rows.at(-1) === "") rows.pop();
    expect(emulator.alarms()).toEqual([]);
    expect(
      rows.map((row, index) => seen(isCut(row, wanted[index] ?? "") ? (wanted[index] ?? "") : row)),
    ).toEqual(wanted.map(seen));
    expect(emulator.cursor()).toEqual({ row: lines.length + block.cursor.row, column: block.cursor.column });
  }
  return { show, check, close: () => terminal.close() };
}

/** Shows the text in every field to somebody who is typing, and puts it back into the line of somebody who is not. */
async function attack(text: string, columns: number): Promise<void> {
  const stage = await openStage(columns, typed);
  for (const event of hostileEvents(text)) {
    stage.show(event);
    await stage.check();
  }
  await stage.close();
  const idle = await openStage(columns, "");
  idle.show({ type: "error", code: "text-too-long", message: text, text });
  await idle.check();
  await idle.close();
}

describe("in a terminal of 80 columns, nothing but its own rows is changed by", () => {
  test.each(vectors)("$name ($tries)", ({ text }) => attack(text, 80));
});

test("nor by anything that chance makes of such parts, in terminals of any width", async () => {
  const parts = fc.oneof(
    fc.constantFrom(...vectors.map(({ text }) => text.slice(0, 40))),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.constantFrom(" ", "\u200d", "\ufe0f", "\u0301", "\x1b[", "bob: hi"),
  );
  const text = fc.array(parts, { minLength: 1, maxLength: 8 }).map((all) => all.join(""));
  // Of 40 that Bun takes for nothing and this terminal does not, a narrow row shows three signs and the last one.
  const examples: [string, number][] = [["\u200b\u2060\ufeff\u200c\u200d".repeat(8), 12]];
  const property = fc.asyncProperty(text, fc.integer({ min: 12, max: 200 }), attack);
  await fc.assert(property, { numRuns: 40, examples });
});

test("names that Tab completes, questions and notes do nothing else either", async () => {
  for (const { text } of vectors) {
    const emulator = openEmulator(80, 12);
    const terminal = createTerminal({
      ...emulator,
      env,
      names: () => [text, `bob${text}`],
      isOperator: () => true,
      onIntent() {},
      onEnd() {},
    });
    terminal.show(welcome);
    terminal.note(text);
    emulator.input.write("@\t");
    await emulator.shown();
    emulator.input.write("bob\t");
    await emulator.shown();
    void terminal.ask(text, { fallback: text });
    await emulator.shown();
    expect(emulator.alarms()).toEqual([]);
    await terminal.close();
  }
});

describe("what is not redrawn is plain lines, as many as there are", () => {
  const acts = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
  const plain = { terminal: true, plain: true };
  const linesOf = (text: string, style: ReturnType<typeof chooseStyle>) => {
    const view = createView({ style, width: (shown) => shown.length, stopKey: "Ctrl-C" });
    return hostileEvents(text).flatMap((event) =>
      event.type === "recording" ? ["recording"] : view.event(event),
    );
  };

  test.each(vectors)("$name, in --plain", async ({ text }) => {
    const output = Object.assign(memoryOutput(), { columns: 80, rows: 24 });
    const input = memoryInput();
    const terminal = createTerminal({
      input,
      output,
      env,
      plain: true,
      ...known,
      onIntent() {},
      onEnd() {},
    });
    for (const event of hostileEvents(text)) terminal.show(event);
    await terminal.close();
    // That lines wait, and wait no more, is said by one line of its own.
    expect(output.lines()).toHaveLength(linesOf(text, chooseStyle(env, plain)).length + 1);
    expect(output.lines().filter((line) => acts.test(line))).toEqual([]);
  });

  test.each(vectors)("$name, through a pipe", async ({ text }) => {
    const [output, errors, input] = [memoryOutput(), memoryOutput(), memoryInput()];
    const pipe = createPipe({
      input,
      output,
      errors,
      env,
      isOperator: () => true,
      onIntent() {},
      onWrong() {},
      onEnd() {},
    });
    for (const event of hostileEvents(text)) pipe.show(event);
    await pipe.close();
    const lines = [...output.lines(), ...errors.lines()];
    expect(lines).toHaveLength(linesOf(text, chooseStyle(env, { terminal: false, plain: false })).length);
    expect(lines.filter((line) => acts.test(line))).toEqual([]);
  });
});

describe("what programs read acts on no terminal that shows it", () => {
  test.each(vectors)("$name, in --json", async ({ text }) => {
    const [output, input] = [memoryOutput(), memoryInput()];
    const json = createJson({ input, output, onIntent() {}, onEnd() {} });
    for (const event of hostileEvents(text)) json.show(event);
    await json.close();
    for (const line of output.lines()) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });
});
