/** holler-server: reads the arguments and serves until it is told to stop, or prints what was said. */

import { exitStatus, Failure, sentenceOf } from "./lib/base/failure.ts";
import { print, printOnly } from "./lib/cli/printing.ts";
import { readServerArgs } from "./lib/cli/server-args.ts";
import { openOutputs } from "./lib/server/outputs.ts";

const outputs = openOutputs();
let isEnding = false;

/** What serving needs is loaded only then: `--version` and `--help` start in a few milliseconds. */
async function main(): Promise<void> {
  const command = await readServerArgs(process.argv.slice(2));
  if (command.type === "print") return printOnly(`${command.text}\n`);
  if (command.type === "export") {
    const { exportHistory } = await import("./lib/server/admin/export.ts");
    return print(outputs.standard, exportHistory(command.options));
  }
  const { serve } = await import("./lib/server/serve.ts");
  await serve(command.options, outputs);
  await outputs.flush();
  process.exit(exitStatus.done);
}

/** Ends the program; a terminal that stands still delays that by a second. */
async function end(thrown: unknown): Promise<void> {
  // An error on the way out changes nothing any more.
  if (isEnding) return;
  isEnding = true;
  const sentence = sentenceOf(thrown);
  if (sentence !== "") outputs.operator.write(`holler-server: ${sentence}\n`);
  await outputs.flush();
  process.exit(thrown instanceof Failure ? thrown.status : exitStatus.failed);
}

process.on("uncaughtException", end);
process.on("unhandledRejection", end);
main().catch(end);
