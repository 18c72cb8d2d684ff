/**
 * What the client and a front end need from each other beside commands and events. To write a front end, implement
 * `FrontEnd` (client/api.ts) and take `FrontEndCallbacks`; one that can also ask questions implements `Terminal`.
 */
import type { Command, FrontEnd } from "../client/api.ts";
import type { Environment } from "./text/style.ts";

/** A readable stream as `process.stdin` is on a terminal. */
export type TtyInput = NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };

/** The output to a terminal (lib/cli/tty-output.ts), or one in memory. A write never waits for the terminal. */
export interface TtyOutput {
  /** `written` is called when the terminal has taken the text, or when it never will. */
  write(text: string, written?: (error?: Error | null) => void): unknown;
  /** Writes before it returns, for a program that ends. */
  writeNow?(text: string): void;
  on(type: "error" | "resize", listener: () => void): unknown;
  removeListener(type: "resize", listener: () => void): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** What every front end calls. */
export interface FrontEndCallbacks {
  /**
   * The person or script asked for something. A front end that reads a stream waits until the returned promise has
   * settled before it reads the next line: this is the backpressure on a fast script.
   */
  onCommand: (command: Command) => void | Promise<void>;
  /**
   * There will be no more commands: the input has ended, or the output is closed. The client still sends what it was
   * given, then leaves. Called at most once.
   */
  onEnd: () => void;
}

/** What a front end for people asks the client for. */
export interface FrontEndQueries {
  /** The names that Tab completes. */
  names: () => string[];
  /** Whether the commands of operators are listed. */
  isOperator: () => boolean;
}

export interface TerminalOptions extends FrontEndCallbacks, FrontEndQueries {
  input: TtyInput;
  output: TtyOutput;
  env: Environment;
  /** Redraw nothing and send no control sequences; TERM=dumb means the same. */
  plain?: boolean;
  /** Ctrl-Z; without it the key does nothing. Calls `release`, stops the program, and calls `take` when it goes on. */
  suspend?: (() => void) | undefined;
}

/** How a question is asked. */
export interface Question {
  /** The value of an empty answer; shown in brackets. */
  fallback?: string;
  /** The answer is not echoed and not kept in the line history. */
  secret?: boolean;
  /** Aborts the question; its answer is then undefined. */
  signal?: AbortSignal;
}

/** A front end that can ask the person questions. */
export interface Terminal extends FrontEnd {
  /** Asks on the prompt line. Undefined: the person wants to leave, or the question was aborted. */
  ask(prompt: string, question?: Question): Promise<string | undefined>;
  /** Prints a quiet line. */
  note(text: string): void;
  /** Does what Ctrl-C does, for a SIGINT from outside: cancels a recording, a replay or a question, else leaves. */
  interrupt(): void;
  /** Restores the terminal at once. For exit handlers: synchronous, and may be called more than once. */
  restore(): void;
  /** Restores the terminal once everything is printed, for a program that stops. What happens then is shown later. */
  release(): Promise<void>;
  /** Takes the terminal again, also when it was not released: another program may have changed its modes. */
  take(): void;
}
