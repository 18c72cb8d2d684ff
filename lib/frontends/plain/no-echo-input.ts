/** Reads an answer without echo, for a terminal whose own line editing would show it. Pure. */

export interface NoEchoInput {
  /**
   * Takes typed bytes. Returns undefined until the answer is complete, then the answer (`line` is undefined when the
   * person wants to leave) and the input that follows it.
   */
  take(chunk: Uint8Array | string): { line: string | undefined; rest: string } | undefined;
}

/** Escape sequences of arrow and function keys, which are ignored. */
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])?/g;
const charsMax = 4_096;

/** An empty answer. Backspace deletes a character, Ctrl-U all of them; Ctrl-C, and Ctrl-D on an empty answer, leave. */
export function createNoEchoInput(): NoEchoInput {
  const decoder = new TextDecoder();
  let chars: string[] = [];
  return {
    take(chunk) {
      const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
      const text = decoder.decode(bytes, { stream: true }).replace(escapes, "");
      const typed = [...text];
      for (const [index, char] of typed.entries()) {
        const isComplete = char === "\r" || char === "\n";
        const wantsToLeave = char === "\x03" || (char === "\x04" && chars.length === 0);
        if (isComplete || wantsToLeave) {
          const rest = typed.slice(index + 1).join("");
          return { line: isComplete ? chars.join("") : undefined, rest: rest.replace(/\r\n?/g, "\n") };
        }
        chars = edit(chars, char);
      }
      return undefined;
    },
  };
}

function edit(chars: string[], char: string): string[] {
  if (char === "\x7f" || char === "\b") return chars.slice(0, -1);
  if (char === "\x15") return [];
  return char < " " || chars.length >= charsMax ? chars : [...chars, char];
}
