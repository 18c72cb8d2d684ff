/**
 * Owns the terminal: keys in, lines out, and below the lines one block that is redrawn (bar, prompt, choices).
 * Nothing else writes to it while it is open, and it can be given back at any moment, by `restore()`.
 */
import { writeSync } from "node:fs";
import { emitKeypressEvents, type Interface } from "node:readline";
import type { Key } from "./editor.ts";
import type { Block, Width } from "./layout.ts";

export type TtyInput = NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };
export type TtyOutput = NodeJS.WritableStream & { columns?: number; rows?: number; fd?: number };

export interface ScreenOptions {
  input: TtyInput;
  output: TtyOutput;
  width: Width;
  /** What stands below the lines now; asked for whenever it is redrawn. */
  block: () => Block;
  onKey: (key: Key) => void;
  /** Text that was pasted, line ends as "\n". */
  onPaste: (text: string) => void;
  /** The terminal is gone. */
  onEnd: () => void;
}

export interface Screen {
  columns(): number;
  rows(): number;
  /** Prints lines above the block. */
  print(lines: string[]): void;
  /** Redraws the block, once for everything that happens in one turn of the event loop. */
  refresh(): void;
  /** Wipes the screen; the scrollback stays. */
  clear(): void;
  /** Takes the terminal, again after a `restore()`. */
  open(): void;
  /** Gives the terminal back as it was; synchronous, may be called at any time and more than once. */
  restore(): void;
}

/** Long enough for the rest of an arrow key to arrive over a slow line, short enough for Esc to feel like a key. */
const escapeWithinMs = 50;
/** A terminal that does not mark pastes still delivers them at once: so many lines nobody types. */
const burstLinesMin = 4;

const bracketedPaste = { on: "\x1b[?2004h", off: "\x1b[?2004l" };
const eraseRight = "\x1b[K";
/** The row first: tmux keeps a copy of a screen that is wiped from its corner, unless it is empty. */
const eraseBelow = `${eraseRight}\x1b[J`;
const clearScreen = "\x1b[H\x1b[2J";

/** Prepares a screen; `open()` takes the terminal. */
export function createScreen(options: ScreenOptions): Screen {
  const { input, output, width, block } = options;
  let isOpen = false;
  let scheduled = false;
  let unprinted: string[] = [];
  let drawn: Block = { rows: [], cursor: { row: 0, column: 0 } };

  const columns = () => output.columns || 80;

  /** To the first row of the block. A terminal that became narrower has broken its rows: counted as it is now. */
  const toTop = () => {
    const rowsOf = (text: string) => Math.max(Math.ceil(width(text) / columns()), 1);
    const above = drawn.rows.slice(0, drawn.cursor.row).reduce((sum, row) => sum + rowsOf(row), 0);
    const up = above + Math.floor(drawn.cursor.column / columns());
    return `${up > 0 ? `\x1b[${up}A` : ""}\r`;
  };
  const flush = () => {
    scheduled = false;
    if (!isOpen) return;
    const next = block();
    if (unprinted.length === 0 && same(drawn, next)) return;
    const lines = unprinted.length === 0 ? "" : eraseBelow + unprinted.map((line) => `${line}\r\n`).join("");
    output.write(toTop() + lines + drawing(next));
    unprinted = [];
    drawn = next;
  };
  const refresh = () => {
    if (scheduled || !isOpen) return;
    scheduled = true;
    queueMicrotask(flush);
  };
  const resized = () => {
    // The old rows may be broken anywhere now: everything below the first is wiped before it is drawn anew.
    if (isOpen) output.write(toTop() + eraseBelow);
    drawn = { rows: [], cursor: { row: 0, column: 0 } };
    refresh();
  };
  const hangUp = () => {
    restore();
    options.onEnd();
  };
  const stopKeys = { now: () => {} };

  const open = () => {
    if (isOpen) return;
    isOpen = true;
    input.setRawMode?.(true);
    stopKeys.now = listen(options, input);
    input.on("end", hangUp).on("error", hangUp);
    output.on("resize", resized).on("error", hangUp);
    input.resume();
    output.write(bracketedPaste.on);
    refresh();
  };
  const restore = () => {
    if (!isOpen) return;
    flush();
    isOpen = false;
    stopKeys.now();
    input.removeListener("end", hangUp);
    output.removeListener("resize", resized);
    writeNow(output, `${toTop()}${eraseBelow}${bracketedPaste.off}\x1b[?25h\x1b[0m`);
    drawn = { rows: [], cursor: { row: 0, column: 0 } };
    try {
      input.setRawMode?.(false);
    } catch {
      // The terminal is gone; there is nothing left to restore.
    }
    input.pause();
  };

  return {
    columns,
    rows: () => output.rows || 24,
    print(lines) {
      unprinted.push(...lines);
      refresh();
    },
    refresh,
    clear() {
      if (!isOpen) return;
      output.write(clearScreen);
      drawn = { rows: [], cursor: { row: 0, column: 0 } };
      refresh();
    },
    open,
    restore,
  };
}

/** The block, each row wiped only behind its text: nothing flickers; then the cursor to its place. */
function drawing({ rows, cursor }: Block): string {
  const up = rows.length - 1 - cursor.row;
  return [
    rows.map((row) => row + eraseRight).join("\r\n"),
    eraseBelow,
    up > 0 ? `\x1b[${up}A` : "",
    "\r",
    cursor.column > 0 ? `\x1b[${cursor.column}C` : "",
  ].join("");
}

/** Decodes keys and pastes; returns what stops it. */
function listen({ onKey, onPaste }: ScreenOptions, input: TtyInput): () => void {
  let pasted: string[] | undefined;
  let burst = false;
  const deliver = () => {
    const text = pasted?.join("").replace(/\r\n?/g, "\n") ?? "";
    pasted = undefined;
    if (text !== "") onPaste(text);
  };
  const beforeKeys = (chunk: Buffer | string) => {
    const text = chunk.toString();
    burst = pasted === undefined && !text.includes("\x1b") && linesIn(text) >= burstLinesMin;
    if (burst) pasted = [];
  };
  const afterKeys = () => {
    if (burst) deliver();
    burst = false;
  };
  const keypress = (text: string | undefined, key: KeyPress) => {
    if (key.name === "paste-start") pasted = [];
    else if (key.name === "paste-end") deliver();
    else if (pasted !== undefined) pasted.push(key.sequence ?? text ?? "");
    else onKey({ name: key.name ?? "", text: text ?? "", ctrl: key.ctrl === true, meta: key.meta === true });
  };
  // First of all listeners, also when the terminal is taken a second time.
  input.prependListener("data", beforeKeys);
  // Only this one property of an Interface is read, and it is the way to set how long a lone Esc waits.
  emitKeypressEvents(input, { escapeCodeTimeout: escapeWithinMs } as unknown as Interface);
  input.on("keypress", keypress).on("data", afterKeys);
  return () => {
    input.removeListener("data", beforeKeys).removeListener("data", afterKeys);
    input.removeListener("keypress", keypress);
  };
}

interface KeyPress {
  name?: string;
  sequence?: string;
  ctrl?: boolean;
  meta?: boolean;
}

function linesIn(text: string): number {
  return text.replace(/[\r\n]+$/, "").split(/\r\n?|\n/).length;
}

function same(a: Block, b: Block): boolean {
  return (
    a.cursor.row === b.cursor.row &&
    a.cursor.column === b.cursor.column &&
    a.rows.length === b.rows.length &&
    a.rows.every((row, index) => row === b.rows[index])
  );
}

/** What is written while a process exits must not wait in a buffer. */
function writeNow(output: TtyOutput, text: string): void {
  try {
    if (output.fd === undefined) output.write(text);
    else writeSync(output.fd, text);
  } catch {
    // The terminal is gone; nobody is there to see it.
  }
}
