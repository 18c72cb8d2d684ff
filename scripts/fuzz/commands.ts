/** What is typed and what scripts write: commands of JSON from their schema, typed lines, pasted ones. */
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
  comes: "intent" | "wrong" | "any";
  what: string;
  value?: unknown;
}

const intents = Command.options.map((option) => ({ what: option.entries.type.literal, ...makerOf(option) }));

function anyCommand(random: Random): Case {
  const { what, good, bad } = intents[random.below(intents.length)] ?? {
    what: "",
    good: () => null,
    bad: undefined,
  };
  const chance = random.below(10);
  const value = good(random);
  if (chance < 5) return { line: JSON.stringify(value), comes: "intent", what, value };
  if (chance < 8) {
    const broken = bad?.(random) ?? null;
    return { line: JSON.stringify(broken), comes: "wrong", what };
  }
  return {
    line: new TextDecoder().decode(spoiled(new TextEncoder().encode(JSON.stringify(value)), random)),
    comes: "any",
    what,
  };
}

export const commands = fuzzer<Case>({
  name: "commands",
  wanted: intents.flatMap(({ what }) => [`${what} accepted`, `${what} refused`]),
  make: anyCommand,
  check({ line, comes, what, value }, seen) {
    const command = parseCommand(line);
    const outcome = "intent" in command ? "intent" : "wrong";
    demand(comes === "any" || outcome === comes, `comes to ${comes}`, command);
    if ("intent" in command) {
      seen(`${what} accepted`);
      demand(value === undefined || Bun.deepEquals(command.intent, value), "is what was meant", command);
      demand(v.is(Command, command.intent), "is an intent", command);
    } else {
      seen(`${what} refused`);
      demand(
        command.wrong !== "" && !acts.test(command.wrong) && command.wrong.length < 300,
        "says why",
        command,
      );
      demand(command.ref === undefined || typeof command.ref === "string", "has a ref or none", command);
    }
  },
  *smaller(one) {
    for (const line of shorter(one.line))
      yield { line, what: one.what, comes: one.comes === "intent" ? "any" : one.comes };
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
    ...new Set(intents.map(({ what }) => what).filter((what) => what !== "stop" && what !== "cancel")),
    "help",
    "nothing",
    "wrong",
    "pasted to one",
    "pasted to all",
  ],
  make: (random) => Array.from({ length: 1 + random.below(3) }, () => anyLine(random)),
  check(lines, seen) {
    for (const line of lines) {
      const meant = parseTyped(line);
      if (meant.type === "intent") {
        seen(meant.intent.type);
        demand(v.is(Command, meant.intent), "is an intent", meant);
      } else seen(meant.type);
      if (meant.type === "wrong") demand(meant.message !== "", "says why", meant);
      if (meant.type === "nothing") demand(line.trim() === "", "only nothing means nothing", meant);
    }
    const { to, intents: pasted } = parsePasted(lines);
    seen(to === undefined ? "pasted to all" : "pasted to one");
    demand(pasted.length >= lines.length - 1 && pasted.length <= lines.length, "no line is lost", pasted);
    for (const one of pasted)
      demand(one.type === (to === undefined ? "say" : "whisper"), "all for the same", pasted);
  },
  inputs: (lines) => lines.length + 1,
  smaller: without,
});
