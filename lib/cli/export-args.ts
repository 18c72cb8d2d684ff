/** The options of `holler-server export`: texts for `--help`, defaults and checks. */
import type { ArgsDef } from "citty";
import { commonArgs, readArgs, usageFailure } from "./command.ts";
import { chosenDataFolder, dataFolder } from "./folders.ts";

export interface ExportArgs {
  data: string;
  sinceMs?: number;
  format: "jsonl" | "text";
  whispers: boolean;
}

const exportArgs = {
  data: {
    type: "string",
    valueHint: "FOLDER",
    description: `The data folder of the server (default: ${dataFolder.path ?? "none"})`,
  },
  since: {
    type: "string",
    valueHint: "DATE",
    description: "From then on: 2026-11-22, or 2026-11-22T10:00 (default: everything)",
  },
  format: {
    type: "enum",
    options: ["jsonl", "text"],
    description: "One JSON object a line, or lines to read",
    default: "jsonl",
  },
  whispers: {
    type: "boolean",
    description: "Also what was said between two people",
    default: false,
  },
  ...commonArgs,
} as const satisfies ArgsDef;

export const exporting = {
  name: "holler-server export",
  description: "Print what was said, also while the server runs",
};

/**
 * Parses the options, or returns the text to print instead (`--help`, `--version`).
 * @throws {Failure} `usage`, which names the wrong option.
 */
export async function readExport(
  raw: string[],
): Promise<{ type: "print"; text: string } | { type: "export"; options: ExportArgs }> {
  const read = await readArgs(exporting, exportArgs, raw);
  if ("print" in read) return { type: "print", text: read.print };
  const { since, format, whispers } = read.args;
  const data = chosenDataFolder(read.args.data);
  const when = since === undefined ? {} : { sinceMs: dateMs("--since", since) };
  return { type: "export", options: { data, format, whispers, ...when } };
}

/** Unix time in ms of a day (its local midnight), or of a date and time (local unless it has an offset). */
function dateMs(option: string, text: string): number {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/.test(text);
  const ms =
    isDay || isTime ? new Date(isDay ? `${text}T00:00` : text.replace(" ", "T")).getTime() : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw usageFailure(`${option} takes a date such as 2026-11-22 or 2026-11-22T10:00, not "${text}".`);
}
