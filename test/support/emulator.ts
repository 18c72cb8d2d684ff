/** A terminal in memory that shows the text written to it, and records every other effect of that text. */
import { PassThrough, Writable } from "node:stream";
import xterm from "@xterm/headless";

/** The control sequences of Holler: colours, cursor movement within the block, erasing, and its own modes. */
const ours = /\x1b\[(?:[\d;]*m|\d*[AC]|[KJH]|2J|\?(?:2004|25|7)[hl])|\r|\n/g;
const controls = /[\p{Cc}\p{Cs}]/u;

export interface Emulator {
  input: PassThrough;
  output: Writable & { columns: number; rows: number };
  /** Resolves when all that was written is shown. */
  shown(): Promise<void>;
  /** All rows, those that have scrolled away included, without blanks at their ends. */
  rows(): string[];
  /** The cursor, its row counted among all rows. */
  cursor(): { row: number; column: number };
  /** What the terminal was made to do besides showing text: answers, titles, bells, sequences that are not ours. */
  alarms(): string[];
}

/**
 * Shows text at once. The public `write` waits for a timer each time, which is most of what a test of thousands of
 * writes takes; the parser has no input that it cannot finish at once, because no handler of ours is asynchronous.
 */
function writeNow(terminal: xterm.Terminal, text: string): void {
  const { _core: core } = terminal as unknown as { _core: { writeSync(data: string): void } };
  core.writeSync(text);
}

export function openEmulator(columns: number, rows: number): Emulator {
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 1_000_000, allowProposedApi: true });
  const alarms: string[] = [];
  terminal.onData((data) => alarms.push(`answer ${JSON.stringify(data)}`));
  terminal.onBinary((data) => alarms.push(`answer ${JSON.stringify(data)}`));
  terminal.onTitleChange((title) => alarms.push(`title ${title}`));
  terminal.onBell(() => alarms.push("bell"));
  const output = new Writable({
    decodeStrings: false,
    write(chunk, _, done) {
      const text = String(chunk);
      const stray = controls.exec(text.replace(ours, ""));
      if (stray !== null) alarms.push(`control ${JSON.stringify(stray[0])} in ${JSON.stringify(text)}`);
      writeNow(terminal, text);
      done();
    },
  });
  const { active } = terminal.buffer;
  return {
    input: new PassThrough(),
    output: Object.assign(output, { columns, rows }),
    async shown() {
      // Input arrives, and output leaves, in later ticks of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise<void>((resolve) => output.write("", () => resolve()));
    },
    rows() {
      const all: string[] = [];
      for (let row = 0; row < active.length; row += 1)
        all.push((active.getLine(row)?.translateToString(true) ?? "").trimEnd());
      return all;
    },
    cursor: () => ({ row: active.baseY + active.cursorY, column: active.cursorX }),
    alarms: () => alarms,
  };
}
