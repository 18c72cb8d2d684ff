/** Tab completion of commands and names. */
import { describe, expect, test } from "bun:test";
import { complete } from "../../../lib/frontends/terminal/completion.ts";

describe("Tab completion", () => {
  const names = ["bob", "Bea", "Beatrix", "陈伟"];
  const commands = ["/help", "/who", "!audio"];
  test("inserts the only match and a space", () => {
    expect(complete("/h", commands, names)).toEqual({ start: 0, text: "/help ", choices: [] });
    expect(complete("!audio @BO", commands, names)).toEqual({ start: 7, text: "@bob ", choices: [] });
    expect(complete("@陈", commands, names)?.text).toBe("@陈伟 ");
  });
  test("inserts the common prefix of several matches and lists them", () => {
    expect(complete("@be", commands, names)).toEqual({
      start: 0,
      text: "@Bea",
      choices: ["@Bea", "@Beatrix"],
    });
    expect(complete("@", commands, names)?.choices).toHaveLength(4);
  });
  test("leaves other words unchanged", () => {
    expect(complete("hello", commands, names)).toBeUndefined();
    expect(complete("say /h", commands, names)).toBeUndefined();
    expect(complete("@zoe", commands, names)).toBeUndefined();
  });
});
