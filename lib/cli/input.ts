/** Standard input of a script, and what it means that it cannot be read: an input that was cut off is no success. */
import { exitStatus, Failure } from "../base/failure.ts";
import { reasonOf } from "../base/reason.ts";

export interface Input extends AsyncIterable<Uint8Array | string> {
  destroy(): void;
  /** Set once reading has failed: `input-failed`, which the reader got as well. */
  failure(): Failure | undefined;
}

/** The stream, such as `process.stdin`, of which nothing is read yet. */
export function watchInput(stream: AsyncIterable<Uint8Array | string> & { destroy(): unknown }): Input {
  let failure: Failure | undefined;
  let isDestroyed = false;
  return {
    failure: () => failure,
    destroy() {
      isDestroyed = true;
      stream.destroy();
    },
    async *[Symbol.asyncIterator]() {
      try {
        yield* stream;
      } catch (thrown) {
        if (isDestroyed) return;
        const why = `Standard input cannot be read (${reasonOf(thrown)}).`;
        failure = new Failure("input-failed", exitStatus.failed, why);
        throw failure;
      }
    },
  };
}
