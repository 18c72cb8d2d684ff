/** The text of a question and the value of its answer, the same in every front end. Pure. */
import { cleanPiece } from "../../protocol/text.ts";

/** The prompt with the fallback in brackets: `Your name [alice]: `. */
export function questionLine(prompt: string, fallback: string | undefined): string {
  const text = prompt.trimEnd().replace(/:$/, "");
  return cleanPiece(fallback === undefined ? `${prompt.trimEnd()} ` : `${text} [${fallback}]: `);
}

/** The value of a typed answer: trimmed, and the fallback when nothing is left. Undefined stays undefined. */
export function answerOf(line: string | undefined, fallback: string | undefined): string | undefined {
  return line?.trim() === "" ? (fallback ?? "") : line?.trim();
}
