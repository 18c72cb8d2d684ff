/** A line editor: how a key changes the text, the cursor and the line history. Pure. */
import { cleanPiece } from "../../protocol/text.ts";
import type { Key } from "../../terminal/keys.ts";
import { graphemes, placeAt } from "../text/layout.ts";

export interface Editor {
  text: string;
  /** The cursor position in UTF-16 units, always between two graphemes. */
  cursor: number;
  /** Sent lines, oldest first. */
  history: string[];
  /** The index of the history entry that is shown; the length of the history when none is. */
  shown: number;
  /** The unsent text from before the history was opened. */
  draft: string;
  /** The text that was cut last, for Ctrl-Y. */
  cut: string;
}

const historyLinesMax = 500;
/** Every key lays out the whole line again, so a pasted book would make the editor slow. */
const textUnitsMax = 16_384;

/** An empty line with this line history. */
export function emptyEditor(history: string[] = []): Editor {
  return { text: "", cursor: 0, history, shown: history.length, draft: "", cut: "" };
}

/** The editor after the line was sent: empty, with the line in the history unless it is blank or repeats the last one. */
export function sent(editor: Editor, line: string): Editor {
  const repeated = line.trim() === "" || editor.history.at(-1) === line;
  const history = repeated ? editor.history : [...editor.history, line].slice(-historyLinesMax);
  return { ...emptyEditor(history), cut: editor.cut };
}

/** The editor with this text and the cursor at its end. */
export function withText(editor: Editor, text: string): Editor {
  const fitting = cleanPiece(text).slice(0, textUnitsMax).toWellFormed();
  return { ...editor, text: fitting, cursor: fitting.length };
}

/** The editor with the text inserted at the cursor. The text is cleaned: pasted control sequences must not act either. */
export function insert(editor: Editor, text: string): Editor {
  return replace(editor, editor.cursor, editor.cursor, cleanPiece(text));
}

/** The editor with the text from `start` to `end` replaced and the cursor behind the new text; unchanged when too long. */
export function replace(editor: Editor, start: number, end: number, text: string): Editor {
  const whole = editor.text.slice(0, start) + text + editor.text.slice(end);
  if (whole.length > textUnitsMax) return editor;
  // The new text may join its neighbours into one grapheme.
  return { ...editor, text: whole, cursor: placeAt(whole, start + text.length) };
}

/** The editor after the key, or undefined when it is not an editing key. */
export function press(editor: Editor, key: Key): Editor | undefined {
  const binding = bindings[bindingName(key)];
  if (binding !== undefined) return binding(editor);
  const typed = !key.ctrl && !key.meta && cleanPiece(key.text) !== "";
  return typed ? insert(editor, key.text) : undefined;
}

/** The editing keys, named as in the Emacs mode of GNU readline. */
const bindings: Record<string, ((editor: Editor) => Editor) | undefined> = {
  left: (e) => moveTo(e, before(e)),
  "ctrl-b": (e) => moveTo(e, before(e)),
  right: (e) => moveTo(e, after(e)),
  "ctrl-f": (e) => moveTo(e, after(e)),
  home: (e) => moveTo(e, 0),
  "ctrl-a": (e) => moveTo(e, 0),
  end: (e) => moveTo(e, e.text.length),
  "ctrl-e": (e) => moveTo(e, e.text.length),
  "ctrl-left": (e) => moveTo(e, wordBefore(e)),
  "meta-left": (e) => moveTo(e, wordBefore(e)),
  "meta-b": (e) => moveTo(e, wordBefore(e)),
  "ctrl-right": (e) => moveTo(e, wordAfter(e)),
  "meta-right": (e) => moveTo(e, wordAfter(e)),
  "meta-f": (e) => moveTo(e, wordAfter(e)),
  backspace: (e) => replace(e, before(e), e.cursor, ""),
  "ctrl-h": (e) => replace(e, before(e), e.cursor, ""),
  delete: erase,
  "ctrl-d": erase,
  "ctrl-w": (e) => cut(e, wordBefore(e), e.cursor),
  "meta-backspace": (e) => cut(e, wordBefore(e), e.cursor),
  "meta-d": (e) => cut(e, e.cursor, wordAfter(e)),
  "ctrl-u": (e) => cut(e, 0, e.cursor),
  "ctrl-k": (e) => cut(e, e.cursor, e.text.length),
  "ctrl-y": (e) => insert(e, e.cut),
  up: (e) => showHistory(e, e.shown - 1),
  "ctrl-p": (e) => showHistory(e, e.shown - 1),
  down: (e) => showHistory(e, e.shown + 1),
  "ctrl-n": (e) => showHistory(e, e.shown + 1),
};

function bindingName(key: Key): string {
  const modifier = key.ctrl ? "ctrl-" : key.meta ? "meta-" : "";
  // Typed letters have a name too; without a modifier only keys that insert no text are bindings.
  return modifier === "" && cleanPiece(key.text) !== "" ? "" : modifier + key.name;
}

function erase(editor: Editor): Editor {
  return replace(editor, editor.cursor, after(editor), "");
}

function moveTo(editor: Editor, cursor: number): Editor {
  return { ...editor, cursor: placeAt(editor.text, cursor) };
}

function cut(editor: Editor, start: number, end: number): Editor {
  if (start === end) return editor;
  return { ...replace(editor, start, end, ""), cut: editor.text.slice(start, end) };
}

function showHistory(editor: Editor, shown: number): Editor {
  const { history } = editor;
  if (shown < 0 || shown > history.length || shown === editor.shown) return editor;
  const draft = editor.shown === history.length ? editor.text : editor.draft;
  const text = history[shown] ?? draft;
  return { ...editor, text, cursor: text.length, shown, draft };
}

function before(editor: Editor): number {
  return editor.cursor - (graphemes(editor.text.slice(0, editor.cursor)).at(-1)?.length ?? 0);
}

function after(editor: Editor): number {
  return editor.cursor + (graphemes(editor.text.slice(editor.cursor))[0]?.length ?? 0);
}

function wordBefore(editor: Editor): number {
  const left = editor.text.slice(0, editor.cursor);
  return left.length - (/\S*\s*$/u.exec(left)?.[0].length ?? 0);
}

function wordAfter(editor: Editor): number {
  return editor.cursor + (/^\s*\S*/u.exec(editor.text.slice(editor.cursor))?.[0].length ?? 0);
}
