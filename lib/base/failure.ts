/** The error that ends a program: one sentence for people, a stable code for programs, and the exit status. */

/** The exit statuses of both programs. */
export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  noRoom: 3,
  refused: 4,
  identityChanged: 5,
  /** The reader of the output is gone: 128 and the number of SIGPIPE, as a shell reports it. */
  brokenPipe: 141,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** Thrown where the program cannot continue. Each program catches it once, at the top, and prints its sentence. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly status: ExitStatus,
    message: string,
  ) {
    super(message);
  }
}

/** The sentence of any thrown value. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code that the operating system gave a thrown value (`ENOENT`, …), or an empty string. */
export function systemCode(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}
