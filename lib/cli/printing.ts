/** Prints on standard output to its end, and says when that has failed: an output that was cut off is no success. */
import { exitStatus, Failure } from "../base/failure.ts";
import { reasonOf } from "../base/reason.ts";
import { type Output, type Written, writeNow } from "./output.ts";

/** Much more than a slow reader leaves to wait, and less than a machine has. */
export const waitingBytesMax = 33_554_432;

/**
 * Prints the pieces one by one, each when the one before is written.
 * @throws {Failure} as `outputFailure`, at the first piece that cannot be written.
 */
export async function print(
  output: Pick<Output, "write">,
  pieces: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  for await (const piece of pieces) {
    const error = await new Promise<Error | null | undefined>((resolve) => output.write(piece, resolve));
    if (error) throw outputFailure(error);
  }
}

/**
 * Prints a short text on standard output, of a program that does nothing else.
 * @throws {Failure} as `outputFailure`.
 */
export async function printOnly(text: string): Promise<void> {
  try {
    await writeNow(1, text);
  } catch (error) {
    throw outputFailure(error as NodeJS.ErrnoException);
  }
}

/** The lines with their line ends, for `print`. */
export async function* linesOf(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/**
 * The same output for a program that cannot wait for its reader: once more than `waitingBytesMax` wait, that is an error,
 * and nothing more is written.
 */
export function limitWaiting(output: Output): Output {
  const listeners: ((error: NodeJS.ErrnoException) => void)[] = [];
  let stuck: NodeJS.ErrnoException | undefined;
  return {
    write(text: string, written?: Written) {
      if (stuck === undefined && output.waitingBytes() > waitingBytesMax) {
        const why = `nothing reads it, and ${waitingBytesMax / 1_048_576} MB wait`;
        stuck = Object.assign(new Error(why), { code: "ENOBUFS" });
        for (const listener of listeners) listener(stuck);
      }
      if (stuck === undefined) return output.write(text, written);
      written?.(stuck);
      return false;
    },
    waitingBytes: output.waitingBytes,
    on(type, listener) {
      listeners.push(listener);
      output.on(type, listener);
    },
  };
}

/**
 * The failure of a program whose standard output could not be written. A reader that is gone (`| head`) is no news: then
 * it has no sentence, and the status of programs that end by SIGPIPE.
 */
export function outputFailure(error: NodeJS.ErrnoException): Failure {
  if (isReaderGone(error)) return new Failure("output-closed", exitStatus.brokenPipe, "");
  const why = `Standard output cannot be written (${reasonOf(error)}): what was printed is not complete.`;
  return new Failure("output-failed", exitStatus.failed, why);
}

/** Whether the reader of the output has ended: of a pipe, or of a socket, as some shells and programs use. */
export function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === "EPIPE" || code === "ECONNRESET" || code === "EOF";
}
