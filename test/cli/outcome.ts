/** What a command line comes to, in a form that tests compare. */
import { Failure } from "../../lib/base/failure.ts";

/** The sentence with which these arguments are refused as wrong usage. */
export async function refusalOf(reading: Promise<unknown>): Promise<string> {
  try {
    return `accepted: ${JSON.stringify(await reading)}`;
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    return `${thrown.status} ${thrown.message}`;
  }
}
