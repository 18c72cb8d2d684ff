/** Editing, history, Tab, questions and the recording keys, without a terminal. */
import { describe, expect, test } from "bun:test";
import type { ClientEvent } from "../../../lib/client/api.ts";
import { complete } from "../../../lib/frontends/terminal/completion.ts";
import {
  emptyEditor,
  insert,
  type Key,
  press,
  sent,
  withText,
} from "../../../lib/frontends/terminal/editor.ts";
import {
  closedPrompt,
  hear,
  layOutPrompt,
  type Prompt,
  pressKey,
} from "../../../lib/frontends/terminal/prompt.ts";
import { fitRows, inColumns, layOutInput } from "../../../lib/frontends/text/layout.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";

const width = Bun.stringWidth;
const welcome: ClientEvent = { type: "welcome", you: "alice", room: "Lab 3", members: [], lastId: 0 };

/** `ctrl-a`, `meta-b`, `left`; anything else is typed as it stands. */
function key(what: string): Key {
  const [, modifier = "", name = ""] = /^(ctrl-|meta-)?([a-z]+)$/.exec(what) ?? [];
  const named = /^(left|right|up|down|home|end|backspace|delete|tab|return|escape)$/.test(name);
  if (modifier === "" && !named) return { name: "", text: what, ctrl: false, meta: false };
  return { name, text: "", ctrl: modifier === "ctrl-", meta: modifier === "meta-" };
}

function edit(keys: string[], editor = emptyEditor()) {
  return keys.reduce((state, each) => press(state, key(each)) ?? state, editor);
}

describe("the editor", () => {
  const cases: [string[], string, number][] = [
    [["hello"], "hello", 5],
    [["hello", "left", "left", "X"], "helXlo", 4],
    [["hello", "home", ">", "end", "<"], ">hello<", 7],
    [["ab漢字", "backspace"], "ab漢", 3],
    [["a👩‍👩‍👧b", "left", "backspace"], "ab", 1],
    [["e\u0301x", "left", "left"], "e\u0301x", 0],
    [["🇩🇪🇫🇷", "backspace"], "🇩🇪", 4],
    [["one two three", "ctrl-w"], "one two ", 8],
    [["one two", "ctrl-w", "ctrl-y", "ctrl-y"], "one twotwo", 10],
    [["one two", "meta-b", "ctrl-k"], "one ", 4],
    [["one two", "ctrl-a", "meta-f", "ctrl-u"], " two", 0],
    [["one two", "home", "meta-d"], " two", 0],
    [["abc", "home", "delete", "ctrl-d"], "c", 0],
    // What joins its neighbours moves the cursor behind them.
    [["👩👧", "left", "\u200d"], "👩\u200d👧", 5],
    [["ex\u0301", "left", "delete"], "e", 1],
    [["a \u0301b", "meta-b"], "a \u0301b", 3],
    [["a\tb"], "a b", 3],
    [["a\x1b[2Jb\u009b"], "a[2Jb", 5],
  ];
  test.each(cases)("%j", (keys, text, cursor) => {
    expect(edit(keys)).toMatchObject({ text, cursor });
  });

  test("the history goes back and forth and keeps what was being typed", () => {
    let editor = ["one", "two", "two", " "].reduce((state, line) => sent(state, line), emptyEditor());
    expect(editor.history).toEqual(["one", "two"]);
    editor = edit(["dra", "up"], editor);
    expect(editor.text).toBe("two");
    expect(edit(["up"], editor).text).toBe("one");
    expect(edit(["up", "up", "up"], editor).text).toBe("one");
    expect(edit(["up", "down", "down", "ft"], editor).text).toBe("draft");
  });

  test("is bounded, in length and in history", () => {
    const full = insert(emptyEditor(), "x".repeat(16_384));
    expect(insert(full, "y")).toBe(full);
    const lines = Array.from({ length: 600 }, (_, index) => String(index));
    expect(lines.reduce((state, line) => sent(state, line), emptyEditor()).history).toHaveLength(500);
  });
});

describe("Tab", () => {
  const names = ["bob", "Bea", "Beatrix", "陈伟"];
  const commands = ["/help", "/who", "!audio"];
  test("completes the only thing that fits, with a space", () => {
    expect(complete("/h", commands, names)).toEqual({ start: 0, text: "/help ", choices: [] });
    expect(complete("!audio @BO", commands, names)).toEqual({ start: 7, text: "@bob ", choices: [] });
    expect(complete("@陈", commands, names)?.text).toBe("@陈伟 ");
  });
  test("completes what all have in common and shows them", () => {
    expect(complete("@be", commands, names)).toEqual({
      start: 0,
      text: "@Bea",
      choices: ["@Bea", "@Beatrix"],
    });
    expect(complete("@", commands, names)?.choices).toHaveLength(4);
  });
  test("leaves other words alone", () => {
    expect(complete("hello", commands, names)).toBeUndefined();
    expect(complete("say /h", commands, names)).toBeUndefined();
    expect(complete("@nobody", commands, names)).toBeUndefined();
  });
});

describe("the prompt", () => {
  const open = hear(closedPrompt(), welcome);
  const recording = hear(typing("half", open), { type: "recording", stream: 7, seconds: 5 });

  function typing(text: string, prompt: Prompt): Prompt {
    return { ...prompt, editor: withText(prompt.editor, text) };
  }
  function pressedBy(isOperator: boolean, prompt: Prompt, ...keys: string[]) {
    const known = { names: () => ["bob"], isOperator: () => isOperator };
    let last = pressKey(prompt, key(keys[0] ?? ""), known);
    for (const each of keys.slice(1)) last = pressKey(last.prompt, key(each), known);
    return last;
  }
  function pressed(prompt: Prompt, ...keys: string[]) {
    return pressedBy(false, prompt, ...keys);
  }

  test("Tab completes what operators type for operators", () => {
    expect(pressedBy(true, open, "/ki", "tab").prompt.editor.text).toBe("/kick ");
    expect(pressed(open, "/ki", "tab").prompt.editor.text).toBe("/ki");
  });

  test("Enter submits the line, Ctrl-D on an empty one leaves", () => {
    expect(pressed(open, "hi", "return").action).toEqual({ type: "submit", line: "hi" });
    expect(pressed(open, "ctrl-d").action).toEqual({ type: "intent", intent: { type: "quit" } });
    expect(pressed(open, "hi", "ctrl-d").action).toBeUndefined();
  });

  test("Ctrl-C clears the line and says that a second one leaves", () => {
    const first = pressed(open, "hi", "ctrl-c");
    expect(first.action).toBeUndefined();
    expect(first.prompt.editor.text).toBe("");
    expect(first.prompt.below).toEqual(["Ctrl-C again leaves"]);
    expect(pressed(first.prompt, "ctrl-c").action).toEqual({ type: "intent", intent: { type: "quit" } });
    expect(pressed(first.prompt, "x", "backspace", "ctrl-c").action).toBeUndefined();
  });

  test("while recording Enter stops, Esc and Ctrl-C cancel, and what is typed stays", () => {
    expect(pressed(recording, "return").action).toEqual({ type: "intent", intent: { type: "stop" } });
    expect(pressed(recording, "escape").action).toEqual({ type: "intent", intent: { type: "cancel" } });
    expect(pressed(recording, "ctrl-c").action).toEqual({ type: "intent", intent: { type: "cancel" } });
    expect(pressed(recording, " line", "return").prompt.editor.text).toBe("half line");
  });

  test("the bar lives from `recording` to the end of that stream, or of the connection", () => {
    const end: ClientEvent = { type: "voice-ended", stream: 7, from: "alice", seconds: 1, reason: "done" };
    expect(
      hear(recording, { type: "level", stream: 7, dbfs: -9, peak: -3, left: 2 }).recording,
    ).toMatchObject({
      dbfs: -9,
      peakDbfs: -3,
      secondsMax: 5,
      secondsLeft: 2,
    });
    expect(
      hear(recording, { type: "level", stream: 8, dbfs: -9, peak: -3, left: 2 }).recording,
    ).toMatchObject({
      secondsLeft: 5,
    });
    expect(hear(recording, { ...end, stream: 8 }).recording).toBeDefined();
    expect(hear(recording, end).recording).toBeUndefined();
    expect(hear(recording, { type: "connection", state: "lost" }).recording).toBeUndefined();
  });

  test("while a clip is heard again Esc and Ctrl-C end that, and Enter submits", () => {
    const replaying = hear(typing("half", open), { type: "playing", clip: 7, from: "bob", seconds: 4 });
    const cancel = { type: "intent", intent: { type: "cancel" } } as const;
    expect(pressed(replaying, "escape").action).toEqual(cancel);
    expect(pressed(replaying, "ctrl-c").action).toEqual(cancel);
    expect(pressed(replaying, "return").action).toEqual({ type: "submit", line: "half" });
    const over: ClientEvent[] = [
      { type: "played", clip: 7 },
      { type: "connection", state: "lost" },
    ];
    for (const event of over) expect(pressed(hear(replaying, event), "escape").action).toBeUndefined();
  });

  test("a refused line comes back, unless something else is being typed", () => {
    const refused: ClientEvent = { type: "error", code: "no-such-name", message: "", text: "@bbo hi" };
    expect(hear(open, refused).editor.text).toBe("@bbo hi");
    expect(hear(typing("new", open), refused).editor.text).toBe("new");
  });

  test("a question has its own line, and keys typed ahead wait", () => {
    const question = { prompt: "Your name: ", editor: emptyEditor(), isSecret: false };
    const asked = { ...typing("half", open), question };
    const answered = pressed(asked, "al", "return");
    expect(answered.action).toEqual({ type: "answer", line: "al" });
    expect(answered.prompt.editor.text).toBe("half");
    expect(pressed(asked, "ctrl-c").action).toEqual({ type: "answer", line: undefined });
    expect(pressed(closedPrompt(), "a", "b").prompt.held).toHaveLength(2);
    expect(pressed(closedPrompt(), "ctrl-c").action).toEqual({ type: "intent", intent: { type: "quit" } });
  });

  test("an answer that is secret is not shown, nor how long it is", () => {
    const style = chooseStyle({ NO_COLOR: "1" }, { terminal: true, plain: false });
    const question = { prompt: "Passphrase: ", editor: emptyEditor(), isSecret: true };
    const asked = { ...typing("half", open), question };
    const shown = (prompt: Prompt) => layOutPrompt(prompt, { columns: 30, rows: 24, style, width });
    const typed = pressed(asked, "open", "sesame").prompt;
    expect(shown(typed)).toEqual(shown(asked));
    expect(shown(typed)).toEqual({ rows: ["Passphrase: "], cursor: { row: 0, column: 12 } });
    const answered = pressed(typed, "return");
    expect(answered.action).toEqual({ type: "answer", line: "opensesame" });
    const after = { ...answered.prompt, question: undefined };
    expect(pressed(after, "ctrl-u", "up", "ctrl-y").prompt.editor.text).not.toContain("sesame");
  });

  test("lines that wait stand above it, the newest, each in one row", () => {
    const style = chooseStyle({ NO_COLOR: "1" }, { terminal: true, plain: false });
    const lines = [1, 2, 3, 4, 5, 6].map((number) => ({ text: `line ${number}` }));
    const waiting = hear(typing("typed", open), {
      type: "pending",
      lines: [...lines, { text: "会".repeat(60), to: "bob" }],
    });
    const { rows, cursor } = layOutPrompt(waiting, { columns: 30, rows: 24, style, width });
    expect(rows).toEqual([
      "… and 2 more, not sent yet",
      "… line 3",
      "… line 4",
      "… line 5",
      "… line 6",
      `… @bob ${"会".repeat(10)}…`,
      "> typed",
    ]);
    expect(cursor.row).toBe(6);
    const gone = hear(waiting, { type: "pending", lines: [] });
    expect(layOutPrompt(gone, { columns: 30, rows: 24, style, width }).rows).toEqual(["> typed"]);
  });

  test("never takes more rows than the terminal has", () => {
    const style = chooseStyle({}, { terminal: true, plain: false });
    const full = typing("word ".repeat(200), {
      ...recording,
      below: Array.from({ length: 40 }, (_, i) => `@name${i}`),
      waiting: Array.from({ length: 40 }, () => ({ text: "x".repeat(100) })),
    });
    for (const rows of [3, 4, 6]) {
      const block = layOutPrompt(full, { columns: 40, rows, style, width });
      expect(block.rows.length).toBeLessThanOrEqual(rows);
      expect(block.cursor.row).toBeLessThan(rows);
    }
    for (const columns of [10, 40, 80]) {
      const block = layOutPrompt(full, { columns, rows: 10, style, width });
      expect(block.rows.length).toBeLessThanOrEqual(10);
      expect(block.cursor.row).toBeLessThan(10);
      for (const row of block.rows) expect(width(row)).toBeLessThan(columns);
    }
  });
});

describe("the layout", () => {
  test("counts what is typed with the end of the prompt, where the two join", () => {
    const { rows, cursor } = layOutInput("!\u{1f1eb}", "\u200dZ", 0, 3, width);
    for (const row of rows) expect(width(row)).toBeLessThan(3);
    expect(cursor.row).toBeGreaterThan(0);
  });

  test("breaks a character that is wider than the screen, but not a sign from its selector", () => {
    const { rows } = layOutInput("p", "\u2764\ufe0f\u{1f3fd}", 0, 3, width);
    expect(rows.slice(0, 3)).toEqual(["p", "\u2764\ufe0f", "\u{1f3fd}"]);
  });

  test("wraps what is typed and knows where the cursor is", () => {
    expect(layOutInput("> ", "abcdef", 6, 6, width)).toEqual({
      rows: ["> abc", "def"],
      cursor: { row: 1, column: 3 },
    });
    expect(layOutInput("> ", "abc", 3, 6, width)).toEqual({
      rows: ["> abc", ""],
      cursor: { row: 1, column: 0 },
    });
    expect(layOutInput("> ", "abcd", 3, 6, width)).toEqual({
      rows: ["> abc", "d"],
      cursor: { row: 1, column: 0 },
    });
    // A wide character does not fit the one column that is left.
    expect(layOutInput("> ", "ab漢", 3, 6, width)).toEqual({
      rows: ["> ab", "漢"],
      cursor: { row: 1, column: 2 },
    });
  });

  test("shows the rows around the cursor", () => {
    const rows = ["0", "1", "2", "3"];
    expect(fitRows({ rows, cursor: { row: 3, column: 1 } }, 2)).toEqual({
      rows: ["2", "3"],
      cursor: { row: 1, column: 1 },
    });
    expect(fitRows({ rows, cursor: { row: 0, column: 1 } }, 2)).toEqual({
      rows: ["0", "1"],
      cursor: { row: 0, column: 1 },
    });
  });

  test("puts choices in columns and says how many are left out", () => {
    expect(inColumns(["a", "b", "c"], 8, 2, width)).toEqual(["a  b", "c"]);
    expect(inColumns(Array.from("abcdefghi"), 12, 2, width)).toEqual(["a  b  c", "and 6 more"]);
  });
});
