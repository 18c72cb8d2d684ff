/** Parses what the operator types at the console of the server, and words the answers. Pure. */
import type { ServerMessage } from "../../protocol/messages.ts";
import { moderationCommands } from "../../protocol/moderation-commands.ts";
import type { ConsoleMessage } from "../core.ts";

export type ConsoleInput =
  | { type: "ask"; message: ConsoleMessage }
  | { type: "quit" }
  /** Only these lines are shown. */
  | { type: "read"; lines: string[] };

const own = [
  { usage: "/who", help: "who is here" },
  { usage: "/help", help: "this list" },
  { usage: "/quit", help: "stop the server" },
];

/** There is one console, so that all its messages may have the same `ref`. */
const ref = "console";

/** Parses a typed line. */
export function readConsole(line: string): ConsoleInput {
  const [first = "", ...words] = line.trim().split(/\s+/);
  const name = first.toLowerCase();
  if (name === "") return { type: "read", lines: [] };
  const command = moderationCommands.find((one) => one.name === name);
  if (command !== undefined) {
    const action = command.parse(words);
    if (action === undefined) return { type: "read", lines: [`Usage: ${command.usage}`] };
    return { type: "ask", message: { type: "moderate", ...action, ref } };
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

/** The answer to Ctrl-D. */
export const endOfFileHint = "Ctrl-D ends nothing here: the server goes on. /quit stops it.";

function helpLines(): string[] {
  const rows = [...moderationCommands, ...own];
  const column = Math.max(...rows.map(({ usage }) => usage.length)) + 2;
  return rows.map(({ usage, help }) => usage.padEnd(column) + help);
}

/** The lines that the console shows for an answer; none for a message that is no answer. */
export function answerLines(message: ServerMessage): string[] {
  switch (message.type) {
    case "error":
      return [message.message];
    case "members": {
      const { names, guests = [] } = message;
      if (names.length === 0) return ["No one is here."];
      return [`Here: ${names.map((name) => (guests.includes(name) ? `${name} (guest)` : name)).join(", ")}`];
    }
    case "moderated": {
      const { action, name, names } = message;
      if (names === undefined) return [`Done: ${action}${name === undefined ? "" : ` ${name}`}`];
      return [names.length === 0 ? "No one is banned." : `Banned: ${names.join(", ")}`];
    }
    default:
      return [];
  }
}
