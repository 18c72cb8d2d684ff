/** The commands of operators in one table, for the client and for the server's own console. Pure. */
import { limits } from "./limits.ts";
import type { ClientMessageOf, ModerationAction } from "./messages.ts";
import { parseName } from "./text.ts";

/** A moderation action with its parameters: the fields of `moderate`. */
export type ModerationRequest = Omit<ClientMessageOf<"moderate">, "type" | "ref">;

export interface ModerationCommand {
  action: ModerationAction;
  /** The word that starts it, its sign included. */
  name: string;
  usage: string;
  help: string;
  /** Parses the words after the name; undefined when they do not match the usage. */
  parse(words: string[]): ModerationRequest | undefined;
}

/** Every command, in the order of `/help`. */
export const moderationCommands: readonly ModerationCommand[] = [
  command("kick", "@NAME [WHY]", "remove a person from the room", toPerson("kick")),
  command("ban", "@NAME [WHY]", "remove a person, who cannot come back", toPerson("ban")),
  command("unban", "@NAME", "let them come back", toName("unban")),
  command("bans", "", "who is banned", (words) => (words.length > 0 ? undefined : { action: "bans" })),
  command(
    "silence",
    "@NAME [MINUTES] [WHY]",
    `no one hears or reads them (${limits.silenceMinutesDefault} minutes)`,
    parseSilence,
  ),
  command("unsilence", "@NAME", "let them speak again", toName("unsilence")),
  command("lock", "[on|off]", "let no one new come in", (words) =>
    words.length === 0 ? { action: "lock", on: true } : toSwitch("lock")(words),
  ),
  command("announce", "on|off", "only operators speak", toSwitch("announce")),
  command("floor", "[@NAME]", "end all voice; with a name: they talk next", (words) =>
    words.length === 0 ? { action: "floor" } : toName("floor")(words),
  ),
  command("op", "@NAME", "make a person an operator", toName("op")),
  command("deop", "@NAME", "take that back", toName("deop")),
  command("release", "@NAME", "let a name belong to no one", toName("release")),
];

function command(
  action: ModerationAction,
  usage: string,
  help: string,
  parse: ModerationCommand["parse"],
): ModerationCommand {
  return { action, name: `/${action}`, usage: `/${action} ${usage}`.trimEnd(), help, parse };
}

/** A name, with the `@` or without. */
function nameIn(word: string | undefined): string | undefined {
  return word === undefined ? undefined : parseName(word.replace(/^@/, ""));
}

/** The parser of a command that takes one name and nothing else. */
function toName(action: ModerationAction): ModerationCommand["parse"] {
  return ([word, ...rest]) => {
    const name = nameIn(word);
    return name === undefined || rest.length > 0 ? undefined : { action, name };
  };
}

/** The parser of a command that takes a name, and perhaps a reason. */
function toPerson(action: ModerationAction): ModerationCommand["parse"] {
  return ([word, ...why]) => {
    const name = nameIn(word);
    return name === undefined ? undefined : { action, name, ...reasonIn(why) };
  };
}

function toSwitch(action: ModerationAction): ModerationCommand["parse"] {
  return ([word, ...rest]) => {
    const isSwitch = rest.length === 0 && (word === "on" || word === "off");
    return isSwitch ? { action, on: word === "on" } : undefined;
  };
}

function parseSilence([word, ...rest]: string[]): ModerationRequest | undefined {
  const name = nameIn(word);
  if (name === undefined) return undefined;
  const [first = "", ...why] = rest;
  if (!/^\d+$/.test(first)) return { action: "silence", name, ...reasonIn(rest) };
  const minutes = Number(first);
  if (minutes < 1 || minutes > limits.silenceMinutesMax) return undefined;
  return { action: "silence", name, minutes, ...reasonIn(why) };
}

function reasonIn(words: string[]): { reason?: string } {
  return words.length === 0 ? {} : { reason: words.join(" ") };
}
