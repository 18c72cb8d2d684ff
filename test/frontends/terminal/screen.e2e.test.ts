/** The interactive front end in a real terminal: incoming lines, typing, resizing and pasting keep the rows intact. */
import { afterEach, describe, expect, test } from "bun:test";
import type { Command } from "../../../lib/client/api.ts";
import { closeFixtures, last, openChat, said, squeezed } from "../terminal-fixture.ts";

afterEach(closeFixtures);

describe("incoming lines in a terminal", () => {
  test("appear above a typed line of several rows, and the cursor stays in it", async () => {
    const { tmux, show } = await openChat({ width: 40, height: 20 });
    await tmux.type("漢字 and 😀 then a sentence that is much wider than the terminal is");
    await tmux.waitFor((rows) => rows.at(-1)?.endsWith("is") === true);
    await tmux.press("Left", "Left", "Left");
    const typed = ["> 漢字 and 😀 then a sentence that is m", "uch wider than the terminal is"];
    for (let line = 0; line < 15; line += 1) show(said("bob", `line ${line} ${"long ".repeat(line)}`.trim()));
    const rows = await tmux.waitFor((screen) => screen.at(-3)?.startsWith("  long") === true);
    expect(last(rows, 2)).toEqual(typed);
    expect(await tmux.cursor()).toEqual({ row: 19, column: 27 });
    const everything = await tmux.everything();
    for (let line = 0; line < 15; line += 1) {
      expect(everything.filter((row) => /^bob: line (\d+)/.exec(row)?.[1] === String(line))).toHaveLength(1);
    }
    expect(everything.filter((row) => row.startsWith(">"))).toHaveLength(1);
  });

  test("leave a list of choices below the line intact", async () => {
    const { tmux, show } = await openChat();
    await tmux.type("@b");
    await tmux.press("Tab");
    await tmux.waitFor((rows) => rows.at(-1) === "@Bea  @bob");
    show({ type: "joined", name: "dave" });
    const rows = await tmux.waitFor((screen) => screen.includes("→ dave joined"));
    expect(last(rows, 3)).toEqual(["→ dave joined", "> @b", "@Bea  @bob"]);
    await tmux.type("o");
    expect(last(await tmux.waitFor((screen) => screen.at(-1) === "> @bo"), 2)).toEqual([
      "→ dave joined",
      "> @bo",
    ]);
  });

  test("appear in order, a thousand at once, without a trace of the prompt between them", async () => {
    const { tmux, show } = await openChat({ width: 60, height: 20 });
    await tmux.type("being typed");
    show(...Array.from({ length: 1_000 }, (_, index) => said("bob", `number ${index}`)));
    const rows = await tmux.waitFor((screen) => screen.at(-2) === "bob: number 999");
    expect(rows.at(-1)).toBe("> being typed");
    const lines = (await tmux.everything()).filter((row) => row.startsWith("bob: "));
    expect(lines).toEqual(Array.from({ length: 1_000 }, (_, index) => `bob: number ${index}`));
  });
});

describe("typing in a terminal", () => {
  test("sends a line on Enter, shows it confirmed, and brings it back by the arrow keys", async () => {
    const { tmux, commands } = await openChat();
    await tmux.type("hello");
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.at(-2) === "alice: hello" && rows.at(-1) === ">");
    await tmux.press("Up");
    await tmux.waitFor((rows) => rows.at(-1) === "> hello");
    await tmux.press("BSpace", "Enter");
    await tmux.waitFor((rows) => rows.at(-2) === "alice: hell");
    expect(commands().map((command) => command.type)).toEqual(["say", "say"]);
    expect((await tmux.everything()).filter((row) => row.includes("hello"))).toHaveLength(1);
  });

  test("handles wide and joined characters as one character each", async () => {
    const { tmux } = await openChat();
    await tmux.type("日本語 👩‍👩‍👧 e\u0301");
    await tmux.waitFor((rows) => rows.at(-1)?.startsWith("> 日本語") === true);
    await tmux.press("BSpace", "BSpace", "BSpace", "BSpace");
    expect((await tmux.waitFor((rows) => rows.at(-1) === "> 日本語")).at(-1)).toBe("> 日本語");
    await tmux.press("BSpace", "Left", "x");
    await tmux.waitFor((rows) => rows.at(-1) === "> 日x本");
    expect((await tmux.cursor()).column).toBe(5);
  });

  test("completes commands and names by Tab", async () => {
    const { tmux } = await openChat();
    await tmux.type("!a");
    await tmux.press("Tab");
    await tmux.type("@car");
    await tmux.press("Tab");
    await tmux.type("9");
    await tmux.waitFor((rows) => rows.at(-1) === "> !audio @carol 9");
  });

  test("keeps an invalid line for correction and puts a refused one back", async () => {
    const { tmux, show } = await openChat();
    await tmux.type("/hlep");
    await tmux.press("Enter");
    await tmux.waitFor(
      (rows) => rows.at(-1) === "> /hlep" && rows.at(-2)?.startsWith("! There is no command /hlep") === true,
    );
    await tmux.press("C-u");
    await tmux.waitFor((rows) => rows.at(-1) === ">");
    show({ type: "error", code: "no-such-name", message: "There is no bbo here.", text: "@bbo hi" });
    await tmux.waitFor((rows) => rows.at(-1) === "> @bbo hi" && rows.at(-2) === "! There is no bbo here.");
  });

  test("survives a terminal that gets narrower and wider", async () => {
    const { tmux, show, reports, waitFor } = await openChat({ width: 100, height: 20 });
    // On a screen that is not full, tmux moves rows off its top when it rewraps them, and those cannot be redrawn.
    show(...Array.from({ length: 20 }, (_, index) => said("bob", String(index))));
    const text = Array.from({ length: 30 }, (_, index) => `word${index}`).join(" ");
    await tmux.type(text);
    for (const columns of [60, 33, 20, 47, 120, 25, 100]) {
      await tmux.resize(columns, 20);
      // The terminal reports the new size a moment after it has rewrapped the rows.
      await waitFor(() => reports.at(-1)?.columns === columns);
      show(said("bob", `at ${columns}`));
      await tmux.waitFor((rows) => {
        const above = rows.indexOf(`bob: at ${columns}`);
        return above !== -1 && squeezed(rows.slice(above + 1)) === squeezed([`> ${text}`]);
      });
    }
    const everything = await tmux.everything();
    expect(everything.filter((row) => row.startsWith(">"))).toHaveLength(1);
    expect(everything.filter((row) => row.startsWith("bob: at"))).toHaveLength(7);
  });
});

describe("a paste into a terminal", () => {
  const five = "one\ntwo\nthree\nfour\nfive";

  test("of five lines is sent only when the person agrees", async () => {
    const { tmux, commands, waitFor } = await openChat();
    await tmux.paste(five);
    await tmux.waitFor((rows) => rows.at(-1) === "Send 5 lines? [y/N]");
    expect(commands()).toEqual([]);
    await tmux.press("y", "Enter");
    await waitFor(() => commands().length === 5);
    expect(commands()).toEqual(five.split("\n").map((text): Command => ({ type: "say", text })));
    await tmux.waitFor((rows) => rows.at(-2) === "alice: five" && rows.at(-1) === ">");
  });

  test("is not sent on Enter, and the typed text is kept", async () => {
    const { tmux, commands } = await openChat();
    await tmux.type("@bob ");
    await tmux.paste(five);
    await tmux.waitFor((rows) => rows.at(-1) === "Send 5 lines to bob? [y/N]");
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.at(-1) === "> @bob" && rows.at(-2) === "Nothing was sent.");
    expect(commands()).toEqual([]);
  });

  test("of one line waits in the editor for Enter", async () => {
    const { tmux, commands } = await openChat();
    await tmux.paste("just one\n");
    await tmux.waitFor((rows) => rows.at(-1) === "> just one");
    expect(commands()).toEqual([]);
  });

  test("that is too long for a line is refused with a sentence", async () => {
    const { tmux } = await openChat();
    await tmux.type("before ");
    await tmux.paste("x".repeat(20_000));
    await tmux.waitFor(
      (rows) => rows.at(-1) === "> before" && rows.join(" ").includes("4000 characters at most"),
    );
  });

  test("is detected in a terminal that does not mark pastes", async () => {
    const { tmux, commands } = await openChat();
    await tmux.type(`${five.replaceAll("\n", "\r")}\r`);
    await tmux.waitFor((rows) => rows.at(-1) === "Send 5 lines? [y/N]");
    expect(commands()).toEqual([]);
  });
});
