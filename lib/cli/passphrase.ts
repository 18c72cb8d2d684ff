/** Reads the passphrase from the environment, for both programs. */
import { exitStatus, Failure } from "../base/failure.ts";
import { checkPassphrase } from "../protocol/passphrase.ts";

/**
 * The passphrase in HOLLER_PASSPHRASE in its normal form; undefined when the variable is not set.
 * @throws {Failure} `passphrase` when it is set, but holds none: without it, a client would join an open room instead, and a
 * server would be open.
 */
export function passphraseOfEnvironment(
  env: Record<string, string | undefined> = process.env,
): string | undefined {
  const { HOLLER_PASSPHRASE: given } = env;
  if (given === undefined) return undefined;
  const checked = checkPassphrase(given);
  if ("passphrase" in checked) return checked.passphrase;
  const why = `HOLLER_PASSPHRASE cannot be used (${checked.problem}). Set it to the passphrase of the room, or unset it.`;
  throw new Failure("passphrase", exitStatus.usage, why);
}
