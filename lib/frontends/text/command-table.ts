/**
 * The table of commands that can be typed. Parsing, `/help` and Tab completion all read it, so a new command is one row
 * here. The commands of operators come from protocol/moderation-commands.ts, which the server's console shares.
 */

import type { Command } from "../../client/api.ts";
import { refusal } from "../../protocol/errors.ts";
import { limits } from "../../protocol/limits.ts";
import { type ModerationCommand, moderationCommands } from "../../protocol/moderation-commands.ts";
import { parseName } from "../../protocol/text.ts";

/** The meaning of a typed line. */
export type Typed =
  | { type: "command"; command: Command }
  | { type: "help" }
  | { type: "nothing" }
  | { type: "invalid"; code: string; message: string };

/** A row of the table. */
export interface TypedCommand {
  /** The word that starts the command, with its sign. */
  name: string;
  /** Other words that mean the same when they are the whole line. */
  aliases?: string[];
  usage: string;
  help: string;
  /** Listed for operators only. Others may type it, and the server refuses. */
  forOperators?: boolean;
  /** Parses the words after the name; undefined when they do not match the usage. */
  parse(words: string[]): Typed | undefined;
}

/** Every command, in the order of `/help`. */
export const typedCommands: readonly TypedCommand[] = [
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
  { name: "/clips", usage: "/clips", help: "what was said and is kept", parse: noWords({ type: "clips" }) },
  { name: "/play", usage: "/play [ID]", help: "hear a clip again, or the newest", parse: parsePlay },
  { name: "/save", usage: "/save ID FILE.wav", help: "write a clip to a file", parse: parseSave },
  {
    name: "/volume",
    usage: "/volume [@NAME] PERCENT",
    help: "how loud you hear all, or one (0 to 200)",
    parse: parseVolume,
  },
  { name: "/mute", usage: "/mute @NAME", help: "stop hearing one person", parse: oneName("mute") },
  { name: "/unmute", usage: "/unmute @NAME", help: "hear them again", parse: oneName("unmute") },
  {
    name: "/history",
    usage: "/history [N] [ID]",
    help: `the last N lines (${limits.earlierLines}), or those before line ID`,
    parse: parseHistory,
  },
  {
    name: "/search",
    usage: "/search WORDS",
    help: "what was said with all these words",
    parse: (words) => (words.length === 0 ? undefined : command({ type: "search", words: words.join(" ") })),
  },
  { name: "/who", usage: "/who", help: "who is here", parse: noWords({ type: "who" }) },
  {
    name: "/whois",
    usage: "/whois @NAME",
    help: "who that is, by a key that you can compare",
    parse: oneName("whois"),
  },
  {
    name: "/name",
    usage: "/name NEW",
    help: "change your name",
    parse: ([name, ...rest]) =>
      name === undefined || rest.length > 0 ? undefined : command({ type: "rename", name }),
  },
  ...moderationCommands.map(moderationRow),
  {
    name: "/help",
    usage: "/help",
    help: "this list",
    parse: (words) => (words.length > 0 ? undefined : { type: "help" }),
  },
  { name: "/quit", aliases: ["quit"], usage: "/quit", help: "leave", parse: noWords({ type: "quit" }) },
];

export function command(what: Command): Typed {
  return { type: "command", command: what };
}

export function invalid(code: string, message: string): Typed {
  return { type: "invalid", code, message };
}

/** The row of a moderation command. Only `/release` is for everyone: a person may release their own name. */
function moderationRow({ action, name, usage, help, parse }: ModerationCommand): TypedCommand {
  return {
    name,
    usage,
    help,
    forOperators: action !== "release",
    parse(words) {
      const request = parse(words);
      return request && command({ type: "moderate", ...request });
    },
  };
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
    return { type: "invalid", ...refusal("bad-seconds", { max: limits.recordingSecondsMax }) };
  }
  return command(to === undefined ? { type: "record", seconds } : { type: "record", seconds, to });
}

function parseTalk([word, ...rest]: string[]): Typed | undefined {
  if (word === undefined) return command({ type: "talk" });
  const to = word.startsWith("@") ? parseName(word.slice(1)) : undefined;
  return to === undefined || rest.length > 0 ? undefined : command({ type: "talk", to });
}

function parsePlay([word, ...rest]: string[]): Typed | undefined {
  if (word === undefined) return command({ type: "play" });
  const clip = wholeNumber(word);
  return clip === undefined || rest.length > 0 ? undefined : command({ type: "play", clip });
}

function parseSave([word = "", ...rest]: string[]): Typed | undefined {
  const clip = wholeNumber(word);
  // File names may contain blanks.
  const file = rest.join(" ");
  return clip === undefined || file === "" ? undefined : command({ type: "save", clip, file });
}

function wholeNumber(word: string): number | undefined {
  return /^\d{1,15}$/.test(word) ? Number(word) : undefined;
}

function parseVolume(words: string[]): Typed | undefined {
  const nameWord = words.find((word) => word.startsWith("@"));
  const [number = "", ...rest] = words.filter((word) => word !== nameWord);
  const name = nameWord === undefined ? undefined : parseName(nameWord.slice(1));
  if (!/^\d{1,3}%?$/.test(number) || rest.length > 0 || (nameWord !== undefined && name === undefined))
    return undefined;
  const percent = Number.parseInt(number, 10);
  return command({ type: "volume", percent, ...(name === undefined ? {} : { name }) });
}

function parseHistory([word, idWord, ...rest]: string[]): Typed | undefined {
  if (word === undefined) return command({ type: "history" });
  const limit = /^\d{1,4}$/.test(word) ? Number(word) : 0;
  const before = idWord === undefined ? undefined : wholeNumber(idWord);
  if (rest.length > 0 || limit < 1 || (idWord !== undefined && before === undefined)) return undefined;
  if (limit > limits.historyPageMax)
    return invalid("bad-limit", `${limits.historyPageMax} lines can be shown at once, no more.`);
  return command({ type: "history", limit, ...(before === undefined ? {} : { before }) });
}

/** The parser of a command that takes one name, with or without the `@`. */
function oneName(type: "mute" | "unmute" | "whois"): TypedCommand["parse"] {
  return ([word = "", ...rest]) => {
    const name = parseName(word.replace(/^@/, ""));
    return name === undefined || rest.length > 0 ? undefined : command({ type, name });
  };
}

/** The parser of a command that takes no words. */
function noWords(what: Command): TypedCommand["parse"] {
  return (words) => (words.length > 0 ? undefined : command(what));
}
