/** Edits an answer that nobody is to see, where the terminal edits lines itself but would show them. */

export interface HiddenLine {
  /** Takes what was typed. Once the answer is over: what it is (undefined: the person wants to leave), and what follows it. */
  take(chunk: Uint8Array | string): { line: string | undefined; rest: string } | undefined;
}

/** Arrows and their like, which mean nothing here. */
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|[^[O])?/g;
const charsMax = 4_096;

/** An answer of which nothing was typed yet. */
export function hiddenLine(): HiddenLine {
  const decoder = new TextDecoder();
  let chars: string[] = [];
  return {
    take(chunk) {
      const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
      const text = decoder.decode(bytes, { stream: true }).replace(escapes, "");
      const typed = [...text];
      for (const [index, char] of typed.entries()) {
        const isOver = char === "\r" || char === "\n";
        const wantsToLeave = char === "\x03" || (char === "\x04" && chars.length === 0);
        if (isOver || wantsToLeave) {
          const rest = typed.slice(index + 1).join("");
          return { line: isOver ? chars.join("") : undefined, rest: rest.replace(/\r\n?/g, "\n") };
        }
        chars = press(chars, char);
      }
      return undefined;
    },
  };
}

function press(chars: string[], char: string): string[] {
  if (char === "\x7f" || char === "\b") return chars.slice(0, -1);
  if (char === "\x15") return [];
  return char < " " || chars.length >= charsMax ? chars : [...chars, char];
}
