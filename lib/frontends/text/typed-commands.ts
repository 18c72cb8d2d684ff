/** Says what a typed line means: the one table of commands that parsing, `/help` and Tab completion share. */

import type { Command } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { type ModerationCommand, moderationCommands } from "../../protocol/moderation-commands.ts";
import { parseName } from "../../protocol/text.ts";

/** What a typed line comes to. */
export type Typed =
  | { type: "intent"; intent: Command }
  | { type: "help" }
  | { type: "nothing" }
  | { type: "wrong"; code: string; message: string };

interface TypedCommand {
  /** The word that starts it, its sign included. */
  name: string;
  /** Other words that mean the same when they are the whole line. */
  aliases?: string[];
  usage: string;
  help: string;
  /** Listed for operators only; others may try, and are told. */
  forOperators?: boolean;
  /** Reads what follows the name; undefined when that does not fit the usage. */
  parse(words: string[]): Typed | undefined;
}

/** Every command, in the order of `/help`. A new one is one more row. */
const commands: TypedCommand[] = [
  {
    name: "!audio",
    usage: "!audio [SECONDS] [@NAME]",
    help: `speak to everyone or to one person (${limits.transmissionSecondsDefault} seconds)`,
    parse: parseAudio,
  },
  {
    name: "!talk",
    usage: "!talk [@NAME]",
    help: `open microphone until Enter (${limits.transmissionSecondsMax / 60} minutes at most)`,
    parse: parseTalk,
  },
  { name: "/clips", usage: "/clips", help: "what was said and is kept", parse: alone({ type: "clips" }) },
  { name: "/play", usage: "/play [ID]", help: "hear a clip again, or the newest", parse: parsePlay },
  { name: "/save", usage: "/save ID FILE.wav", help: "write a clip to a file", parse: parseSave },
  {
    name: "/volume",
    usage: "/volume [@NAME] PERCENT",
    help: "how loud you hear all, or one (0 to 200)",
    parse: parseVolume,
  },
  { name: "/mute", usage: "/mute @NAME", help: "hear somebody no more", parse: aboutPerson("mute") },
  { name: "/unmute", usage: "/unmute @NAME", help: "hear them again", parse: aboutPerson("unmute") },
  {
    name: "/history",
    usage: "/history [N]",
    help: `what was said before (${limits.earlierLines} lines)`,
    parse: parseHistory,
  },
  {
    name: "/search",
    usage: "/search WORDS",
    help: "what was said with all these words",
    parse: (words) => (words.length === 0 ? undefined : intent({ type: "search", words: words.join(" ") })),
  },
  { name: "/who", usage: "/who", help: "who is here", parse: alone({ type: "who" }) },
  {
    name: "/whois",
    usage: "/whois @NAME",
    help: "who that is, by a key that you can compare",
    parse: aboutPerson("whois"),
  },
  {
    name: "/name",
    usage: "/name NEW",
    help: "change your name",
    parse: ([name, ...rest]) =>
      name === undefined || rest.length > 0 ? undefined : intent({ type: "rename", name }),
  },
  ...moderationCommands.map(moderating),
  {
    name: "/help",
    usage: "/help",
    help: "this list",
    parse: (words) => (words.length > 0 ? undefined : { type: "help" }),
  },
  { name: "/quit", aliases: ["quit"], usage: "/quit", help: "leave", parse: alone({ type: "quit" }) },
];

/** What can be typed that is no command, for `/help`. */
const talk = [
  { usage: "TEXT", help: "say it to everyone" },
  { usage: "@NAME TEXT", help: "say it to one person alone" },
];
const literal = { usage: "@@… //… !!…", help: "say a line that really starts with @, / or !" };

/** What the line means, typed by a person or read from a pipe. */
export function parseTyped(line: string): Typed {
  const text = line.trim();
  if (text === "") return { type: "nothing" };
  if (/^(@@|\/\/|!!)/.test(text)) return intent({ type: "say", text: text.slice(1) });
  if (text.startsWith("@")) return parseWhisper(text);
  const [first = "", ...words] = text.split(/\s+/);
  const command = commands.find((c) => c.name === first.toLowerCase() || c.aliases?.includes(text));
  if (command !== undefined) return command.parse(words) ?? wrong("bad-command", `Usage: ${command.usage}`);
  if (/^[/!]/.test(text)) {
    return wrong(
      "bad-command",
      `There is no command ${first}. /help lists them; ${first[0]}${first} says it as text.`,
    );
  }
  return intent({ type: "say", text });
}

/**
 * Pasted lines, said as they stand: what looks like a command in them is text. Only an `@name` at their very
 * start counts, and then for all of them, so that no line meant for one person is said to everybody.
 */
export function parsePasted(lines: string[]): { to: string | undefined; intents: Command[] } {
  const [first = "", ...rest] = lines;
  const { to, text } = addressee(first);
  if (to === undefined) return { to, intents: lines.map((line) => ({ type: "say", text: line })) };
  const texts = text === "" ? rest : [text, ...rest];
  return { to, intents: texts.map((line) => ({ type: "whisper", to, text: line })) };
}

/** The lines of `/help`, the usages in one column. */
export function helpLines(isOperator: boolean): string[] {
  const rows = [...talk, ...commandsFor(isOperator), literal];
  const column = Math.max(...rows.map((row) => row.usage.length)) + 2;
  return rows.map((row) => row.usage.padEnd(column) + row.help);
}

/** The words that start a command, for Tab. */
export function commandNames(isOperator: boolean): string[] {
  return commandsFor(isOperator).map((command) => command.name);
}

function commandsFor(isOperator: boolean): TypedCommand[] {
  return commands.filter(({ forOperators }) => isOperator || !forOperators);
}

/** What the server's console understands, too. A name of one's own may be released by anybody. */
function moderating({ action, name, usage, help, parse }: ModerationCommand): TypedCommand {
  return {
    name,
    usage,
    help,
    forOperators: action !== "release",
    parse(words) {
      const deed = parse(words);
      return deed && intent({ type: "moderate", ...deed });
    },
  };
}

function parseWhisper(line: string): Typed {
  const { typedName, to, text } = addressee(line);
  if (typedName === "")
    return wrong("bad-command", "Write a name right after the @, then the text: @bob hello");
  if (to === undefined) return { type: "wrong", ...refusal("no-such-name", { name: typedName }) };
  if (text === "") return wrong("text-empty", `Write something for ${to} after the name: @${to} hello`);
  return intent({ type: "whisper", to, text });
}

/** Who a line that starts with `@` is for; `to` is missing when that is no name. */
function addressee(line: string): { typedName: string; to: string | undefined; text: string } {
  const [, word = "", text = ""] = /^\s*@(\S*)\s*(.*)$/su.exec(line) ?? [];
  // People write `@bob: hi` and `@bob, hi`; neither sign can be part of a name.
  const typedName = word.replace(/[:,]$/, "");
  return { typedName, to: parseName(typedName), text: text.trimEnd() };
}

function parseAudio(words: string[]): Typed | undefined {
  let seconds: number | undefined;
  let to: string | undefined;
  for (const word of words) {
    const name = word.startsWith("@") ? parseName(word.slice(1)) : undefined;
    if (name !== undefined && to === undefined) to = name;
    else if (/^-?\d+(\.\d+)?$/.test(word) && seconds === undefined) seconds = Number(word);
    else return undefined;
  }
  seconds ??= limits.transmissionSecondsDefault;
  if (seconds < 1 || seconds > limits.recordingSecondsMax) {
    return { type: "wrong", ...refusal("bad-seconds", { max: limits.recordingSecondsMax }) };
  }
  return intent(to === undefined ? { type: "record", seconds } : { type: "record", seconds, to });
}

function parseTalk([word, ...rest]: string[]): Typed | undefined {
  if (word === undefined) return intent({ type: "talk" });
  const to = word.startsWith("@") ? parseName(word.slice(1)) : undefined;
  return to === undefined || rest.length > 0 ? undefined : intent({ type: "talk", to });
}

function parsePlay([word, ...rest]: string[]): Typed | undefined {
  if (word === undefined) return intent({ type: "play" });
  const clip = clipNumber(word);
  return clip === undefined || rest.length > 0 ? undefined : intent({ type: "play", clip });
}

function parseSave([word = "", ...rest]: string[]): Typed | undefined {
  const clip = clipNumber(word);
  // Names of files have blanks in them.
  const file = rest.join(" ");
  return clip === undefined || file === "" ? undefined : intent({ type: "save", clip, file });
}

function clipNumber(word: string): number | undefined {
  return /^\d{1,15}$/.test(word) ? Number(word) : undefined;
}

function parseVolume(words: string[]): Typed | undefined {
  const named = words.find((word) => word.startsWith("@"));
  const [number = "", ...rest] = words.filter((word) => word !== named);
  const name = named === undefined ? undefined : parseName(named.slice(1));
  if (!/^\d{1,3}%?$/.test(number) || rest.length > 0 || (named !== undefined && name === undefined))
    return undefined;
  const percent = Number.parseInt(number, 10);
  return intent({ type: "volume", percent, ...(name === undefined ? {} : { name }) });
}

function parseHistory([word, ...rest]: string[]): Typed | undefined {
  if (word === undefined) return intent({ type: "history" });
  const limit = /^\d{1,4}$/.test(word) ? Number(word) : 0;
  if (rest.length > 0 || limit < 1) return undefined;
  if (limit <= limits.historyPageMax) return intent({ type: "history", limit });
  return wrong("bad-limit", `${limits.historyPageMax} lines can be shown at once, no more.`);
}

/** The parser of a command that takes one person, with the `@` or without. */
function aboutPerson(what: "mute" | "unmute" | "whois"): TypedCommand["parse"] {
  return ([word = "", ...rest]) => {
    const name = parseName(word.replace(/^@/, ""));
    return name === undefined || rest.length > 0 ? undefined : intent({ type: what, name });
  };
}

/** The parser of a command that takes no words. */
function alone(what: Command): TypedCommand["parse"] {
  return (words) => (words.length > 0 ? undefined : intent(what));
}

function intent(what: Command): Typed {
  return { type: "intent", intent: what };
}

function wrong(code: string, message: string): Typed {
  return { type: "wrong", code, message };
}
