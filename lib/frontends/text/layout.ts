/** Lays text out in the rows of a terminal: printed lines wrap between words, typed text wraps anywhere. Pure. */
import type { Span } from "./style.ts";

/** Returns how many columns a text takes on the terminal. */
export type Width = (text: string) => number;

/** Rows on the screen and the cursor position in them, counted from zero. */
export interface Block {
  rows: string[];
  cursor: { row: number; column: number };
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The grapheme clusters of a text: what a reader sees as one character each (UAX #29). */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** The position in the text, moved behind the grapheme when it lies within one. */
export function placeAt(text: string, place: number): number {
  const part = segmenter.segment(text).containing(place);
  return part === undefined || part.index === place ? place : part.index + part.segment.length;
}

/** The graphemes of a text. One that is wider than `columns`, such as a row of Hangul initials, is split into its parts. */
function fittingGraphemes(text: string, columns: number, width: Width): string[] {
  return graphemes(text).flatMap((char) =>
    width(char) > columns ? (char.match(/.\p{M}*/gsu) ?? []) : [char],
  );
}

/**
 * Wraps a line between words and indents all rows but the first. The indent prevents forgery: without it, a sender could
 * fill a row so that the next one starts at the edge of the screen and looks like a line of another person.
 * A word that fits in a row stays whole, so that a web address can be clicked and copied.
 */
export function wrap(line: Span[], columns: number, narrowest: Width): Span[][] {
  const width = widest(narrowest);
  const indent: Span = { text: "  ", tone: "text" };
  const room = Math.max(columns - 1, 8);
  const rows: Span[][] = [];
  let row: Span[] = [];
  let used = 0;
  const breakRow = () => {
    rows.push(row);
    row = [indent];
    used = indent.text.length;
  };
  const put = (span: Span) => {
    row.push(span);
    used += width(span.text);
  };
  for (const span of line) {
    for (const text of span.text.match(/\s+|\S+/gu) ?? []) {
      const size = width(text);
      const isSpace = text.trim() === "";
      if (used + size <= room) put({ ...span, text });
      else if (isSpace) breakRow();
      else {
        if (size <= room - indent.text.length && row.length > 1) breakRow();
        for (const char of fittingGraphemes(text, room - indent.text.length, width)) {
          if (used + width(char) > room) breakRow();
          put({ ...span, text: char });
        }
      }
    }
  }
  rows.push(row);
  return rows.map(joinSpans);
}

/**
 * A row is counted with its widest reading: some terminals show the parts of a joined emoji side by side, and some
 * (xterm.js) give each combining mark a column that has nothing to join, because it follows a change of colour.
 */
function widest(width: Width): Width {
  return (text) => {
    if (!/[^\u0000-\u02ff]/.test(text)) return width(text);
    let apart = 0;
    let isLeading = true;
    for (const char of text) {
      const size = width(char);
      isLeading &&= size === 0;
      apart += isLeading ? 1 : size;
    }
    return Math.max(width(text), apart);
  };
}

/** Lays out the prompt and the typed text after it. The last column stays empty, because terminals wrap there differently. */
export function layOutInput(
  prompt: string,
  text: string,
  cursor: number,
  columns: number,
  width: Width,
): Block {
  const room = Math.max(columns - 1, 2);
  const rows = [""];
  const at = { row: 0, column: 0 };
  let used = 0;
  let index = -prompt.length;
  let isMarked = false;
  const markCursor = () => {
    if (isMarked || index < cursor) return;
    isMarked = true;
    Object.assign(at, { row: rows.length - 1, column: used });
  };
  // The first typed character may join the end of the prompt and be wider with it than alone.
  for (const char of fittingGraphemes(prompt + text, room, width)) {
    const size = width(char);
    if (used + size > room) {
      rows.push("");
      used = 0;
    }
    markCursor();
    rows[rows.length - 1] += char;
    used += size;
    index += char.length;
  }
  if (used >= room) {
    rows.push("");
    used = 0;
  }
  markCursor();
  return { rows, cursor: at };
}

/** At most `rowsMax` rows, with the cursor among them: rows that scrolled off the screen cannot be redrawn. */
export function fitRows(block: Block, rowsMax: number): Block {
  const { rows, cursor } = block;
  if (rows.length <= rowsMax) return block;
  const first = Math.min(Math.max(cursor.row - rowsMax + 1, 0), rows.length - rowsMax);
  return {
    rows: rows.slice(first, first + rowsMax),
    cursor: { row: cursor.row - first, column: cursor.column },
  };
}

/** Short texts in columns, in at most `rowsMax` rows; the last row counts the texts that do not fit. */
export function inColumns(texts: string[], columns: number, rowsMax: number, width: Width): string[] {
  const cell = Math.max(...texts.map(width), 1) + 2;
  const perRow = Math.max(Math.floor((columns - 1) / cell), 1);
  const fits = texts.length <= perRow * rowsMax;
  const shown = fits ? texts : texts.slice(0, perRow * Math.max(rowsMax - 1, 1));
  const rows: string[] = [];
  for (let start = 0; start < shown.length; start += perRow) {
    const cells = shown.slice(start, start + perRow);
    rows.push(
      cells
        .map((text) => text + " ".repeat(cell - width(text)))
        .join("")
        .trimEnd(),
    );
  }
  if (!fits) rows.push(`and ${texts.length - shown.length} more`);
  return rows.map((row) => cut(row, columns - 1, width));
}

/** The text in one row; cut and ended with `ellipsis` if it does not fit. */
export function inOneRow(text: string, columns: number, ellipsis: string, width: Width): string {
  return width(text) <= columns ? text : cut(text, columns - width(ellipsis), width) + ellipsis;
}

/** The longest start of the text that fits in `columns`. */
function cut(text: string, columns: number, width: Width): string {
  let fitting = "";
  for (const char of graphemes(text)) {
    if (width(fitting + char) > columns) break;
    fitting += char;
  }
  return fitting;
}

/** Joins neighbours of one tone into one span and trims the end of the row. */
function joinSpans(row: Span[]): Span[] {
  const spans: Span[] = [];
  for (const span of row) {
    const last = spans.at(-1);
    // Names are coloured as a whole; the parts of a name that was wrapped are joined again.
    if (last !== undefined && last.tone === span.tone) last.text += span.text;
    else spans.push({ ...span });
  }
  const last = spans.at(-1);
  if (last !== undefined) last.text = last.text.trimEnd();
  return spans;
}
