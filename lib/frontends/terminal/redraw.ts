/** The control sequences that print lines above a block of rows and redraw the block. Pure. */
import type { Block, Width } from "../text/layout.ts";

const eraseRight = "\x1b[K";
/** Never from the corner of the screen: tmux takes that for a cleared screen and copies the rows into the scrollback. */
const eraseBelow = `${eraseRight}\x1b[C\x1b[J\r`;

/** No rows are drawn; the cursor is at the start of a row. */
export const noBlock: Block = { rows: [], cursor: { row: 0, column: 0 } };

/** Prints the lines where the block `drawn` begins and draws `next` below them; "" when nothing has changed. */
export function redraw(drawn: Block, lines: string[], next: Block, columns: number, width: Width): string {
  if (lines.length === 0 && same(drawn, next)) return "";
  const printed = lines.map((line) => `${line}\r\n`).join("");
  return toTop(drawn, columns, width) + (printed === "" ? "" : eraseBelow + printed) + drawing(next);
}

/** Erases the block and leaves the cursor where the block began. */
export function erase(drawn: Block, columns: number, width: Width): string {
  return toTop(drawn, columns, width) + eraseBelow;
}

/** Moves to the first row of the block. A terminal that became narrower has rewrapped the rows, so they are counted anew. */
function toTop({ rows, cursor }: Block, columns: number, width: Width): string {
  const rowsOf = (text: string) => Math.max(Math.ceil(width(text) / columns), 1);
  const above = rows.slice(0, cursor.row).reduce((sum, row) => sum + rowsOf(row), 0);
  const up = above + Math.floor(cursor.column / columns);
  return `${up > 0 ? `\x1b[${up}A` : ""}\r`;
}

/** Draws the block and places the cursor. Each row is erased only behind its text, which avoids flicker. */
function drawing({ rows, cursor }: Block): string {
  const up = rows.length - 1 - cursor.row;
  return [
    rows.map((row) => row + eraseRight).join("\r\n"),
    eraseBelow,
    up > 0 ? `\x1b[${up}A` : "",
    cursor.column > 0 ? `\x1b[${cursor.column}C` : "",
  ].join("");
}

function same(a: Block, b: Block): boolean {
  return (
    a.cursor.row === b.cursor.row &&
    a.cursor.column === b.cursor.column &&
    a.rows.length === b.rows.length &&
    a.rows.every((row, index) => row === b.rows[index])
  );
}
