/** The person in front of a terminal, as those see them who need an answer before the chat begins. */
import { exitStatus, Failure } from "../../base/failure.ts";

export interface Prompter {
  /** The answer, or undefined when the person wants to leave or the question was taken back. */
  ask(
    prompt: string,
    question?: { fallback?: string; signal?: AbortSignal; secret?: boolean },
  ): Promise<string | undefined>;
  /** One quiet line. */
  note(text: string): void;
}

/** Thrown when the person leaves instead of answering; ends the program without a word. */
export function leaving(): Failure {
  return new Failure("left", exitStatus.done, "");
}
