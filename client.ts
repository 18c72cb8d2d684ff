/** holler: reads the arguments, puts the parts together, and runs until it is left. */

import { audioHelperArgument } from "./lib/audio/helper/helper-argument.ts";
import { openOutputs } from "./lib/cli/output.ts";
import { runProgram } from "./lib/cli/program.ts";

const outputs = openOutputs();

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

runProgram({ name: "holler", main, error: outputs.error, flush: outputs.flush });
