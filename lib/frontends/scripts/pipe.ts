/** The front end of pipes: each line of the input is typed as it stands, events come out as plain lines. */

import type { FrontEnd } from "../../client/api.ts";
import { limits } from "../../protocol/limits.ts";
import { chooseStyle, type Environment } from "../text/style.ts";
import { helpLines, parseTyped } from "../text/typed-commands.ts";
import { createView } from "../text/view.ts";
import type { ScriptOptions } from "./json.ts";
import { createLineWriter, type Output, once, readLines } from "./lines.ts";

export interface PipeOptions extends ScriptOptions {
  /** Where refusals, failures and warnings go, so that the output holds the conversation only. */
  errors: Output;
  env: Environment;
  /** Whether what operators do is listed. */
  isOperator: () => boolean;
  /** A line was not understood, and nothing was done. */
  onWrong: () => void;
}

/** Starts reading lines; what happens is printed without prompt, colour or wrapping. */
export function createPipe(options: PipeOptions): FrontEnd {
  const { input, output, errors, env, isOperator, onIntent, onWrong, onEnd } = options;
  let closed = false;
  const end = once(onEnd);
  const out = createLineWriter(output, end);
  const err = createLineWriter(errors, () => {});
  const style = chooseStyle(env, { terminal: false, plain: false });
  const view = createView({ style, width: (text) => text.length });
  const complain = (message: string) => view.error(message).forEach(err.line);

  const read = async () => {
    for await (const line of readLines(input, limits.commandBytesMax)) {
      if (closed) return;
      if (line === undefined) {
        complain(`A line may have ${limits.commandBytesMax} bytes at most; this one was not sent.`);
        onWrong();
        continue;
      }
      const typed = parseTyped(line);
      if (typed.type === "intent") await onIntent(typed.intent);
      else if (typed.type === "help") helpLines(isOperator()).forEach(out.line);
      else if (typed.type === "wrong") {
        complain(typed.message);
        onWrong();
      }
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
