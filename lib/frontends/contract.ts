/** What a front end for people offers to the client beside showing events, and what it needs from it. */

import type { Command, FrontEnd } from "../client/api.ts";
import { cleanPiece } from "../protocol/text.ts";
import type { TtyInput, TtyOutput } from "./terminal/screen.ts";
import type { Environment } from "./text/style.ts";

export interface TerminalOptions {
  input: TtyInput;
  output: TtyOutput;
  env: Environment;
  /** Redraw nothing and send no control sequences; TERM=dumb means the same. */
  plain?: boolean;
  onIntent: (intent: Command) => void;
  /** The terminal is gone, or the typed input has ended: what was typed is still to be sent. */
  onEnd: () => void;
  /** The names that Tab completes. */
  names: () => string[];
  /** Whether what operators do is listed. */
  isOperator: () => boolean;
  /** Stops the process and calls back when it goes on (Ctrl-Z); without it the key does nothing. */
  suspend?: (resumed: () => void) => void;
}

export interface Question {
  /** What an empty answer means; shown in brackets. */
  fallback?: string;
  /** Nothing of the answer is shown, nor kept. */
  secret?: boolean;
  /** Takes the question back; it is answered with undefined. */
  signal?: AbortSignal;
}

export interface Terminal extends FrontEnd {
  /** Asks on the line of the prompt; undefined when the person wants to leave or the question is taken back. */
  ask(prompt: string, question?: Question): Promise<string | undefined>;
  /** Prints a quiet line. */
  note(text: string): void;
  /** What Ctrl-C does: cancels a recording or a question, else leaves. For a SIGINT from outside. */
  interrupt(): void;
  /** Gives the terminal back at once; for exit handlers, may be called more than once. */
  restore(): void;
}

/** `Your name [alice]: ` */
export function questionLine(prompt: string, fallback: string | undefined): string {
  const words = prompt.trimEnd().replace(/:$/, "");
  return cleanPiece(fallback === undefined ? `${prompt.trimEnd()} ` : `${words} [${fallback}]: `);
}

/** What an answer means: blanks around it do not count, nothing is the fallback. */
export function answerOf(line: string | undefined, fallback: string | undefined): string | undefined {
  return line?.trim() === "" ? (fallback ?? "") : line?.trim();
}
