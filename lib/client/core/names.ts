/** Cleans names that a server sent, and bounds their length and number. */
import { limits } from "../../protocol/limits.ts";
import { cleanLine } from "../../protocol/text.ts";

/** A name without control characters, no longer than names are. */
export function cleanName(name: string): string {
  return [...cleanLine(name)].slice(0, limits.nameCharsMax).join("");
}

/** The names of a room, no more of them than a room may have. */
export function cleanNames(names: string[]): string[] {
  return names.slice(0, limits.clientsMax).map(cleanName);
}

/** The one person that a transmission, clip or line is for, as a property. */
export function addressed({ to }: { to?: string | undefined }): { to?: string } {
  return to === undefined ? {} : { to: cleanName(to) };
}
