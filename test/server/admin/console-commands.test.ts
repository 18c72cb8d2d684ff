/** Tests what the console of the server makes of typed lines, and what it shows. */
import { describe, expect, test } from "bun:test";
import { moderationCommands } from "../../../lib/protocol/moderation-commands.ts";
import { answerLines, readConsole } from "../../../lib/server/admin/console-commands.ts";

describe("a line at the console", () => {
  test.each([
    ["/who", { type: "who" }],
    [
      "  /KICK @bob  too loud ",
      { type: "moderate", action: "kick", name: "bob", reason: "too loud", ref: "console" },
    ],
    ["/lock", { type: "moderate", action: "lock", on: true, ref: "console" }],
  ] as const)("%s becomes a message to the room", (line, message) => {
    expect(readConsole(line)).toEqual({ type: "ask", message });
  });

  test("/quit stops the server", () => expect(readConsole("/quit")).toEqual({ type: "quit" }));

  test("that is empty shows nothing", () => expect(readConsole(" \t")).toEqual({ type: "read", lines: [] }));

  test("with wrong arguments shows the usage of its command", () => {
    expect(readConsole("/kick")).toEqual({ type: "read", lines: ["Usage: /kick @NAME [WHY]"] });
  });

  test.each(["hello all", "/dance", "/quit now", "@bob hi"])("%s shows a hint at /help", (line) => {
    expect(readConsole(line)).toEqual({ type: "read", lines: [expect.stringContaining("/help")] });
  });

  test("/help lists every command, with the explanations in one column", () => {
    const help = readConsole("/help");
    const lines = help.type === "read" ? help.lines : [];
    for (const { usage } of moderationCommands)
      expect(lines.filter((line) => line.startsWith(usage))).not.toEqual([]);
    expect(lines.map((line) => line.split(" ")[0])).toEqual(
      expect.arrayContaining(["/who", "/help", "/quit"]),
    );
    expect(new Set(lines.map((line) => line.search(/(?<= {2})\S/))).size).toBe(1);
  });
});

test("the console shows each answer in one line", () => {
  expect(answerLines({ type: "members", names: ["alice", "bob"], guests: ["bob"] })).toEqual([
    "Here: alice, bob (guest)",
  ]);
  expect(answerLines({ type: "members", names: [] })).toEqual(["No one is here."]);
  expect(answerLines({ type: "moderated", action: "bans", names: ["bob", "carol"] })).toEqual([
    "Banned: bob, carol",
  ]);
  expect(answerLines({ type: "moderated", action: "bans", names: [] })).toEqual(["No one is banned."]);
  expect(answerLines({ type: "moderated", action: "kick", name: "bob" })).toEqual(["Done: kick bob"]);
  expect(answerLines({ type: "error", code: "not-banned", message: "bob is not banned." })).toEqual([
    "bob is not banned.",
  ]);
});
