/** Breaks text into the rows of a terminal: what is shown wraps between words, what is typed wraps anywhere. */
import type { Span } from "./style.ts";

/** How many columns a terminal gives to a text. */
export type Width = (text: string) => number;

/** Rows on the screen and where the cursor stands among them, counted from zero. */
export interface Block {
  rows: string[];
  cursor: { row: number; column: number };
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** What a person sees as one character each. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

/** The place in the text, or behind the character that it is in. */
export function placeAt(text: string, place: number): number {
  const part = segmenter.segment(text).containing(place);
  return part === undefined || part.index === place ? place : part.index + part.segment.length;
}

/** The characters of a text; one that is wider than so many columns, such as a row of Hangul initials, in its parts. */
function fitting(text: string, columns: number, width: Width): string[] {
  return graphemes(text).flatMap((char) =>
    width(char) > columns ? (char.match(/.\p{M}*/gsu) ?? []) : [char],
  );
}

/**
 * Wraps a line between words and indents all rows but the first. The indent is not for looks alone: nobody
 * can fill a row so that the next one starts, at the edge of the screen, like a line of somebody else.
 * A word that fits a row stays whole, so that an address of the web can still be clicked and copied.
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
      const space = text.trim() === "";
      if (used + size <= room) put({ ...span, text });
      else if (space) breakRow();
      else {
        if (size <= room - indent.text.length && row.length > 1) breakRow();
        for (const char of fitting(text, room - indent.text.length, width)) {
          if (used + width(char) > room) breakRow();
          put({ ...span, text: char });
        }
      }
    }
  }
  rows.push(row);
  return rows.map(joinSpans);
}

/** Terminals that do not join emoji show each part of one: as wide as that a row must be counted, or it might break. */
function widest(width: Width): Width {
  return (text) => {
    if (!/[^\u0000-\u2000]/.test(text)) return width(text);
    let apart = 0;
    for (const char of text) apart += width(char);
    return Math.max(width(text), apart);
  };
}

/** Lays out the prompt and what is typed after it; no row fills the last column, where terminals differ. */
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
  // What is typed may join the end of the prompt, and be wider with it than alone.
  for (const char of fitting(prompt + text, room, width)) {
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

/** As many rows as fit, around the cursor: what has scrolled off the screen cannot be redrawn. */
export function fitRows(block: Block, rowsMax: number): Block {
  const { rows, cursor } = block;
  if (rows.length <= rowsMax) return block;
  const first = Math.min(Math.max(cursor.row - rowsMax + 1, 0), rows.length - rowsMax);
  return {
    rows: rows.slice(first, first + rowsMax),
    cursor: { row: cursor.row - first, column: cursor.column },
  };
}

/** Short texts in columns, as many as fit, the last row saying how many are left out. */
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

/** The text in one row: cut, with this sign at its end, if it does not fit. */
export function inOneRow(text: string, columns: number, ellipsis: string, width: Width): string {
  return width(text) <= columns ? text : cut(text, columns - width(ellipsis), width) + ellipsis;
}

/** As much of the text as fits. */
function cut(text: string, columns: number, width: Width): string {
  let fitting = "";
  for (const char of graphemes(text)) {
    if (width(fitting + char) > columns) break;
    fitting += char;
  }
  return fitting;
}

/** Neighbours of one tone become one span again, without the blank at the end of a row. */
function joinSpans(row: Span[]): Span[] {
  const spans: Span[] = [];
  for (const span of row) {
    const last = spans.at(-1);
    // Names are coloured as a whole, so a piece of one must not be joined to another.
    if (last !== undefined && last.tone === span.tone) last.text += span.text;
    else spans.push({ ...span });
  }
  const last = spans.at(-1);
  if (last !== undefined) last.text = last.text.trimEnd();
  return spans;
}
