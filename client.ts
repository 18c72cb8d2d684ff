/** holler: reads the arguments, puts the parts together, and runs until it is left. */

import { audioHelperArgument } from "./lib/audio/helper/helper-argument.ts";
import { exitStatus, Failure, sentenceOf } from "./lib/base/failure.ts";
import { openOutputs } from "./lib/cli/output.ts";

const outputs = openOutputs();
let isEnding = false;

/** Only what this way of starting needs is loaded: the audio helper is this same program. */
async function main(): Promise<void> {
  if (process.argv[2] === audioHelperArgument) {
    const { runAudioHelper } = await import("./lib/audio/helper/helper.ts");
    return runAudioHelper();
  }
  const { readClientArgs } = await import("./lib/cli/client-args.ts");
  const command = await readClientArgs(process.argv.slice(2));
  if (command.type === "print") {
    const { printOnly } = await import("./lib/cli/printing.ts");
    return printOnly(`${command.text}\n`);
  }
  const { runCommand } = await import("./lib/client/app.ts");
  const status = await runCommand(command, outputs);
  await outputs.flush();
  process.exit(status);
}

/** Ends the program; a terminal that stands still delays that by a second. */
async function end(thrown: unknown): Promise<void> {
  // An error on the way out changes nothing any more.
  if (isEnding) return;
  isEnding = true;
  const sentence = sentenceOf(thrown);
  if (sentence !== "") outputs.error.write(`holler: ${sentence}\n`);
  await outputs.flush();
  process.exit(thrown instanceof Failure ? thrown.status : exitStatus.failed);
}

process.on("uncaughtException", end);
process.on("unhandledRejection", end);
main().catch(end);
