/** The block below the conversation as a model: what is typed, asked and recorded, and what a key does to it. */

import type { ClientEvent, Command, PendingLine } from "../../client/api.ts";
import { cleanLine } from "../../protocol/text.ts";
import { type Block, fitRows, inColumns, inOneRow, layOutInput, type Width } from "../text/layout.ts";
import { paint, quiet, type Style } from "../text/style.ts";
import { commandNames } from "../text/typed-commands.ts";
import { complete } from "./completion.ts";
import { type Editor, emptyEditor, type Key, press, replace, withText } from "./editor.ts";
import { type Recording, recordingBar } from "./recording-bar.ts";

export interface Asked {
  prompt: string;
  editor: Editor;
  /** Not even how long the answer is can be seen. */
  isSecret: boolean;
}

export interface Prompt {
  editor: Editor;
  /** A question has a line of its own; what was being typed waits for its answer. */
  question: Asked | undefined;
  /** Lines are taken, since the welcome. */
  open: boolean;
  connected: boolean;
  recording: (Recording & { stream: number }) | undefined;
  /** A clip is heard again. */
  replaying: boolean;
  /** Our own lines that are not confirmed. */
  waiting: PendingLine[];
  /** Shown below the line until the next key: what Tab found, or a hint. */
  below: string[];
  /** Ctrl-C was the last key, so a second one leaves. */
  leaving: boolean;
  /** Typed before anything asked for it. */
  held: Key[];
}

/** What a key asks of the world outside this model. */
export type Action =
  | { type: "intent"; intent: Command }
  | { type: "submit"; line: string }
  | { type: "answer"; line: string | undefined }
  | { type: "clear-screen" }
  | { type: "suspend" };

export interface Pressed {
  prompt: Prompt;
  action?: Action;
}

/** What Tab completes. */
export interface Known {
  names: () => string[];
  isOperator: () => boolean;
}

export interface Place {
  columns: number;
  rows: number;
  style: Style;
  width: Width;
}

const heldKeysMax = 4_096;
const choiceRowsMax = 6;
/** Of the lines that wait, the newest. */
const waitingRowsMax = 5;

/** The prompt before the welcome: nothing is shown, keys wait. */
export function closedPrompt(): Prompt {
  return {
    editor: emptyEditor(),
    question: undefined,
    open: false,
    connected: true,
    recording: undefined,
    replaying: false,
    waiting: [],
    below: [],
    leaving: false,
    held: [],
  };
}

/** The prompt after a key, and what else the key asks for. */
export function pressKey(before: Prompt, key: Key, known: Known): Pressed {
  const prompt: Prompt = { ...before, below: [], leaving: false };
  if (isCtrl(key, "c")) return interrupt(prompt, before.leaving);
  if (isCtrl(key, "l")) return { prompt, action: { type: "clear-screen" } };
  if (isCtrl(key, "z")) return { prompt, action: { type: "suspend" } };
  if (prompt.recording !== undefined) {
    // What is being typed stays: these two keys belong to the microphone now.
    if (key.name === "escape") return intend(prompt, { type: "cancel" });
    if (isEnter(key)) return intend(prompt, { type: "stop" });
  }
  if (prompt.replaying && key.name === "escape") return intend(prompt, { type: "cancel" });
  if (prompt.question !== undefined) return pressInQuestion(prompt, prompt.question, key);
  if (prompt.open) return pressInChat(prompt, key, known);
  if (isCtrl(key, "d")) return intend(prompt, { type: "quit" });
  return { prompt: prompt.held.length < heldKeysMax ? { ...prompt, held: [...prompt.held, key] } : prompt };
}

/** The prompt after something happened. */
export function hear(prompt: Prompt, event: ClientEvent): Prompt {
  const ours = "stream" in event && event.stream === prompt.recording?.stream;
  switch (event.type) {
    case "welcome":
      return { ...prompt, open: true, connected: true };
    case "recording": {
      const to = event.to === undefined ? {} : { to: event.to };
      return {
        ...prompt,
        recording: {
          stream: event.stream,
          dbfs: -99,
          peakDbfs: -99,
          secondsMax: event.seconds,
          secondsLeft: event.seconds,
          ...to,
        },
      };
    }
    case "level": {
      if (!ours || prompt.recording === undefined) return prompt;
      const { dbfs, peak: peakDbfs, left: secondsLeft } = event;
      return { ...prompt, recording: { ...prompt.recording, dbfs, peakDbfs, secondsLeft } };
    }
    case "voice-ended":
      return ours ? { ...prompt, recording: undefined } : prompt;
    case "playing":
    case "played":
      return { ...prompt, replaying: event.type === "playing" };
    case "pending":
      return { ...prompt, waiting: event.lines };
    case "connection":
      return event.state === "restored"
        ? { ...prompt, connected: true }
        : { ...prompt, connected: false, recording: undefined, replaying: false };
    case "error": {
      const refused = event.text !== undefined && prompt.editor.text === "";
      return refused ? { ...prompt, editor: withText(prompt.editor, event.text ?? "") } : prompt;
    }
    default:
      return prompt;
  }
}

/** The rows of bar, line and choices, as many as the terminal has room for. */
export function layOutPrompt(prompt: Prompt, { columns, rows, style, width }: Place): Block {
  const { question, editor, recording } = prompt;
  const below = prompt.below.length === 0 ? [] : inColumns(prompt.below, columns, choiceRowsMax, width);
  const choices = below.slice(0, Math.max(rows - 1, 0));
  const above = [
    ...waitingRows(prompt.waiting, { columns, rows, style, width }),
    ...(recording === undefined ? [] : [recordingBar(recording, columns, style, width)]),
  ];
  // The line that is typed needs a row, too.
  const bar = above.slice(Math.max(0, above.length - Math.max(rows - choices.length - 1, 0)));
  if (question === undefined && !prompt.open) return { rows: bar, cursor: { row: 0, column: 0 } };
  const words = question?.prompt ?? (prompt.connected ? "> " : "(not connected) > ");
  const line = question?.isSecret ? emptyEditor() : (question?.editor ?? editor);
  const rowsMax = Math.max(rows - bar.length - choices.length, 1);
  const typed = fitRows(layOutInput(words, line.text, line.cursor, columns, width), rowsMax);
  return {
    rows: [...bar, ...typed.rows, ...choices],
    cursor: { row: bar.length + typed.cursor.row, column: typed.cursor.column },
  };
}

/** Lines that are not sent or not confirmed yet, each in a row, and how many more there are. */
function waitingRows(lines: PendingLine[], { columns, style, width }: Place): string[] {
  const { ellipsis } = style.signs;
  const shown = lines.slice(-waitingRowsMax).map(({ text, to }) => {
    const whole = cleanLine(`${ellipsis} ${to === undefined ? "" : `@${to} `}${text}`);
    return inOneRow(whole, columns - 1, ellipsis, width);
  });
  const left = lines.length - shown.length;
  const rows = left > 0 ? [`${ellipsis} and ${left} more, not sent yet`, ...shown] : shown;
  return rows.map((row) => paint([quiet(row)], style));
}

function interrupt(prompt: Prompt, again: boolean): Pressed {
  if (prompt.recording !== undefined || prompt.replaying) return intend(prompt, { type: "cancel" });
  if (prompt.question !== undefined) return { prompt, action: { type: "answer", line: undefined } };
  if (!prompt.open || (again && prompt.editor.text === "")) return intend(prompt, { type: "quit" });
  const editor = { ...emptyEditor(prompt.editor.history), cut: prompt.editor.cut };
  return { prompt: { ...prompt, editor, leaving: true, below: ["Ctrl-C again leaves"] } };
}

function pressInQuestion(prompt: Prompt, question: Asked, key: Key): Pressed {
  const { text } = question.editor;
  if (isEnter(key)) return { prompt, action: { type: "answer", line: text } };
  if (isCtrl(key, "d") && text === "") return { prompt, action: { type: "answer", line: undefined } };
  const editor = press(question.editor, key) ?? question.editor;
  return { prompt: { ...prompt, question: { ...question, editor } } };
}

function pressInChat(prompt: Prompt, key: Key, { names, isOperator }: Known): Pressed {
  const { editor } = prompt;
  if (isEnter(key)) return { prompt, action: { type: "submit", line: editor.text } };
  if (isCtrl(key, "d") && editor.text === "") return intend(prompt, { type: "quit" });
  if (key.name !== "tab") return { prompt: { ...prompt, editor: press(editor, key) ?? editor } };
  const left = editor.text.slice(0, editor.cursor);
  const found = complete(left, commandNames(isOperator()), names());
  if (found === undefined) return { prompt };
  const completed = replace(editor, found.start, editor.cursor, found.text);
  return { prompt: { ...prompt, editor: completed, below: found.choices } };
}

function intend(prompt: Prompt, intent: Command): Pressed {
  return { prompt, action: { type: "intent", intent } };
}

function isCtrl(key: Key, name: string): boolean {
  return key.ctrl && key.name === name;
}

function isEnter(key: Key): boolean {
  return key.name === "return" || key.name === "enter";
}
