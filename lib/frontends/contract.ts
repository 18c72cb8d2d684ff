/**
 * What the client and a front end need from each other beside commands and events. To write a front end, implement
 * `FrontEnd` (client/api.ts) and take `FrontEndCallbacks`; one that can also ask questions implements `Terminal`.
 */
import type { Command, FrontEnd } from "../client/api.ts";
import type { Environment } from "./text/style.ts";

/** Readable and writable streams as `process.stdin` and `process.stdout` are on a terminal. */
export type TtyInput = NodeJS.ReadableStream & { setRawMode?: (raw: boolean) => unknown };
export type TtyOutput = NodeJS.WritableStream & { columns?: number; rows?: number; fd?: number };

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
  /** Stops the process (Ctrl-Z) and calls `resumed` when it continues; without it the key does nothing. */
  suspend?: (resumed: () => void) => void;
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
}
