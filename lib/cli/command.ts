/**
 * Strict argument parsing for both programs. citty describes and parses the options but accepts too much, so an unknown
 * option, a missing value, an extra word or a value out of range is refused here, with one line and exit status 2.
 */
import { isatty } from "node:tty";
import { parseArgs as parseStrictly } from "node:util";
import type { ArgsDef, CommandDef, ParsedArgs } from "citty";
import { parseArgs, renderUsage } from "citty";
import { version } from "../../package.json";
import { exitStatus, Failure, sentenceOf, systemCode } from "../base/failure.ts";

export { version };

/** The error for wrong usage; the sentence names what is wrong. */
export function usageFailure(message: string): Failure {
  return new Failure("usage", exitStatus.usage, message);
}

/** `--help` and `--version`, which every command has. */
export const commonArgs = {
  version: { type: "boolean", description: "Print the version and leave" },
  help: { type: "boolean", description: "Print this and leave" },
} as const satisfies ArgsDef;

export interface CommandName {
  /** The command as it is typed: `holler send`. */
  name: string;
  description: string;
  /** The subcommands, with their descriptions. */
  commands?: Record<string, string>;
}

/**
 * The checked arguments, or the text to print instead of running (`--help`, `--version`).
 * @throws {Failure} `usage`, which names the option.
 */
export async function readArgs<Args extends ArgsDef>(
  { name, description, commands = {} }: CommandName,
  args: Args,
  raw: string[],
): Promise<{ print: string } | { args: ParsedArgs<Args> }> {
  // Words after `--` are text.
  const end = raw.indexOf("--");
  const options = end < 0 ? raw : raw.slice(0, end);
  if (options.includes("--help") || options.includes("-h")) {
    const subCommands = Object.fromEntries(
      Object.entries(commands).map(([word, does]) => [word, { meta: { name: word, description: does } }]),
    );
    const described = {
      meta: { name, version, description },
      args,
      ...(Object.keys(commands).length > 0 ? { subCommands } : {}),
    };
    return { print: plainUnlessTerminal(await renderUsage(described as CommandDef)) };
  }
  if (options.includes("--version") || options.includes("-v")) return { print: version };
  refuseUnknown(args, raw);
  return { args: parseArgs<Args>(raw, args) };
}

/** citty always colours its help and pads the last column; this removes both where they are not wanted. */
function plainUnlessTerminal(help: string): string {
  const hasColour = isatty(1) && !process.env.NO_COLOR;
  const lines = (hasColour ? help : Bun.stripANSI(help)).split("\n").map((line) => line.trimEnd());
  return lines.join("\n").trimEnd();
}

function refuseUnknown(args: ArgsDef, raw: string[]): void {
  const options: Record<string, { type: "boolean" | "string" }> = {};
  const takesWords = Object.values(args).some(({ type }) => type === "positional");
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type === "positional") continue;
    options[name] = { type: arg.type === "boolean" ? "boolean" : "string" };
    if (arg.type === "boolean" && arg.negativeDescription) options[`no-${name}`] = { type: "boolean" };
  }
  let values: Record<string, unknown>;
  try {
    ({ values } = parseStrictly({
      args: raw,
      options,
      allowPositionals: takesWords,
      strict: true,
    }));
  } catch (thrown) {
    throw usageFailure(explain(thrown));
  }
  for (const [name, value] of Object.entries(values)) {
    if (value === "") throw usageFailure(`--${name} needs a value.`);
    const choices = args[name]?.type === "enum" ? (args[name].options ?? []) : [];
    if (choices.length > 0 && !choices.includes(String(value))) {
      throw usageFailure(`--${name} takes ${choices.join(" or ")}, not "${value}".`);
    }
  }
}

function explain(thrown: unknown): string {
  const message = sentenceOf(thrown);
  const quoted = /'(-[^' ]*|[^']*)/.exec(message)?.[1] ?? "";
  switch (systemCode(thrown)) {
    case "ERR_PARSE_ARGS_UNKNOWN_OPTION":
      return `There is no option ${quoted}.`;
    case "ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL":
      return `"${quoted}" is not understood.`;
    case "ERR_PARSE_ARGS_INVALID_OPTION_VALUE":
      return message.includes("does not take an argument")
        ? `${quoted} takes no value.`
        : `${quoted} needs a value.`;
    default:
      return message;
  }
}

/** All values of an option that may be repeated; citty returns only the last one. */
export function repeated(option: string, raw: string[]): string[] {
  const options = { [option]: { type: "string", multiple: true } } as const;
  const { tokens } = parseStrictly({ args: raw, options, strict: false, tokens: true });
  return tokens.flatMap((token) => {
    const isThis = token.kind === "option" && token.name === option;
    return isThis && token.value !== undefined ? [token.value] : [];
  });
}

/**
 * Parses a whole number from `min` to `max`.
 * @throws {Failure} `usage`.
 */
export function wholeNumber(option: string, text: string, min: number, max: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= min && number <= max) return number;
  throw usageFailure(`${option} takes a whole number from ${min} to ${max}, not "${text}".`);
}
