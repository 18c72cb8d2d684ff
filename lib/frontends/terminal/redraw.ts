/** Makes the control sequences that print lines above a block and draw the block anew, from what stands there now. */
import type { Block, Width } from "../text/layout.ts";

const eraseRight = "\x1b[K";
/** Never from the corner of the screen: tmux takes that for a wiped screen and keeps a copy in the scrollback. */
const eraseBelow = `${eraseRight}\x1b[C\x1b[J\r`;

/** Nothing drawn: the cursor stands at the start of a row. */
export const noBlock: Block = { rows: [], cursor: { row: 0, column: 0 } };

/** Prints the lines where the block `drawn` begins and draws `next` below them; "" when nothing differs. */
export function redraw(drawn: Block, lines: string[], next: Block, columns: number, width: Width): string {
  if (lines.length === 0 && same(drawn, next)) return "";
  const printed = lines.map((line) => `${line}\r\n`).join("");
  return toTop(drawn, columns, width) + (printed === "" ? "" : eraseBelow + printed) + drawing(next);
}

/** Removes the block and leaves the cursor where it began. */
export function erase(drawn: Block, columns: number, width: Width): string {
  return toTop(drawn, columns, width) + eraseBelow;
}

/** To the first row of the block. A terminal that became narrower has broken its rows: counted as it is now. */
function toTop({ rows, cursor }: Block, columns: number, width: Width): string {
  const rowsOf = (text: string) => Math.max(Math.ceil(width(text) / columns), 1);
  const above = rows.slice(0, cursor.row).reduce((sum, row) => sum + rowsOf(row), 0);
  const up = above + Math.floor(cursor.column / columns);
  return `${up > 0 ? `\x1b[${up}A` : ""}\r`;
}

/** The block, each row wiped only behind its text so that nothing flickers; then the cursor to its place. */
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
