/**
 * Owns the terminal: reads keys, prints lines, and redraws one block below them (recording bar, prompt, hints). Nothing
 * else writes to the terminal while it is open; `restore()` gives it back at any moment.
 */
import { writeSync } from "node:fs";
import type { TtyInput, TtyOutput } from "../contract.ts";
import type { Block, Width } from "../text/layout.ts";
import { type KeyInputOptions, listenToKeys } from "./key-input.ts";
import { erase, noBlock, redraw } from "./redraw.ts";

export interface ScreenOptions extends KeyInputOptions {
  input: TtyInput;
  output: TtyOutput;
  width: Width;
  /** Returns the current block; called for each redraw. */
  block: () => Block;
  /** The terminal is gone. */
  onEnd: () => void;
}

export interface Screen {
  columns(): number;
  rows(): number;
  /** Prints lines above the block. */
  print(lines: string[]): void;
  /** Redraws the block once for all changes of one event-loop tick. */
  refresh(): void;
  /** Clears the screen; the scrollback stays. */
  clear(): void;
  /** Takes the terminal; may be called again after `restore()`. */
  open(): void;
  /** Gives the terminal back as it was. Synchronous; may be called at any time and more than once. */
  restore(): void;
}

const bracketedPaste = { on: "\x1b[?2004h", off: "\x1b[?2004l" };
/**
 * DECAWM, autowrap. Terminals disagree on the width of some characters. A row that proves too wide is cut; if it
 * wrapped, its rest would stand at the edge of the screen and look like a line of another person.
 */
const autowrap = { off: "\x1b[?7l", on: "\x1b[?7h" };
const clearScreen = "\x1b[H\x1b[2J";
const showCursor = "\x1b[?25h";
const plainStyle = "\x1b[0m";

/** Prepares a screen; `open()` takes the terminal. */
export function createScreen(options: ScreenOptions): Screen {
  const { input, output } = options;
  let isOpen = false;
  let unlisten = () => {};
  const painter = createPainter(options, () => isOpen);
  const restore = () => {
    if (!isOpen) return;
    painter.flush();
    isOpen = false;
    unlisten();
    writeNow(output, painter.takeErasure() + bracketedPaste.off + showCursor + plainStyle);
    release(input);
  };
  return {
    columns: painter.columns,
    rows: () => output.rows || 24,
    print: painter.print,
    refresh: painter.refresh,
    clear: () => painter.startOver(clearScreen),
    open() {
      if (isOpen) return;
      isOpen = true;
      input.setRawMode?.(true);
      unlisten = listen(options, {
        // The terminal has rewrapped the old rows: everything from the first one on is erased.
        resized: () => painter.startOver(painter.takeErasure()),
        gone() {
          restore();
          options.onEnd();
        },
      });
      output.write(bracketedPaste.on);
      painter.refresh();
    },
    restore,
  };
}

/** Writes the lines and the block to the terminal, once for all changes of one event-loop tick, while `isOpen`. */
function createPainter({ output, width, block }: ScreenOptions, isOpen: () => boolean) {
  let isScheduled = false;
  let unprinted: string[] = [];
  let drawn = noBlock;

  const columns = () => output.columns || 80;
  const flush = () => {
    isScheduled = false;
    if (!isOpen()) return;
    const next = block();
    const bytes = redraw(drawn, unprinted, next, columns(), width);
    if (bytes !== "") output.write(autowrap.off + bytes + autowrap.on);
    unprinted = [];
    drawn = next;
  };
  const refresh = () => {
    if (isScheduled || !isOpen()) return;
    isScheduled = true;
    queueMicrotask(flush);
  };
  return {
    columns,
    flush,
    refresh,
    print(lines: string[]) {
      unprinted.push(...lines);
      refresh();
    },
    /** Writes the bytes and then draws the block again in full. */
    startOver(bytes: string) {
      if (isOpen()) output.write(bytes);
      drawn = noBlock;
      refresh();
    },
    /** The bytes that erase the block, which counts as erased from here on. */
    takeErasure(): string {
      const bytes = erase(drawn, columns(), width);
      drawn = noBlock;
      return bytes;
    },
  };
}

/** Listens to the terminal; returns a function that stops it. */
function listen(options: ScreenOptions, on: { resized: () => void; gone: () => void }): () => void {
  const { input, output } = options;
  const unlistenKeys = listenToKeys(input, options);
  input.on("end", on.gone).on("error", on.gone);
  output.on("resize", on.resized).on("error", on.gone);
  input.resume();
  return () => {
    unlistenKeys();
    input.removeListener("end", on.gone);
    output.removeListener("resize", on.resized);
    // The error listeners stay: without them, a terminal that is gone would end the process.
  };
}

/** Returns to the line mode that the shell expects. */
function release(input: TtyInput): void {
  try {
    input.setRawMode?.(false);
  } catch {
    // The terminal is gone; there is nothing left to restore.
  }
  input.pause();
}

/** Writes synchronously where possible: a buffer would be lost when the process exits. */
function writeNow(output: TtyOutput, text: string): void {
  try {
    if (output.fd === undefined) output.write(text);
    else writeSync(output.fd, text);
  } catch {
    // The terminal is gone; the text has no reader.
  }
}
