/** Reads an answer without echo, for a terminal whose own line editing would show it. Pure. */
import { cleanPiece } from "../../protocol/text.ts";
import type { TerminalInput } from "../../terminal/control-sequences.ts";
import { isEnter, keysOf } from "../../terminal/keys.ts";

export interface NoEchoInput {
  /** Takes one input. Returns undefined until the answer is complete; its `line` is undefined when the person leaves. */
  take(input: TerminalInput): { line: string | undefined } | undefined;
}

const unitsMax = 4_096;

/** An empty answer. Backspace deletes a character, Ctrl-U all of them; Ctrl-C, and Ctrl-D on an empty answer, leave. */
export function createNoEchoInput(): NoEchoInput {
  let answer = "";
  return {
    take(input) {
      for (const key of keysOf(input)) {
        if (isEnter(key)) return { line: answer };
        const wantsToLeave = key.ctrl && (key.name === "c" || (key.name === "d" && answer === ""));
        if (wantsToLeave) return { line: undefined };
        if (key.name === "backspace") answer = [...answer].slice(0, -1).join("");
        else if (key.ctrl && key.name === "u") answer = "";
        else if (!key.ctrl && !key.meta && answer.length < unitsMax) answer += cleanPiece(key.text);
      }
      return undefined;
    },
  };
}
