/** The server's own console: what whoever runs the server may type at its terminal, and what they read of it. Pure. */
import type { ServerMessage } from "../../protocol/messages.ts";
import { moderationCommands } from "../../protocol/moderation-commands.ts";
import type { ConsoleMessage } from "../core.ts";

export type ConsoleInput =
  | { type: "ask"; message: ConsoleMessage }
  | { type: "quit" }
  /** There is only something to read. */
  | { type: "read"; lines: string[] };

const own = [
  { usage: "/who", help: "who is here" },
  { usage: "/help", help: "this list" },
  { usage: "/quit", help: "stop the server" },
];

/** Of the console there is one: its questions need no numbers. */
const ref = "console";

/** What a typed line means. */
export function readConsole(line: string): ConsoleInput {
  const [first = "", ...words] = line.trim().split(/\s+/);
  const name = first.toLowerCase();
  if (name === "") return { type: "read", lines: [] };
  const command = moderationCommands.find((one) => one.name === name);
  if (command !== undefined) {
    const deed = command.parse(words);
    if (deed === undefined) return { type: "read", lines: [`Usage: ${command.usage}`] };
    return { type: "ask", message: { type: "moderate", ...deed, ref } };
  }
  if (words.length > 0) return { type: "read", lines: [notUnderstood] };
  switch (name) {
    case "/who":
      return { type: "ask", message: { type: "who" } };
    case "/help":
      return { type: "read", lines: helpLines() };
    case "/quit":
      return { type: "quit" };
    default:
      return { type: "read", lines: [notUnderstood] };
  }
}

const notUnderstood =
  "This is the console of the server, which takes commands: /help lists them. To talk, start holler.";

function helpLines(): string[] {
  const rows = [...moderationCommands, ...own];
  const column = Math.max(...rows.map(({ usage }) => usage.length)) + 2;
  return rows.map(({ usage, help }) => usage.padEnd(column) + help);
}

/** What the console reads of an answer. */
export function answerLines(message: ServerMessage): string[] {
  switch (message.type) {
    case "error":
      return [message.message];
    case "members": {
      const { names, guests = [] } = message;
      if (names.length === 0) return ["Nobody is here."];
      return [`Here: ${names.map((name) => (guests.includes(name) ? `${name} (guest)` : name)).join(", ")}`];
    }
    case "moderated": {
      const { action, name, names } = message;
      if (names === undefined) return [`Done: ${action}${name === undefined ? "" : ` ${name}`}`];
      return [names.length === 0 ? "Nobody is banned." : `Banned: ${names.join(", ")}`];
    }
    default:
      return [];
  }
}
