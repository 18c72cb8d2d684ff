/** Laying out text in rows and columns. */
import { describe, expect, test } from "bun:test";
import { fitRows, inColumns, layOutInput } from "../../../lib/frontends/text/layout.ts";

const width = Bun.stringWidth;

describe("the text layout", () => {
  test("measures typed text together with the end of the prompt, where the two join", () => {
    const { rows, cursor } = layOutInput("!\u{1f1eb}", "\u200dZ", 0, 3, width);
    for (const row of rows) expect(width(row)).toBeLessThan(3);
    expect(cursor.row).toBeGreaterThan(0);
  });

  test("splits a character that is wider than the screen, but keeps a variation selector with its sign", () => {
    const { rows } = layOutInput("p", "\u2764\ufe0f\u{1f3fd}", 0, 3, width);
    expect(rows.slice(0, 3)).toEqual(["p", "\u2764\ufe0f", "\u{1f3fd}"]);
  });

  test("wraps typed text and places the cursor", () => {
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
    // A wide character does not fit in the one column that is left.
    expect(layOutInput("> ", "ab漢", 3, 6, width)).toEqual({
      rows: ["> ab", "漢"],
      cursor: { row: 1, column: 2 },
    });
  });

  test("keeps the rows around the cursor when there are too many", () => {
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

  test("puts choices in columns and counts those that do not fit", () => {
    expect(inColumns(["a", "b", "c"], 8, 2, width)).toEqual(["a  b", "c"]);
    expect(inColumns(Array.from("abcdefghi"), 12, 2, width)).toEqual(["a  b  c", "and 6 more"]);
  });
});
