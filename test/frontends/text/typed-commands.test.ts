/** Every kind of line a person can type, and what a paste of several comes to. */
import { describe, expect, test } from "bun:test";
import type { Intent } from "../../../lib/client/api.ts";
import {
  commandNames,
  helpLines,
  parsePasted,
  parseTyped,
} from "../../../lib/frontends/text/typed-commands.ts";

describe("a typed line", () => {
  const meant: [string, Intent][] = [
    ["hello", { do: "say", text: "hello" }],
    ["  hello you  ", { do: "say", text: "hello you" }],
    ["3 > 2 @bob /who", { do: "say", text: "3 > 2 @bob /who" }],
    ["quit now", { do: "say", text: "quit now" }],
    ["quitting", { do: "say", text: "quitting" }],
    ["@bob psst", { do: "whisper", to: "bob", text: "psst" }],
    ["@bob:  psst  you", { do: "whisper", to: "bob", text: "psst  you" }],
    ["@陈伟, 你好", { do: "whisper", to: "陈伟", text: "你好" }],
    ["@bob @bob", { do: "whisper", to: "bob", text: "@bob" }],
    ["!audio", { do: "record", seconds: 5 }],
    ["!AUDIO", { do: "record", seconds: 5 }],
    ["!audio 1", { do: "record", seconds: 1 }],
    ["!audio 60", { do: "record", seconds: 60 }],
    ["!audio 2.5", { do: "record", seconds: 2.5 }],
    ["!audio @bob", { do: "record", seconds: 5, to: "bob" }],
    ["!audio @bob 12", { do: "record", seconds: 12, to: "bob" }],
    ["!audio 12 @bob", { do: "record", seconds: 12, to: "bob" }],
    ["!talk", { do: "talk" }],
    ["!talk @bob", { do: "talk", to: "bob" }],
    ["/clips", { do: "clips" }],
    ["/play", { do: "play" }],
    ["/play 7", { do: "play", clip: 7 }],
    ["/save 7 bob.wav", { do: "save", clip: 7, file: "bob.wav" }],
    ["/save 7 ~/my clips/bob said.wav", { do: "save", clip: 7, file: "~/my clips/bob said.wav" }],
    ["/volume 50", { do: "volume", percent: 50 }],
    ["/volume 120%", { do: "volume", percent: 120 }],
    ["/volume @bob 50", { do: "volume", percent: 50, name: "bob" }],
    ["/volume 0 @bob", { do: "volume", percent: 0, name: "bob" }],
    ["/mute @bob", { do: "mute", name: "bob" }],
    ["/mute bob", { do: "mute", name: "bob" }],
    ["/unmute @陈伟", { do: "unmute", name: "陈伟" }],
    ["/history", { do: "history" }],
    ["/history 50", { do: "history", limit: 50 }],
    ["/search build  green", { do: "search", words: "build green" }],
    ["/who", { do: "who" }],
    ["/whois @bob", { do: "whois", name: "bob" }],
    ["/whois bob", { do: "whois", name: "bob" }],
    ["/kick @bob", { do: "moderate", action: "kick", name: "bob" }],
    ["/ban bob too  loud", { do: "moderate", action: "ban", name: "bob", reason: "too loud" }],
    ["/bans", { do: "moderate", action: "bans" }],
    ["/silence @bob 5 hush", { do: "moderate", action: "silence", name: "bob", minutes: 5, reason: "hush" }],
    ["/lock", { do: "moderate", action: "lock", on: true }],
    ["/announce off", { do: "moderate", action: "announce", on: false }],
    ["/floor", { do: "moderate", action: "floor" }],
    ["/release alice", { do: "moderate", action: "release", name: "alice" }],
    ["/name robert", { do: "rename", name: "robert" }],
    ["/quit", { do: "quit" }],
    ["quit", { do: "quit" }],
    ["@@bob is a handle", { do: "say", text: "@bob is a handle" }],
    ["//usr/bin", { do: "say", text: "/usr/bin" }],
    ["!!wow", { do: "say", text: "!wow" }],
    ["!!!", { do: "say", text: "!!" }],
  ];
  test.each(meant)("%p", (line, intent) => {
    expect(parseTyped(line)).toEqual({ kind: "intent", intent });
  });

  test("/help asks for the list, a blank line for nothing", () => {
    expect(parseTyped("/help")).toEqual({ kind: "help" });
    expect(parseTyped("")).toEqual({ kind: "nothing" });
    expect(parseTyped(" \t ")).toEqual({ kind: "nothing" });
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
    ["/kick", "bad-command", /Usage: \/kick @NAME \[WHY\]/],
    ["/announce", "bad-command", /Usage: \/announce on\|off/],
    ["/who there", "bad-command", /Usage: \/who/],
    ["/name", "bad-command", /Usage: \/name NEW/],
    ["/name a b", "bad-command", /Usage: \/name NEW/],
    ["/usr/bin/env", "bad-command", /no command \/usr\/bin\/env.*\/help.*\/\/usr\/bin\/env/],
    ["!x", "bad-command", /no command !x.*!!x/],
    ["!", "bad-command", /no command !/],
  ];
  test.each(refused)("%p is refused", (line, code, message) => {
    const typed = parseTyped(line);
    expect(typed).toMatchObject({ kind: "wrong", code });
    expect(typed.kind === "wrong" && typed.message).toMatch(message);
  });
});

describe("a paste", () => {
  test("is said as it stands, commands included", () => {
    expect(parsePasted(["/quit", "quit", "!audio", "//x"]).intents).toEqual([
      { do: "say", text: "/quit" },
      { do: "say", text: "quit" },
      { do: "say", text: "!audio" },
      { do: "say", text: "//x" },
    ]);
  });

  test("goes to one person whole, so that nothing of it is said to everybody", () => {
    const whispers: Intent[] = [
      { do: "whisper", to: "bob", text: "one" },
      { do: "whisper", to: "bob", text: "two" },
    ];
    expect(parsePasted(["@bob one", "two"])).toEqual({ to: "bob", intents: whispers });
    expect(parsePasted(["@bob", "one", "two"])).toEqual({ to: "bob", intents: whispers });
  });
});

test.each([true, false])("/help shows every command once, in two columns; of operators: %p", (isOperator) => {
  const lines = helpLines(isOperator);
  for (const name of commandNames(isOperator))
    expect(lines.filter((line) => line.split(" ")[0] === name)).toHaveLength(1);
  const listed = commandNames(isOperator).filter((name) => ["/kick", "/floor", "/release"].includes(name));
  // A name of one's own is everybody's to release.
  expect(listed).toEqual(isOperator ? ["/kick", "/floor", "/release"] : ["/release"]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
});
