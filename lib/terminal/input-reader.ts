/** Feeds a parser with the bytes of a terminal, and tells it when its time is up. */
import {
  type ControlSequenceParser,
  createControlSequenceParser,
  type TerminalInput,
} from "./control-sequences.ts";

export interface InputReader {
  push(bytes: Uint8Array): void;
  /** Forgets what is unfinished. */
  stop(): void;
}

/** Calls back after `ms`, and after everything that has arrived by then was read; returns a function that cancels it. */
export type After = (ms: number, action: () => void) => () => void;

export function createInputReader(
  onInput: (inputs: TerminalInput[]) => void,
  after: After = afterReading,
): InputReader {
  let parser: ControlSequenceParser = createControlSequenceParser();
  let cancel = () => {};
  const wait = () => {
    const ms = parser.timeoutMs();
    if (ms !== undefined) cancel = after(ms, () => onInput(parser.timeOut()));
  };
  return {
    push(bytes) {
      cancel();
      onInput(parser.push(bytes));
      wait();
    },
    stop() {
      cancel();
      parser = createControlSequenceParser();
    },
  };
}

/** A program that was held up reads the rest of a sequence first, before it takes the time for over. */
export function afterReading(ms: number, action: () => void): () => void {
  let immediate: ReturnType<typeof setImmediate> | undefined;
  const timer = setTimeout(() => {
    immediate = setImmediate(action);
  }, ms);
  return () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
}
