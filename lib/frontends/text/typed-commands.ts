/** The meaning of typed and pasted lines, and the lists of commands for `/help` and Tab. Pure. */

import type { Command } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";
import { parseName } from "../../protocol/text.ts";
import { command, invalid, type Typed, type TypedCommand, typedCommands } from "./command-table.ts";

/** Lines that are not commands, for `/help`. */
const textUsages = [
  { usage: "TEXT", help: "say it to everyone" },
  { usage: "@NAME TEXT", help: "say it to one person alone" },
];
const escapedUsage = { usage: "@@… //… !!…", help: "say a line that really starts with @, / or !" };

/** The meaning of a line that a person typed or a pipe delivered. */
export function parseTyped(line: string): Typed {
  const text = line.trim();
  if (text === "") return { type: "nothing" };
  if (/^(@@|\/\/|!!)/.test(text)) return command({ type: "say", text: text.slice(1) });
  if (text.startsWith("@")) return parseWhisper(text);
  const [first = "", ...words] = text.split(/\s+/);
  const row = typedCommands.find((one) => one.name === first.toLowerCase() || one.aliases?.includes(text));
  if (row !== undefined) return row.parse(words) ?? invalid("bad-command", `Usage: ${row.usage}`);
  if (/^[/!]/.test(text)) {
    return invalid(
      "bad-command",
      `There is no command ${first}. /help lists them; ${first[0]}${first} says it as text.`,
    );
  }
  return command({ type: "say", text });
}

/**
 * The commands that send pasted lines. All of the paste is text, also what looks like a command. Only an `@name` at the
 * start of the first line counts, and then for every line, so that no part of a whisper goes to everyone.
 */
export function parsePasted(lines: string[]): { to: string | undefined; commands: Command[] } {
  const [first = "", ...rest] = lines;
  const { to, text } = parseReceiver(first);
  if (to === undefined) return { to, commands: lines.map((line) => ({ type: "say", text: line })) };
  const texts = text === "" ? rest : [text, ...rest];
  return { to, commands: texts.map((line) => ({ type: "whisper", to, text: line })) };
}

/** The lines of `/help`, the usages in one column. */
export function helpLines(isOperator: boolean): string[] {
  const rows = [...textUsages, ...commandsFor(isOperator), escapedUsage];
  const column = Math.max(...rows.map((row) => row.usage.length)) + 2;
  return rows.map((row) => row.usage.padEnd(column) + row.help);
}

/** The words that start a command, for Tab completion. */
export function commandNames(isOperator: boolean): string[] {
  return commandsFor(isOperator).map(({ name }) => name);
}

function commandsFor(isOperator: boolean): TypedCommand[] {
  return typedCommands.filter(({ forOperators }) => isOperator || !forOperators);
}

function parseWhisper(line: string): Typed {
  const { typedName, to, text } = parseReceiver(line);
  if (typedName === "")
    return invalid("bad-command", "Write a name right after the @, then the text: @bob hello");
  if (to === undefined) return { type: "invalid", ...refusal("no-such-name", { name: typedName }) };
  if (text === "") return invalid("text-empty", `Write something for ${to} after the name: @${to} hello`);
  return command({ type: "whisper", to, text });
}

/** Splits a line that starts with `@` into receiver and text; `to` is undefined when `typedName` is not a valid name. */
function parseReceiver(line: string): { typedName: string; to: string | undefined; text: string } {
  const [, word = "", text = ""] = /^\s*@(\S*)\s*(.*)$/su.exec(line) ?? [];
  // People write `@bob: hi` and `@bob, hi`; a name contains neither sign.
  const typedName = word.replace(/[:,]$/, "");
  return { typedName, to: parseName(typedName), text: text.trimEnd() };
}
