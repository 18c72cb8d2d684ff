/** The meaning of every kind of typed line and of pasted lines, and the lists of commands. */
import { describe, expect, test } from "bun:test";
import type { Command } from "../../../lib/client/api.ts";
import {
  commandNames,
  helpLines,
  parsePasted,
  parseTyped,
} from "../../../lib/frontends/text/typed-commands.ts";

describe("the meaning of a typed line", () => {
  const meant: [string, Command][] = [
    ["hello", { type: "say", text: "hello" }],
    ["  hello you  ", { type: "say", text: "hello you" }],
    ["3 > 2 @bob /who", { type: "say", text: "3 > 2 @bob /who" }],
    ["quit now", { type: "say", text: "quit now" }],
    ["quitting", { type: "say", text: "quitting" }],
    ["@bob psst", { type: "whisper", to: "bob", text: "psst" }],
    ["@bob:  psst  you", { type: "whisper", to: "bob", text: "psst  you" }],
    ["@陈伟, 你好", { type: "whisper", to: "陈伟", text: "你好" }],
    ["@bob @bob", { type: "whisper", to: "bob", text: "@bob" }],
    ["!audio", { type: "record", seconds: 5 }],
    ["!AUDIO", { type: "record", seconds: 5 }],
    ["!audio 1", { type: "record", seconds: 1 }],
    ["!audio 60", { type: "record", seconds: 60 }],
    ["!audio 2.5", { type: "record", seconds: 2.5 }],
    ["!audio @bob", { type: "record", seconds: 5, to: "bob" }],
    ["!audio @bob 12", { type: "record", seconds: 12, to: "bob" }],
    ["!audio 12 @bob", { type: "record", seconds: 12, to: "bob" }],
    ["!talk", { type: "talk" }],
    ["!talk @bob", { type: "talk", to: "bob" }],
    ["/clips", { type: "clips" }],
    ["/play", { type: "play" }],
    ["/play 7", { type: "play", clip: 7 }],
    ["/save 7 bob.wav", { type: "save", clip: 7, file: "bob.wav" }],
    ["/save 7 ~/my clips/bob said.wav", { type: "save", clip: 7, file: "~/my clips/bob said.wav" }],
    ["/volume 50", { type: "volume", percent: 50 }],
    ["/volume 120%", { type: "volume", percent: 120 }],
    ["/volume @bob 50", { type: "volume", percent: 50, name: "bob" }],
    ["/volume 0 @bob", { type: "volume", percent: 0, name: "bob" }],
    ["/mute @bob", { type: "mute", name: "bob" }],
    ["/mute bob", { type: "mute", name: "bob" }],
    ["/unmute @陈伟", { type: "unmute", name: "陈伟" }],
    ["/history", { type: "history" }],
    ["/history 50", { type: "history", limit: 50 }],
    ["/history 50 8812", { type: "history", limit: 50, before: 8_812 }],
    ["/search build  green", { type: "search", words: "build green" }],
    ["/who", { type: "who" }],
    ["/whois @bob", { type: "whois", name: "bob" }],
    ["/whois bob", { type: "whois", name: "bob" }],
    ["/kick @bob", { type: "moderate", action: "kick", name: "bob" }],
    ["/ban bob too  loud", { type: "moderate", action: "ban", name: "bob", reason: "too loud" }],
    ["/bans", { type: "moderate", action: "bans" }],
    [
      "/silence @bob 5 calm down",
      { type: "moderate", action: "silence", name: "bob", minutes: 5, reason: "calm down" },
    ],
    ["/lock", { type: "moderate", action: "lock", on: true }],
    ["/announce off", { type: "moderate", action: "announce", on: false }],
    ["/floor", { type: "moderate", action: "floor" }],
    ["/release alice", { type: "moderate", action: "release", name: "alice" }],
    ["/name robert", { type: "rename", name: "robert" }],
    ["/quit", { type: "quit" }],
    ["quit", { type: "quit" }],
    ["@@bob is a handle", { type: "say", text: "@bob is a handle" }],
    ["//usr/bin", { type: "say", text: "/usr/bin" }],
    ["!!wow", { type: "say", text: "!wow" }],
    ["!!!", { type: "say", text: "!!" }],
  ];
  test.each(meant)("of %p is the command %j", (line, command) => {
    expect(parseTyped(line)).toEqual({ type: "command", command });
  });

  test("is the list of commands for /help and nothing for a blank line", () => {
    expect(parseTyped("/help")).toEqual({ type: "help" });
    expect(parseTyped("")).toEqual({ type: "nothing" });
    expect(parseTyped(" \t ")).toEqual({ type: "nothing" });
  });

  const refused: [string, string, RegExp][] = [
    ["@bob", "text-empty", /@bob hello/],
    ["@", "bad-command", /name right after the @/],
    ["@ bob hi", "bad-command", /name right after the @/],
    ["@b*b hi", "no-such-name", /b\*b/],
    ["!audio 0", "bad-seconds", /1 to 60/],
    ["!audio 61", "bad-seconds", /1 to 60/],
    ["!audio -3", "bad-seconds", /1 to 60/],
    ["!audio bob", "bad-command", /!audio \[SECONDS\] \[@NAME\]/],
    ["!audio 5 6", "bad-command", /Usage/],
    ["!audio @bob @carol", "bad-command", /Usage/],
    ["!audio 300", "bad-seconds", /1 to 60/],
    ["!talk 5", "bad-command", /Usage: !talk \[@NAME\]/],
    ["!talk @bob @carol", "bad-command", /Usage/],
    ["!talk @b*b", "bad-command", /Usage/],
    ["/clips 5", "bad-command", /Usage: \/clips/],
    ["/play bob", "bad-command", /Usage: \/play \[ID\]/],
    ["/play -1", "bad-command", /Usage/],
    ["/play 1 2", "bad-command", /Usage/],
    ["/play 9999999999999999", "bad-command", /Usage/],
    ["/save 7", "bad-command", /Usage: \/save ID FILE\.wav/],
    ["/save bob.wav 7", "bad-command", /Usage/],
    ["/volume", "bad-command", /Usage: \/volume \[@NAME\] PERCENT/],
    ["/volume @bob", "bad-command", /Usage/],
    ["/volume bob 50", "bad-command", /Usage/],
    ["/volume @b*b 50", "bad-command", /Usage/],
    ["/volume 1.5", "bad-command", /Usage/],
    ["/mute", "bad-command", /Usage: \/mute @NAME/],
    ["/mute @bob @carol", "bad-command", /Usage/],
    ["/unmute @b*b", "bad-command", /Usage: \/unmute @NAME/],
    ["/whois", "bad-command", /Usage: \/whois @NAME/],
    ["/history 50 bob", "bad-command", /Usage: \/history \[N\] \[ID\]/],
    ["/history 50 1 2", "bad-command", /Usage/],
    ["/history 201 5", "bad-limit", /200 lines/],
    ["/kick", "bad-command", /Usage: \/kick @NAME \[WHY\]/],
    ["/announce", "bad-command", /Usage: \/announce on\|off/],
    ["/who there", "bad-command", /Usage: \/who/],
    ["/name", "bad-command", /Usage: \/name NEW/],
    ["/name a b", "bad-command", /Usage: \/name NEW/],
    ["/usr/bin/env", "bad-command", /no command \/usr\/bin\/env.*\/help.*\/\/usr\/bin\/env/],
    ["!x", "bad-command", /no command !x.*!!x/],
    ["!", "bad-command", /no command !/],
  ];
  test.each(refused)("of %p is the error %s", (line, code, message) => {
    const typed = parseTyped(line);
    expect(typed).toMatchObject({ type: "invalid", code });
    expect(typed.type === "invalid" && typed.message).toMatch(message);
  });
});

describe("a paste", () => {
  test("is sent as text, commands included", () => {
    expect(parsePasted(["/quit", "quit", "!audio", "//x"]).commands).toEqual([
      { type: "say", text: "/quit" },
      { type: "say", text: "quit" },
      { type: "say", text: "!audio" },
      { type: "say", text: "//x" },
    ]);
  });

  test("that begins with a name goes to that person as a whole", () => {
    const whispers: Command[] = [
      { type: "whisper", to: "bob", text: "one" },
      { type: "whisper", to: "bob", text: "two" },
    ];
    expect(parsePasted(["@bob one", "two"])).toEqual({ to: "bob", commands: whispers });
    expect(parsePasted(["@bob", "one", "two"])).toEqual({ to: "bob", commands: whispers });
  });
});

test.each([true, false])(
  "/help lists every command once in two columns (for an operator: %p)",
  (isOperator) => {
    const lines = helpLines(isOperator);
    for (const name of commandNames(isOperator))
      expect(lines.filter((line) => line.split(" ")[0] === name)).toHaveLength(1);
    const listed = commandNames(isOperator).filter((name) => ["/kick", "/floor", "/release"].includes(name));
    // Everyone may release their own name.
    expect(listed).toEqual(isOperator ? ["/kick", "/floor", "/release"] : ["/release"]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  },
);
