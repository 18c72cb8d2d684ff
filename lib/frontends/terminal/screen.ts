/**
 * Owns the terminal: keys in, lines out, and below the lines one block that is redrawn (bar, prompt, choices).
 * Nothing else writes to it while it is open, and it can be given back at any moment, by `restore()`.
 */
import { writeSync } from "node:fs";
import { emitKeypressEvents, type Interface } from "node:readline";
import type { Block, Width } from "../text/layout.ts";
import type { Key } from "./editor.ts";
import { erase, noBlock, redraw } from "./redraw.ts";

export type TtyInput = NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };
export type TtyOutput = NodeJS.WritableStream & { columns?: number; rows?: number; fd?: number };

export interface ScreenOptions {
  input: TtyInput;
  output: TtyOutput;
  width: Width;
  /** What stands below the lines now; asked for whenever it is redrawn. */
  block: () => Block;
  onKey: (key: Key) => void;
  /** Text that was pasted, line ends as "\n"; not `marked` when it only came too fast to be typed. */
  onPaste: (text: string, marked: boolean) => void;
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
/**
 * Terminals do not agree how wide a character is. A row that is wider here than we know loses its end; it must not
 * break, or its rest would stand at the edge of the screen like a line of somebody else.
 */
const breaking = { off: "\x1b[?7l", on: "\x1b[?7h" };
const clearScreen = "\x1b[H\x1b[2J";
const showCursor = "\x1b[?25h";
const plainStyle = "\x1b[0m";

/** Prepares a screen; `open()` takes the terminal. */
export function createScreen(options: ScreenOptions): Screen {
  const { input, output, width } = options;
  let isOpen = false;
  let scheduled = false;
  let unprinted: string[] = [];
  let drawn = noBlock;
  let unlisten = () => {};

  const columns = () => output.columns || 80;
  const flush = () => {
    scheduled = false;
    if (!isOpen) return;
    const next = options.block();
    const bytes = redraw(drawn, unprinted, next, columns(), width);
    if (bytes !== "") output.write(breaking.off + bytes + breaking.on);
    unprinted = [];
    drawn = next;
  };
  const refresh = () => {
    if (scheduled || !isOpen) return;
    scheduled = true;
    queueMicrotask(flush);
  };
  /** Starts the block anew after these bytes. */
  const startOver = (bytes: string) => {
    if (isOpen) output.write(bytes);
    drawn = noBlock;
    refresh();
  };
  const restore = () => {
    if (!isOpen) return;
    flush();
    isOpen = false;
    unlisten();
    writeNow(output, erase(drawn, columns(), width) + bracketedPaste.off + showCursor + plainStyle);
    drawn = noBlock;
    release(input);
  };

  return {
    columns,
    rows: () => output.rows || 24,
    print(lines) {
      unprinted.push(...lines);
      refresh();
    },
    refresh,
    clear: () => startOver(clearScreen),
    open() {
      if (isOpen) return;
      isOpen = true;
      input.setRawMode?.(true);
      unlisten = listen(options, {
        // The old rows may be broken anywhere now: everything from the first on is wiped.
        resized: () => startOver(erase(drawn, columns(), width)),
        gone() {
          restore();
          options.onEnd();
        },
      });
      output.write(bracketedPaste.on);
      refresh();
    },
    restore,
  };
}

/** Listens to the terminal; returns what stops it. */
function listen(options: ScreenOptions, on: { resized: () => void; gone: () => void }): () => void {
  const { input, output } = options;
  const unlistenKeys = listenToKeys(options);
  input.on("end", on.gone).on("error", on.gone);
  output.on("resize", on.resized).on("error", on.gone);
  input.resume();
  return () => {
    unlistenKeys();
    input.removeListener("end", on.gone);
    output.removeListener("resize", on.resized);
    // The listeners for errors stay: a terminal that is gone must not end the process after all.
  };
}

/** Decodes keys and pastes; returns what stops it. */
function listenToKeys({ input, onKey, onPaste }: ScreenOptions): () => void {
  let pasted: string[] | undefined;
  let burst = false;
  const deliver = () => {
    const text = pasted?.join("").replace(/\r\n?/g, "\n") ?? "";
    pasted = undefined;
    if (text !== "") onPaste(text, !burst);
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

/** Back to the line mode that the shell expects. */
function release(input: TtyInput): void {
  try {
    input.setRawMode?.(false);
  } catch {
    // The terminal is gone; there is nothing left to restore.
  }
  input.pause();
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
