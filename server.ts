/** holler-server: reads the arguments and serves until it is told to stop, or prints what was said. */

import { exitStatus } from "./lib/base/failure.ts";
import { print, printOnly } from "./lib/cli/printing.ts";
import { runProgram } from "./lib/cli/program.ts";
import { readServerArgs } from "./lib/cli/server-args.ts";
import { openServerOutputs } from "./lib/server/outputs.ts";

const outputs = openServerOutputs();

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

runProgram({ name: "holler-server", main, error: outputs.operator, flush: outputs.flush });
