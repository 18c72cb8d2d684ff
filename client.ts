/** holler: reads the arguments, puts the parts together, and runs until it is left. */

import { audioHelperArgument } from "./lib/audio/helper/helper-argument.ts";
import { exitStatus, Failure, sentenceOf } from "./lib/base/failure.ts";

/** Only what this way of starting needs is loaded: the audio helper is this same program. */
async function main(): Promise<void> {
  if (process.argv[2] === audioHelperArgument) {
    const { runAudioHelper } = await import("./lib/audio/helper/helper.ts");
    return runAudioHelper();
  }
  const { readClientArgs } = await import("./lib/cli/client-args.ts");
  const command = await readClientArgs(process.argv.slice(2));
  if (command.type === "print") return console.log(command.text);
  const { runCommand } = await import("./lib/client/app.ts");
  process.exit(await runCommand(command));
}

function end(thrown: unknown): never {
  const sentence = sentenceOf(thrown);
  if (sentence !== "") console.error(`holler: ${sentence}`);
  process.exit(thrown instanceof Failure ? thrown.status : exitStatus.failed);
}

process.on("uncaughtException", end);
process.on("unhandledRejection", end);
main().catch(end);
