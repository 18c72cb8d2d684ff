/** The outcome of a command line, in a form that tests compare. */
import { Failure } from "../../lib/base/failure.ts";

/** The exit status and sentence of the refusal, or what was accepted. */
export async function refusalOf(reading: Promise<unknown>): Promise<string> {
  try {
    return `accepted: ${JSON.stringify(await reading)}`;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return `${thrown.status} ${thrown.message}`;
  }
}
