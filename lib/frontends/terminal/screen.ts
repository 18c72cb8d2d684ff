/**
 * Owns the terminal: reads keys, prints lines, and redraws one block below them (recording bar, prompt, hints). Nothing
 * else writes to the terminal while it is open; `restore()` gives it back at any moment.
 */
import { withTimeout } from "../../base/timeout.ts";
import type { TtyInput, TtyOutput } from "../contract.ts";
import { type BacklogItem, type BacklogTexts, createBacklog } from "../text/backlog.ts";
import type { Block, Width } from "../text/layout.ts";
import { type KeyInputOptions, listenToKeys } from "./key-input.ts";
import { erase, noBlock, redraw } from "./redraw.ts";

export interface ScreenOptions extends KeyInputOptions {
  input: TtyInput;
  output: TtyOutput;
  width: Width;
  /** Returns the current block; called for each redraw. */
  block: () => Block;
  texts: BacklogTexts;
  /** The terminal is gone. */
  onEnd: () => void;
}

export interface Screen {
  columns(): number;
  rows(): number;
  /** Prints above the block, as soon as the terminal has taken what was written before. */
  print(item: BacklogItem): void;
  /** Redraws the block once for all changes of one event-loop tick. */
  refresh(): void;
  /** Clears the screen; the scrollback stays. */
  clear(): void;
  /** Takes the terminal; may be called again, after `restore()` and when another program has changed its modes. */
  open(): void;
  /** Gives the terminal back as it was. Synchronous; may be called at any time and more than once. */
  restore(): void;
  /** The same once everything is printed, but after a second in any case. */
  close(): Promise<void>;
}

/** A terminal that takes nothing delays the end of the program, or a Ctrl-Z, by this. */
const closeTimeoutMs = 1_000;

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
    const last = painter.takeRest();
    isOpen = false;
    unlisten();
    writeNow(output, last + painter.takeErasure() + bracketedPaste.off + showCursor + plainStyle);
    // The system sets no mode before the terminal has taken what is written. Then the end of the program, or the shell, does.
    if (painter.isWaiting()) input.pause();
    else release(input);
  };
  const gone = () => {
    restore();
    options.onEnd();
  };
  output.on("error", gone);
  return {
    columns: painter.columns,
    rows: () => output.rows || 24,
    print: painter.print,
    refresh: painter.refresh,
    clear: () => painter.startOver(clearScreen),
    open: function open() {
      if (painter.isWaiting()) return void painter.printed().then(open);
      unlisten();
      isOpen = true;
      // Setting the mode that is believed to be set would do nothing.
      input.setRawMode?.(false);
      input.setRawMode?.(true);
      // The terminal has rewrapped the old rows: everything from the first one on is erased.
      unlisten = listen(options, { resized: () => painter.startOver(painter.takeErasure()), gone });
      painter.startOver(bracketedPaste.on);
    },
    restore,
    async close() {
      await withTimeout(closeTimeoutMs, painter.printed(), "the terminal takes nothing").catch(() => {});
      restore();
    },
  };
}

/**
 * Writes what is to be printed and the block to the terminal, once for all changes of one event-loop tick, while `isOpen`;
 * and nothing as long as the terminal has not taken the last write.
 */
function createPainter({ output, width, block, texts }: ScreenOptions, isOpen: () => boolean) {
  const backlog = createBacklog(texts);
  let isScheduled = false;
  let unwritten = 0;
  let drawn = noBlock;
  let taken = Promise.withResolvers<void>();

  const columns = () => output.columns || 80;
  const write = (bytes: string) => {
    unwritten += 1;
    output.write(bytes, () => {
      unwritten -= 1;
      if (unwritten > 0) return;
      taken.resolve();
      taken = Promise.withResolvers();
      refresh();
    });
  };
  const takeRest = () => {
    const next = block();
    const bytes = redraw(drawn, backlog.take(), next, columns(), width);
    drawn = next;
    return bytes === "" ? "" : autowrap.off + bytes + autowrap.on;
  };
  const flush = () => {
    isScheduled = false;
    if (!isOpen() || unwritten > 0) return;
    const bytes = takeRest();
    if (bytes !== "") write(bytes);
  };
  const refresh = () => {
    if (isScheduled || unwritten > 0 || !isOpen()) return;
    isScheduled = true;
    queueMicrotask(flush);
  };
  return {
    columns,
    isWaiting: () => unwritten > 0,
    refresh,
    takeRest,
    print(item: BacklogItem) {
      backlog.add(item);
      refresh();
    },
    /** Writes the bytes and then draws the block again in full. */
    startOver(bytes: string) {
      if (isOpen()) write(bytes);
      drawn = noBlock;
      refresh();
    },
    /** The bytes that erase the block, which counts as erased from here on. */
    takeErasure(): string {
      const bytes = erase(drawn, columns(), width);
      drawn = noBlock;
      return bytes;
    },
    /** Resolves when the terminal has taken everything. */
    async printed() {
      flush();
      while (unwritten > 0) {
        await taken.promise;
        flush();
      }
    },
  };
}

/** Listens to the terminal; returns a function that stops it. */
function listen(options: ScreenOptions, on: { resized: () => void; gone: () => void }): () => void {
  const { input, output } = options;
  const unlistenKeys = listenToKeys(input, options);
  input.on("end", on.gone).on("error", on.gone);
  output.on("resize", on.resized);
  input.resume();
  return () => {
    unlistenKeys();
    input.removeListener("end", on.gone);
    output.removeListener("resize", on.resized);
    // The listeners for errors stay: without them, a terminal that is gone would end the process.
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

/** A buffer would be lost when the process exits. */
function writeNow(output: TtyOutput, text: string): void {
  try {
    if (output.writeNow === undefined) output.write(text);
    else output.writeNow(text);
  } catch {
    // The terminal is gone; the text has no reader.
  }
}
