/** Turns the state of the prompt into the rows of the terminal, as many as there is room for. Pure. */

import type { PendingLine } from "../../client/api.ts";
import { cleanLine } from "../../protocol/text.ts";
import { type Block, fitRows, inColumns, inOneRow, layOutInput, type Width } from "../text/layout.ts";
import { paint, quiet, type Style } from "../text/style.ts";
import { emptyEditor } from "./editor.ts";
import type { Prompt } from "./prompt.ts";
import { recordingBar } from "./recording-bar.ts";

/** The size of the terminal, and how text looks and measures on it. */
export interface Viewport {
  columns: number;
  rows: number;
  style: Style;
  width: Width;
}

const hintRowsMax = 6;
/** Only the newest pending lines are shown. */
const pendingRowsMax = 5;

/** The rows of pending lines, recording bar, prompt line and hints, and where the cursor is in them. */
export function layOutPrompt(prompt: Prompt, viewport: Viewport): Block {
  const { columns, rows, style, width } = viewport;
  const { question, editor, recording } = prompt;
  const allHints = prompt.hints.length === 0 ? [] : inColumns(prompt.hints, columns, hintRowsMax, width);
  const hints = allHints.slice(0, Math.max(rows - 1, 0));
  const allAbove = [
    ...pendingRows(prompt.pending, viewport),
    ...sendingRows(prompt.sending, viewport),
    ...(recording === undefined ? [] : [recordingBar(recording, columns, style, width)]),
  ];
  // One row is left for the line that is typed.
  const above = allAbove.slice(Math.max(0, allAbove.length - Math.max(rows - hints.length - 1, 0)));
  if (question === undefined && !prompt.open) return { rows: above, cursor: { row: 0, column: 0 } };
  const text = question?.prompt ?? (prompt.connected ? "> " : "(not connected) > ");
  const line = question?.isSecret ? emptyEditor() : (question?.editor ?? editor);
  const rowsMax = Math.max(rows - above.length - hints.length, 1);
  const input = fitRows(layOutInput(text, line.text, line.cursor, columns, width), rowsMax);
  return {
    rows: [...above, ...input.rows, ...hints],
    cursor: { row: above.length + input.cursor.row, column: input.cursor.column },
  };
}

/** Lines that are not confirmed yet, one row each, below the count of those that are not shown. */
function pendingRows(lines: PendingLine[], { columns, style, width }: Viewport): string[] {
  const { ellipsis } = style.signs;
  const shown = lines.slice(-pendingRowsMax).map(({ text, to }) => {
    const whole = cleanLine(`${ellipsis} ${to === undefined ? "" : `@${to} `}${text}`);
    return inOneRow(whole, columns - 1, ellipsis, width);
  });
  const omitted = lines.length - shown.length;
  const rows = omitted > 0 ? [`${ellipsis} and ${omitted} more, not sent yet`, ...shown] : shown;
  return rows.map((row) => paint([quiet(row)], style));
}

/** How many lines of a paste are still to go. */
function sendingRows(sending: Prompt["sending"], { columns, style, width }: Viewport): string[] {
  if (sending === undefined) return [];
  const { ellipsis } = style.signs;
  const text = `${ellipsis} ${sending.left} of ${sending.total} lines still to go, Esc stops`;
  return [paint([quiet(inOneRow(text, columns - 1, ellipsis, width))], style)];
}
