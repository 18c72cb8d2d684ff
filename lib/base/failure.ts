/** What ends a program: one sentence for people, a stable code for programs, and the exit status. */

/** The exit statuses of both programs. */
export const exitStatus = {
  done: 0,
  failed: 1,
  usage: 2,
  noRoom: 3,
  refused: 4,
  identityChanged: 5,
} as const;

export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];

/** Thrown where nothing can go on; caught once, at the top of each program, and shown as its sentence. */
export class Failure extends Error {
  constructor(
    readonly code: string,
    readonly status: ExitStatus,
    message: string,
  ) {
    super(message);
  }
}

/** The sentence of anything thrown. */
export function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The system's code (`ENOENT`, …) of anything thrown, or an empty string. */
export function systemCode(thrown: unknown): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  return typeof code === "string" ? code : "";
}
