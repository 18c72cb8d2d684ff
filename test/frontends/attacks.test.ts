/** Terminal attacks in every field of every event do nothing: shown on an emulated terminal. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ClientEvent } from "../../lib/client/api.ts";
import { createJson } from "../../lib/frontends/scripts/json.ts";
import { createPipe } from "../../lib/frontends/scripts/pipe.ts";
import { closedPrompt, handleEvent, handleKey } from "../../lib/frontends/terminal/prompt.ts";
import { layOutPrompt } from "../../lib/frontends/terminal/prompt-layout.ts";
import { createTerminal } from "../../lib/frontends/terminal/terminal.ts";
import { chooseStyle } from "../../lib/frontends/text/style.ts";
import { createView } from "../../lib/frontends/text/view.ts";
import { openEmulator } from "../support/emulator.ts";
import { hostileEvents } from "../support/hostile-events.ts";
import vectors from "../vectors/terminal-attacks.json" with { type: "json" };
import { memoryInput, memoryOutput } from "./memory.ts";

/** Emulating every event takes seconds, and longer on a busy machine. */
const timeoutMs = 120_000;

const env = { TERM: "xterm-256color", LANG: "C.UTF-8" };
const width = Bun.stringWidth;
const typed = "half a line";
const queries = { names: () => [], isOperator: () => true };
const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: ["bob"], lastId: 0 };

/** The characters of a row that every terminal shows. Terminals disagree on those without a width of their own. */
const visible = (row: string) =>
  row.replace(/[\p{M}\p{Default_Ignorable_Code_Point}\u1160-\u11ff\ud7b0-\ud7fb]/gu, "").trimEnd();

/** Whether the row was cut because it is wider in this terminal than Bun measures; its last character is kept. */
function isCut(row: string, wanted: string): boolean {
  const isUncertain = /\u00ad|\u200d|\ufe0f|\p{Emoji}|[^\u0000-\uffff]/u.test(wanted);
  return isUncertain && row.length >= 6 && visible(wanted).startsWith(visible(row).slice(0, -1).slice(0, 6));
}

/** A terminal after the welcome, with a model of what it must show: the lines so far, and the block below them. */
async function openTerminal(columns: number, draft: string) {
  const emulator = openEmulator(columns, 12);
  const terminal = createTerminal({ ...emulator, env, ...queries, onCommand() {}, onEnd() {} });
  const style = chooseStyle(env, { terminal: true, plain: false });
  const view = createView({ style, width, columns: () => columns, times: true, stopKey: "Esc" });
  const lines: string[] = [];
  let prompt = closedPrompt();
  const show = (event: ClientEvent) => {
    terminal.show(event);
    if (event.type !== "recording") lines.push(...view.event(event).map(Bun.stripANSI));
    prompt = handleEvent(prompt, event);
  };
  show(welcome);
  emulator.input.write(draft);
  for (const text of draft)
    prompt = handleKey(prompt, { name: "", text, ctrl: false, meta: false }, queries).prompt;
  /** Checks that the screen shows exactly the lines, below them the block, and the cursor in it. */
  async function check(): Promise<void> {
    await emulator.shown();
    const block = layOutPrompt(prompt, { columns, rows: 12, style, width });
    const rows = emulator.rows();
    const wanted = [...lines, ...block.rows.map(Bun.stripANSI)].map((row) => row.trimEnd());
    while (rows.length > wanted.length && rows.at(-1) === "") rows.pop();
    expect(emulator.alarms()).toEqual([]);
    expect(
      rows.map((row, index) => visible(isCut(row, wanted[index] ?? "") ? (wanted[index] ?? "") : row)),
    ).toEqual(wanted.map(visible));
    expect(emulator.cursor()).toEqual({ row: lines.length + block.cursor.row, column: block.cursor.column });
  }
  return { show, check, close: () => terminal.close() };
}

/** Shows the text in every field while a line is typed, and puts it back into an empty line. */
async function attack(text: string, columns: number): Promise<void> {
  const busy = await openTerminal(columns, typed);
  for (const event of hostileEvents(text)) {
    busy.show(event);
    await busy.check();
  }
  await busy.close();
  const idle = await openTerminal(columns, "");
  idle.show({ type: "error", code: "text-too-long", message: text, text });
  await idle.check();
  await idle.close();
}

describe("a terminal of 80 columns shows only its own rows under the attack", () => {
  test.each(vectors)("$name ($tries)", ({ text }) => attack(text, 80), timeoutMs);
});

test(
  "a terminal of any width shows only its own rows under random combinations of attacks",
  async () => {
    const parts = fc.oneof(
      fc.constantFrom(...vectors.map(({ text }) => text.slice(0, 40))),
      fc.string({ unit: "grapheme", maxLength: 12 }),
      fc.string({ unit: "binary", maxLength: 6 }),
      fc.constantFrom(" ", "\u200d", "\ufe0f", "\u0301", "\x1b[", "bob: hi"),
    );
    const text = fc.array(parts, { minLength: 1, maxLength: 8 }).map((all) => all.join(""));
    const examples: [string, number][] = [
      // Bun measures these 40 characters as nothing, and the emulator does not: a narrow row shows three and the last one.
      ["\u200b\u2060\ufeff\u200c\u200d".repeat(8), 12],
      // After a change of colour, the emulator gives each of these marks a column.
      ["\u0301\u0301 ", 12],
    ];
    const property = fc.asyncProperty(text, fc.integer({ min: 12, max: 200 }), attack);
    await fc.assert(property, { numRuns: 40, examples });
  },
  timeoutMs,
);

test(
  "attacks in completed names, questions and notes do nothing",
  async () => {
    for (const { text } of vectors) {
      const emulator = openEmulator(80, 12);
      const terminal = createTerminal({
        ...emulator,
        env,
        names: () => [text, `bob${text}`],
        isOperator: () => true,
        onCommand() {},
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
  },
  timeoutMs,
);

describe("output without redrawing is plain lines, one for each line of the view, under the attack", () => {
  const controls = /[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u;
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
      ...queries,
      onCommand() {},
      onEnd() {},
    });
    for (const event of hostileEvents(text)) terminal.show(event);
    await terminal.close();
    // The plain terminal prints one more line, about pending lines.
    expect(output.lines()).toHaveLength(linesOf(text, chooseStyle(env, plain)).length + 1);
    expect(output.lines().filter((line) => controls.test(line))).toEqual([]);
  });

  test.each(vectors)("$name, through a pipe", async ({ text }) => {
    const [output, errors, input] = [memoryOutput(), memoryOutput(), memoryInput()];
    const pipe = createPipe({
      input,
      output,
      errors,
      env,
      isOperator: () => true,
      onCommand() {},
      onInvalid() {},
      onEnd() {},
    });
    for (const event of hostileEvents(text)) pipe.show(event);
    await pipe.close();
    const lines = [...output.lines(), ...errors.lines()];
    expect(lines).toHaveLength(linesOf(text, chooseStyle(env, { terminal: false, plain: false })).length);
    expect(lines.filter((line) => controls.test(line))).toEqual([]);
  });
});

describe("JSON output contains no control character under the attack", () => {
  test.each(vectors)("$name, in --json", async ({ text }) => {
    const [output, input] = [memoryOutput(), memoryInput()];
    const json = createJson({ input, output, onCommand() {}, onEnd() {} });
    for (const event of hostileEvents(text)) json.show(event);
    await json.close();
    for (const line of output.lines()) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cs}\u2028-\u202e\u2066-\u2069]/u);
      expect(() => JSON.parse(line)).not.toThrow();
    }
  });
});
