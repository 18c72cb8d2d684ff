/** What a program reads from a terminal that edits the lines by itself, without the replies of the terminal in them. */
import { createControlSequenceParser } from "./control-sequences.ts";
import { lineTextOf } from "./keys.ts";

export interface TypedText extends AsyncIterable<string> {
  destroy(): void;
}

/** `terminal`: a stream such as `process.stdin`, in its normal mode. */
export function typedText(terminal: AsyncIterable<Uint8Array | string> & { destroy(): unknown }): TypedText {
  return {
    destroy: () => void terminal.destroy(),
    async *[Symbol.asyncIterator]() {
      const parser = createControlSequenceParser();
      for await (const chunk of terminal) {
        const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
        yield parser.push(bytes).map(lineTextOf).join("");
      }
    },
  };
}
