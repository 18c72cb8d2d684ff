/** The line editor: keys, cursor and line history. */
import { describe, expect, test } from "bun:test";
import { emptyEditor, insert, press, sent } from "../../../lib/frontends/terminal/editor.ts";
import { key } from "./keys.ts";

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
    // A character that joins its neighbours moves the cursor behind them.
    [["👩👧", "left", "\u200d"], "👩\u200d👧", 5],
    [["ex\u0301", "left", "delete"], "e", 1],
    [["a \u0301b", "meta-b"], "a \u0301b", 3],
    [["a\tb"], "a b", 3],
    [["a\x1b[2Jb\u009b"], "a[2Jb", 5],
  ];
  test.each(cases)("turns the keys %j into %p with the cursor at %p", (keys, text, cursor) => {
    expect(edit(keys)).toMatchObject({ text, cursor });
  });

  test("moves through the line history and keeps the unsent text", () => {
    let editor = ["one", "two", "two", " "].reduce((state, line) => sent(state, line), emptyEditor());
    expect(editor.history).toEqual(["one", "two"]);
    editor = edit(["dra", "up"], editor);
    expect(editor.text).toBe("two");
    expect(edit(["up"], editor).text).toBe("one");
    expect(edit(["up", "up", "up"], editor).text).toBe("one");
    expect(edit(["up", "down", "down", "ft"], editor).text).toBe("draft");
  });

  test("bounds the line and the line history", () => {
    const full = insert(emptyEditor(), "x".repeat(16_384));
    expect(insert(full, "y")).toBe(full);
    const lines = Array.from({ length: 600 }, (_, index) => String(index));
    expect(lines.reduce((state, line) => sent(state, line), emptyEditor()).history).toHaveLength(500);
  });
});
