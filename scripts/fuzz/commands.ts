/** Fuzzes the parsers of commands: JSON lines made from the schema, typed lines and pasted lines. */
import * as v from "valibot";
import { Command } from "../../lib/client/api.ts";
import { parseCommand } from "../../lib/frontends/scripts/json.ts";
import { commandNames, parsePasted, parseTyped } from "../../lib/frontends/text/typed-commands.ts";
import type { Random } from "../../test/support/random.ts";
import { makerOf } from "./schema.ts";
import { demand, fuzzer, shorter, without } from "./target.ts";
import { acts } from "./text.ts";
import { anyName, anyText, spoiled } from "./texts.ts";

interface Case {
  line: string;
  comes: "command" | "invalid" | "any";
  what: string;
  value?: unknown;
}

const commandTypes = Command.options.map((option) => ({
  what: option.entries.type.literal,
  ...makerOf(option),
}));

/** A value as a line of `--json`, where the type of a command is spelled `do`. */
function jsonLine(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !("type" in value))
    return JSON.stringify(value) ?? "null";
  const { type, ...fields } = value;
  return JSON.stringify({ do: type, ...fields });
}

function anyCommand(random: Random): Case {
  const { what, good, bad } = commandTypes[random.below(commandTypes.length)] ?? {
    what: "",
    good: () => null,
    bad: undefined,
  };
  const chance = random.below(10);
  const value = good(random);
  if (chance < 5) return { line: jsonLine(value), comes: "command", what, value };
  if (chance < 8) {
    const broken = bad?.(random) ?? null;
    return { line: jsonLine(broken), comes: "invalid", what };
  }
  return {
    line: new TextDecoder().decode(spoiled(new TextEncoder().encode(jsonLine(value)), random)),
    comes: "any",
    what,
  };
}

export const commands = fuzzer<Case>({
  name: "commands",
  wanted: commandTypes.flatMap(({ what }) => [`${what} accepted`, `${what} refused`]),
  make: anyCommand,
  check({ line, comes, what, value }, seen) {
    const parsed = parseCommand(line);
    demand(comes === "any" || parsed.type === comes, `comes to ${comes}`, parsed);
    if (parsed.type === "command") {
      seen(`${what} accepted`);
      demand(value === undefined || Bun.deepEquals(parsed.command, value), "is what was meant", parsed);
      demand(v.is(Command, parsed.command), "is a command", parsed);
    } else {
      seen(`${what} refused`);
      const { message, ref } = parsed;
      demand(message !== "" && !acts.test(message) && message.length < 300, "says why", parsed);
      demand(ref === undefined || typeof ref === "string", "has a ref or none", parsed);
    }
  },
  *smaller(one) {
    for (const line of shorter(one.line))
      yield { line, what: one.what, comes: one.comes === "command" ? "any" : one.comes };
  },
});

const words = [
  ...commandNames(true),
  "quit",
  "@bob",
  "@bob:",
  "@",
  "@@x",
  "//x",
  "!!x",
  "5",
  "0",
  "-1",
  "61",
  "50%",
  "999999999999999999",
  "a.wav",
  "x",
];

function anyLine(random: Random): string {
  const parts: string[] = [];
  for (let count = random.below(5); count >= 0; count -= 1) {
    const word = words[random.below(words.length)] ?? "";
    parts.push(random.chance(0.6) ? word : random.chance(0.3) ? `@${anyName(random)}` : anyText(random));
  }
  return parts.join(random.chance(0.9) ? " " : random.pick(["", "\t", "\u3000", "  "]));
}

export const typed = fuzzer<string[]>({
  name: "typed-lines",
  wanted: [
    ...new Set(commandTypes.map(({ what }) => what).filter((what) => what !== "stop" && what !== "cancel")),
    "help",
    "nothing",
    "invalid",
    "pasted to one",
    "pasted to all",
  ],
  make: (random) => Array.from({ length: 1 + random.below(3) }, () => anyLine(random)),
  check(lines, seen) {
    for (const line of lines) {
      const meant = parseTyped(line);
      if (meant.type === "command") {
        seen(meant.command.type);
        demand(v.is(Command, meant.command), "is a command", meant);
      } else seen(meant.type);
      if (meant.type === "invalid") demand(meant.message !== "", "says why", meant);
      if (meant.type === "nothing") demand(line.trim() === "", "only nothing means nothing", meant);
    }
    const { to, commands: pasted } = parsePasted(lines);
    seen(to === undefined ? "pasted to all" : "pasted to one");
    demand(pasted.length >= lines.length - 1 && pasted.length <= lines.length, "no line is lost", pasted);
    for (const one of pasted)
      demand(one.type === (to === undefined ? "say" : "whisper"), "all for the same", pasted);
  },
  inputs: (lines) => lines.length + 1,
  smaller: without,
});
