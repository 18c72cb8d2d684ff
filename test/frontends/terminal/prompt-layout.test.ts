/** The rows of the prompt. */
import { describe, expect, test } from "bun:test";
import { emptyEditor, withText } from "../../../lib/frontends/terminal/editor.ts";
import {
  closedPrompt,
  handleEvent,
  handleKey,
  type KeyOutcome,
  type Prompt,
} from "../../../lib/frontends/terminal/prompt.ts";
import { layOutPrompt } from "../../../lib/frontends/terminal/prompt-layout.ts";
import { chooseStyle } from "../../../lib/frontends/text/style.ts";
import { key } from "./keys.ts";

const width = Bun.stringWidth;
const open = handleEvent(closedPrompt(), {
  type: "welcome",
  you: "alice",
  room: "Lab 3",
  members: [],
  lastId: 0,
});

function typing(text: string, prompt: Prompt): Prompt {
  return { ...prompt, editor: withText(prompt.editor, text) };
}

function pressed(prompt: Prompt, ...keys: string[]): KeyOutcome {
  const queries = { names: () => [], isOperator: () => false };
  return keys.reduce<KeyOutcome>((last, each) => handleKey(last.prompt, key(each), queries), { prompt });
}

describe("the layout of the prompt", () => {
  test("shows nothing of a secret answer, nor its length", () => {
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

  test("shows how many lines are still to go, in one row", () => {
    const style = chooseStyle({ NO_COLOR: "1" }, { terminal: true, plain: false });
    const sending = { ...typing("typed", open), sending: { left: 836, total: 1_200 } };
    const rowsAt = (columns: number) => layOutPrompt(sending, { columns, rows: 24, style, width }).rows;
    expect(rowsAt(80)).toEqual(["… 836 of 1200 lines still to go, Esc stops", "> typed"]);
    expect(rowsAt(20)).toEqual(["… 836 of 1200 line…", "> typed"]);
  });

  test("shows the newest pending lines above the prompt, one row each", () => {
    const style = chooseStyle({ NO_COLOR: "1" }, { terminal: true, plain: false });
    const lines = [1, 2, 3, 4, 5, 6].map((number) => ({ text: `line ${number}` }));
    const pending = handleEvent(typing("typed", open), {
      type: "pending",
      lines: [...lines, { text: "会".repeat(60), to: "bob" }],
    });
    const { rows, cursor } = layOutPrompt(pending, { columns: 30, rows: 24, style, width });
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
    const confirmed = handleEvent(pending, { type: "pending", lines: [] });
    expect(layOutPrompt(confirmed, { columns: 30, rows: 24, style, width }).rows).toEqual(["> typed"]);
  });

  test("takes no more rows than the terminal has", () => {
    const style = chooseStyle({}, { terminal: true, plain: false });
    const full = typing("word ".repeat(200), {
      ...handleEvent(open, { type: "recording", stream: 7, seconds: 5 }),
      hints: Array.from({ length: 40 }, (_, i) => `@name${i}`),
      pending: Array.from({ length: 40 }, () => ({ text: "x".repeat(100) })),
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
