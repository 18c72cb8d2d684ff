/** Asks the questions before the chat begins, each until the answer is valid. */
import { exitStatus, Failure } from "../../base/failure.ts";
import { limits } from "../../protocol/limits.ts";
import { normalPassphrase } from "../../protocol/passphrase.ts";
import { parseName } from "../../protocol/text.ts";
import type { Prompter, ToldError } from "../api.ts";

/** Thrown when the person leaves instead of answering; the program ends without a message. */
export class Cancelled extends Failure {
  constructor() {
    super("left", exitStatus.done, "");
  }
}

/**
 * A name in its normal form.
 * @throws {Cancelled}
 */
export async function askName(prompter: Prompter, fallback: string): Promise<string> {
  for (;;) {
    const answer = await prompter.ask({ type: "name", fallback });
    if (answer === undefined) throw new Cancelled();
    const name = parseName(answer);
    if (name !== undefined) return name;
    prompter.tell({ type: "bad-answer", to: "name", max: limits.nameCharsMax });
  }
}

/**
 * A passphrase in its normal form; the person first reads `why`.
 * @throws {Cancelled}
 */
export async function askPassphrase(prompter: Prompter, why: ToldError): Promise<string> {
  prompter.tell({ type: "refused", error: why });
  for (;;) {
    const answer = await prompter.ask({ type: "passphrase" });
    if (answer === undefined) throw new Cancelled();
    const passphrase = normalPassphrase(answer);
    if (passphrase !== undefined) return passphrase;
    prompter.tell({ type: "bad-answer", to: "passphrase", max: limits.passphraseCharsMax });
  }
}
