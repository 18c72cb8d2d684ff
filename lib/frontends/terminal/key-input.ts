/** Reads keys and pastes from a terminal in raw mode. */

import type { TerminalInput } from "../../terminal/control-sequences.ts";
import { type After, afterReading, createInputReader } from "../../terminal/input-reader.ts";
import { type Key, keysOf } from "../../terminal/keys.ts";
import type { TtyInput } from "../contract.ts";

export interface KeyInputOptions {
  onKey: (key: Key) => void;
  /**
   * Pasted text, with "\n" as line end; undefined when it is longer than `pasteUnitsMax`. `marked` is false when the
   * terminal does not mark pastes and the speed tells.
   */
  onPaste: (text: string | undefined, marked: boolean) => void;
}

export interface KeyInput {
  push(chunk: Uint8Array | string): void;
  stop(): void;
}

/** A terminal that does not mark pastes delivers them in large chunks: so many lines in a chunk were not typed, … */
const burstLinesMin = 4;
/** … nor so much text with a line end in it. */
const burstUnitsMin = 512;
/** The next chunk of an unmarked paste comes within this time. */
const burstTimeoutMs = 50;
/** The mark of a paste's end is lost if nothing more comes for this time. */
const pasteTimeoutMs = 10_000;
/** A longer paste is not kept. */
export const pasteUnitsMax = 4_194_304;

/** Listens to the terminal; returns a function that stops it. */
export function listenToKeys(input: TtyInput, options: KeyInputOptions): () => void {
  const keys = createKeyInput(options);
  input.on("data", keys.push);
  return () => {
    input.removeListener("data", keys.push);
    keys.stop();
  };
}

/** Turns chunks into keys and pastes. */
export function createKeyInput({ onKey, onPaste }: KeyInputOptions, after: After = afterReading): KeyInput {
  let paste: { parts: string[]; units: number; marked: boolean } | undefined;
  let cancel = () => {};
  const end = () => {
    cancel();
    if (paste === undefined) return;
    const { parts, units, marked } = paste;
    paste = undefined;
    if (units > pasteUnitsMax) return onPaste(undefined, marked);
    const text = parts.join("").replace(/\r\n?/g, "\n");
    if (text !== "") onPaste(text, marked);
  };
  const begin = (marked: boolean) => {
    end();
    paste = { parts: [], units: 0, marked };
  };
  const take = (input: TerminalInput) => {
    const text = pastedText(input);
    if (paste === undefined || isMark(input)) {
      for (const key of keysOf(input)) {
        if (key.name === "paste-start") begin(true);
        else if (key.name === "paste-end") end();
        else onKey(key);
      }
    } else if (text !== undefined) {
      paste.units += text.length;
      if (paste.units > pasteUnitsMax) paste.parts = [];
      else paste.parts.push(text);
    } else if (!paste.marked && input.type === "control") {
      // A key that no paste contains.
      end();
      take(input);
    }
    // All else in a paste is a reply of the terminal, or a colour that was copied, too.
  };
  const reader = createInputReader((inputs) => {
    if (paste === undefined && isBurst(inputs)) begin(false);
    inputs.forEach(take);
  }, after);
  return {
    push(chunk) {
      cancel();
      reader.push(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
      if (paste !== undefined) cancel = after(paste.marked ? pasteTimeoutMs : burstTimeoutMs, end);
    },
    stop() {
      cancel();
      paste = undefined;
      reader.stop();
    },
  };
}

/** What the input adds to a paste: text, tabs and line ends. */
function pastedText(input: TerminalInput): string | undefined {
  if (input.type === "text") return input.text;
  return input.type === "control" && /[\t\n\r\x85]/.test(input.char) ? input.char : undefined;
}

/** The beginning or end of a marked paste. */
function isMark(input: TerminalInput): boolean {
  return input.type === "csi" && input.final === "~" && /^20[01]$/.test(input.params);
}

/** Whether so much came at once that it was not typed. */
function isBurst(inputs: TerminalInput[]): boolean {
  if (inputs.some(isMark)) return false;
  const text = inputs.map((input) => pastedText(input) ?? "").join("");
  const lines = text.replace(/[\r\n]+$/, "").split(/\r\n?|\n/).length;
  return lines >= burstLinesMin || (lines > 1 && text.length >= burstUnitsMin);
}
