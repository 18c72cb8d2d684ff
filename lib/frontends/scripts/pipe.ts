/** The front end of pipes: each line of the input is typed as it stands, and events are printed as plain lines. */

import type { FrontEnd } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import type { FrontEndQueries } from "../contract.ts";
import { createLineWriter, type Output, once, readLines } from "../lines.ts";
import { chooseStyle, type Environment } from "../text/style.ts";
import { helpLines, parseTyped } from "../text/typed-commands.ts";
import { createView } from "../text/view.ts";
import type { ScriptFrontEndOptions } from "./json.ts";

export interface PipeOptions extends ScriptFrontEndOptions, Pick<FrontEndQueries, "isOperator"> {
  /** Errors and warnings go here, so that the output holds the conversation only. */
  errors: Output;
  env: Environment;
  /** A line was not understood and had no effect. */
  onInvalid: () => void;
}

/** Starts reading lines; prints events without prompt, colour or wrapping. */
export function createPipe(options: PipeOptions): FrontEnd {
  const { input, output, errors, env, isOperator, onCommand, onInvalid, onEnd } = options;
  let closed = false;
  const end = once(onEnd);
  const out = createLineWriter(output, end);
  const err = createLineWriter(errors, () => {});
  const style = chooseStyle(env, { terminal: false, plain: false });
  const view = createView({ style, width: (text) => text.length });
  const reject = (message: string) => {
    view.error(message).forEach(err.line);
    onInvalid();
  };

  const read = async () => {
    for await (const line of readLines(input, limits.commandBytesMax)) {
      await out.ready();
      if (closed) return;
      if (line === undefined) {
        reject(`A line may have ${limits.commandBytesMax} bytes at most; this one was not sent.`);
        continue;
      }
      const typed = parseTyped(line);
      if (typed.type === "command") await onCommand(typed.command);
      else if (typed.type === "help") helpLines(isOperator()).forEach(out.line);
      else if (typed.type === "invalid") reject(typed.message);
    }
  };
  void read().then(end);

  return {
    show(event) {
      if (closed) return;
      const isComplaint = event.type === "error" || event.type === "warning";
      view.event(event).forEach(isComplaint ? err.line : out.line);
    },
    async close() {
      closed = true;
      await Promise.all([out.flush(), err.flush()]);
      input.destroy?.();
    },
  };
}
