/** Runs a program, and ends it with the sentence and the exit status of what it throws. */
import { exitStatus, Failure, sentenceOf } from "../base/failure.ts";

export interface ProgramParts {
  /** As in front of each sentence on standard error. */
  name: "holler" | "holler-server";
  main(): Promise<void>;
  /** Standard error. */
  error: { write(text: string): unknown };
  /** Resolves when everything is written, or after a while in which it was not. */
  flush(): Promise<void>;
}

/** A program that is done exits by itself. */
export function runProgram({ name, main, error, flush }: ProgramParts): void {
  let isEnding = false;

  async function end(thrown: unknown): Promise<void> {
    // An error on the way out changes nothing any more.
    if (isEnding) return;
    isEnding = true;
    const sentence = sentenceOf(thrown);
    if (sentence !== "") error.write(`${name}: ${sentence}\n`);
    await flush();
    process.exit(thrown instanceof Failure ? thrown.status : exitStatus.failed);
  }

  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
  main().catch(end);
}
