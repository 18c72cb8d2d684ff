/** The members of the room, as one person is told: no member joins twice, and only a member leaves. Pure. */
import type { ServerMessage } from "../../lib/protocol/messages.ts";

export interface Company {
  /** Takes a message that changes or lists the members; other messages change nothing. */
  hear(message: ServerMessage): void;
  /** All of them, oneself included, in one order. */
  names(): string[];
}

export function createCompany(me: () => string, wrong: (what: string) => void): Company {
  let names = new Set<string>();

  function come(name: string): void {
    if (names.has(name)) wrong(`${me()} was told that ${name} came in, who was in`);
    names.add(name);
  }
  function go(name: string): void {
    if (!names.delete(name)) wrong(`${me()} was told that ${name} went, who was not in`);
  }

  return {
    hear(message) {
      switch (message.type) {
        case "welcome":
          names = new Set([...message.members, message.you]);
          return;
        case "joined":
          return come(message.name);
        case "left":
          return go(message.name);
        case "renamed":
          go(message.from);
          return come(message.to);
        default:
      }
    },
    names: () => [...names].sort(),
  };
}
