/** The interactive front end in a real terminal: nothing tears, every key does its work, the terminal is given back. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Intent } from "../../lib/client/events.ts";
import { openStage, type Stage, said, welcome } from "./stage.ts";

const stages: Stage[] = [];
type StageOptions = Parameters<typeof openStage>[0];

async function open(options?: StageOptions): Promise<Stage> {
  const stage = await openStage(options);
  stages.push(stage);
  return stage;
}

/** A stage after the welcome, with an empty prompt. */
async function openChat(options?: StageOptions): Promise<Stage> {
  const stage = await open(options);
  stage.show(welcome);
  await stage.tmux.waitFor((rows) => rows.at(-1) === ">");
  return stage;
}

/** Rows as one text without blanks, which are lost at the ends of rows. */
const squeezed = (rows: string[]) => rows.join("").replaceAll(" ", "");
const last = (rows: string[], count: number) => rows.slice(-count);

afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.close()));
});

describe("incoming lines", () => {
  test("stay above a line being typed over several rows, and the cursor stays in it", async () => {
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
    show({ event: "joined", name: "dave" });
    const rows = await tmux.waitFor((screen) => screen.includes("→ dave joined"));
    expect(last(rows, 3)).toEqual(["→ dave joined", "> @b", "@Bea  @bob"]);
    await tmux.type("o");
    expect(last(await tmux.waitFor((screen) => screen.at(-1) === "> @bo"), 2)).toEqual([
      "→ dave joined",
      "> @bo",
    ]);
  });

  test("arrive a thousand at a time, in order, without a trace of the prompt between them", async () => {
    const { tmux, show } = await openChat({ width: 60, height: 20 });
    await tmux.type("being typed");
    show(...Array.from({ length: 1_000 }, (_, index) => said("bob", `number ${index}`)));
    const rows = await tmux.waitFor((screen) => screen.at(-2) === "bob: number 999");
    expect(rows.at(-1)).toBe("> being typed");
    const lines = (await tmux.everything()).filter((row) => row.startsWith("bob: "));
    expect(lines).toEqual(Array.from({ length: 1_000 }, (_, index) => `bob: number ${index}`));
  });
});

describe("typing", () => {
  test("a line leaves on Enter and comes back confirmed; the arrow keys bring it again", async () => {
    const { tmux, intents } = await openChat();
    await tmux.type("hello");
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.at(-2) === "alice: hello" && rows.at(-1) === ">");
    await tmux.press("Up");
    await tmux.waitFor((rows) => rows.at(-1) === "> hello");
    await tmux.press("BSpace", "Enter");
    await tmux.waitFor((rows) => rows.at(-2) === "alice: hell");
    expect(intents().map((intent) => intent.do)).toEqual(["say", "say"]);
    expect((await tmux.everything()).filter((row) => row.includes("hello"))).toHaveLength(1);
  });

  test("wide and joined characters are one character each", async () => {
    const { tmux } = await openChat();
    await tmux.type("日本語 👩‍👩‍👧 e\u0301");
    await tmux.waitFor((rows) => rows.at(-1)?.startsWith("> 日本語") === true);
    await tmux.press("BSpace", "BSpace", "BSpace", "BSpace");
    expect((await tmux.waitFor((rows) => rows.at(-1) === "> 日本語")).at(-1)).toBe("> 日本語");
    await tmux.press("BSpace", "Left", "x");
    await tmux.waitFor((rows) => rows.at(-1) === "> 日x本");
    expect((await tmux.cursor()).column).toBe(5);
  });

  test("Tab completes commands and names", async () => {
    const { tmux } = await openChat();
    await tmux.type("!a");
    await tmux.press("Tab");
    await tmux.type("@car");
    await tmux.press("Tab");
    await tmux.type("9");
    await tmux.waitFor((rows) => rows.at(-1) === "> !audio @carol 9");
  });

  test("a line that means nothing stays to be corrected, a refused one comes back", async () => {
    const { tmux, show } = await openChat();
    await tmux.type("/hlep");
    await tmux.press("Enter");
    await tmux.waitFor(
      (rows) => rows.at(-1) === "> /hlep" && rows.at(-2)?.startsWith("! There is no command /hlep") === true,
    );
    await tmux.press("C-u");
    await tmux.waitFor((rows) => rows.at(-1) === ">");
    show({ event: "error", code: "no-such-name", message: "Nobody here is called bbo.", text: "@bbo hi" });
    await tmux.waitFor(
      (rows) => rows.at(-1) === "> @bbo hi" && rows.at(-2) === "! Nobody here is called bbo.",
    );
  });

  test("survives a terminal that gets narrower and wider", async () => {
    const { tmux, show, told, waitFor } = await openChat({ width: 100, height: 20 });
    // On a screen that is not full tmux moves rows off its top when they break, and nobody can redraw those.
    show(...Array.from({ length: 20 }, (_, index) => said("bob", String(index))));
    const text = Array.from({ length: 30 }, (_, index) => `word${index}`).join(" ");
    await tmux.type(text);
    for (const columns of [60, 33, 20, 47, 120, 25, 100]) {
      await tmux.resize(columns, 20);
      // The terminal tells the program a moment after it has broken the rows anew.
      await waitFor(() => told.at(-1)?.columns === columns);
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

describe("a paste", () => {
  const five = "one\ntwo\nthree\nfour\nfive";

  test("of five lines is sent only when the person agrees", async () => {
    const { tmux, intents, waitFor } = await openChat();
    await tmux.paste(five);
    await tmux.waitFor((rows) => rows.at(-1) === "Send 5 lines? [y/N]");
    expect(intents()).toEqual([]);
    await tmux.press("y", "Enter");
    await waitFor(() => intents().length === 5);
    expect(intents()).toEqual(five.split("\n").map((text): Intent => ({ do: "say", text })));
    await tmux.waitFor((rows) => rows.at(-2) === "alice: five" && rows.at(-1) === ">");
  });

  test("is not sent on Enter, and what was typed before is kept", async () => {
    const { tmux, intents } = await openChat();
    await tmux.type("@bob ");
    await tmux.paste(five);
    await tmux.waitFor((rows) => rows.at(-1) === "Send 5 lines to bob? [y/N]");
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.at(-1) === "> @bob" && rows.at(-2) === "Nothing was sent.");
    expect(intents()).toEqual([]);
  });

  test("of one line waits in the editor for Enter", async () => {
    const { tmux, intents } = await openChat();
    await tmux.paste("just one\n");
    await tmux.waitFor((rows) => rows.at(-1) === "> just one");
    expect(intents()).toEqual([]);
  });

  test("is noticed in a terminal that does not mark pastes", async () => {
    const { tmux, intents } = await openChat();
    await tmux.type(`${five.replaceAll("\n", "\r")}\r`);
    await tmux.waitFor((rows) => rows.at(-1) === "Send 5 lines? [y/N]");
    expect(intents()).toEqual([]);
  });
});

describe("recording", () => {
  test("shows a bar; Enter stops, Esc and Ctrl-C cancel, what is typed stays", async () => {
    const { tmux, show, intents, waitFor } = await openChat();
    show({ event: "recording", stream: 7, seconds: 5 }, { event: "level", stream: 7, dbfs: -18, left: 3.2 });
    const bar = "● recording ▮▮▮▮▮▮▯▯ -18 dB  3.2 s left  Enter stops, Esc cancels";
    await tmux.waitFor((rows) => rows.at(-2) === bar);
    await tmux.type("half a line");
    show(said("bob", "while you talk"));
    const rows = await tmux.waitFor(
      (screen) => screen.at(-1) === "> half a line" && screen.includes("bob: while you talk"),
    );
    expect(last(rows, 3)).toEqual(["bob: while you talk", bar, "> half a line"]);
    await tmux.press("Enter");
    await waitFor(() => intents().length === 1);
    await tmux.press("Escape");
    await waitFor(() => intents().length === 2);
    await tmux.press("C-c");
    await waitFor(() => intents().length === 3);
    expect(intents()).toEqual([{ do: "stop" }, { do: "cancel" }, { do: "cancel" }]);
    show({ event: "voice-ended", stream: 7, from: "alice", seconds: 1.8, reason: "stopped" });
    const after = await tmux.waitFor((screen) => !screen.includes(bar));
    expect(last(after, 2)).toEqual(["♪ You talked for 1.8 s", "> half a line"]);
  });

  test("the bar leaves no trace in the scrollback", async () => {
    const { tmux, show } = await openChat({ width: 50, height: 8 });
    show({ event: "recording", stream: 7, seconds: 5 });
    for (let tenth = 50; tenth > 0; tenth -= 1) {
      show({ event: "level", stream: 7, dbfs: -tenth, left: tenth / 10 });
      if (tenth % 5 === 0) show(said("bob", `at ${tenth}`));
    }
    show({ event: "voice-ended", stream: 7, from: "alice", seconds: 5, reason: "done" });
    await tmux.waitFor((rows) => rows.includes("♪ You talked for 5.0 s"));
    const everything = await tmux.everything();
    expect(everything.filter((row) => row.includes("▮") || row.includes("s left"))).toEqual([]);
    expect(everything.filter((row) => row.startsWith("bob: at"))).toHaveLength(10);
  });
});

describe("questions", () => {
  test("have a default, take what was typed ahead, and can be taken back", async () => {
    const { tmux, order, told, waitFor } = await open();
    order({ note: "Looking for a room on this network…" });
    await tmux.waitFor((rows) => rows.at(-1) === "Looking for a room on this network…");
    await tmux.type("ann");
    order({ ask: "Your name:", fallback: "alice" });
    await tmux.waitFor((rows) => rows.at(-1) === "Your name [alice]: ann");
    await tmux.press("C-u", "Enter");
    await waitFor(() => told.length === 1);
    order({ ask: "Which room?" });
    await tmux.waitFor((rows) => rows.at(-1) === "Which room?");
    order({ takeBack: true });
    await waitFor(() => told.length === 2);
    await tmux.waitFor((rows) => !rows.includes("Which room?"));
    order({ ask: "Which room?" });
    await tmux.waitFor((rows) => rows.at(-1) === "Which room?");
    await tmux.press("C-c");
    await waitFor(() => told.length === 3);
    expect(told).toEqual([{ answer: "alice" }, { answer: null }, { answer: null }]);
  });
});

describe("colour and plain", () => {
  test("names are coloured, and not under NO_COLOR", async () => {
    for (const [env, coloured] of [
      [{}, true],
      [{ NO_COLOR: "1" }, false],
    ] as const) {
      const { tmux, show } = await openChat({ env });
      show(said("bob", "hi"), { event: "joined", name: "carol" });
      await tmux.waitFor((rows) => rows.includes("→ carol joined"));
      const text = (await tmux.everything({ escapes: true })).join("\n");
      expect(/\x1b\[[\d;]*m/.test(text)).toBe(coloured);
    }
  });

  test("TERM=dumb and --plain draw nothing but lines", async () => {
    for (const [before, after] of [
      ["TERM=dumb", ""],
      ["", "--plain"],
    ]) {
      const { tmux, show, intents, waitFor, folder } = await open({
        wrap: (command, place) => `${before} ${command} ${after} | tee ${join(place, "bytes")}`,
      });
      show(welcome, said("bob", "hi"), { event: "recording", stream: 1, seconds: 5 });
      await tmux.waitFor((rows) => rows.some((row) => row.startsWith("* Recording")));
      await tmux.press("Enter");
      await waitFor(() => intents().length === 1);
      show({ event: "voice-ended", stream: 1, from: "alice", seconds: 1, reason: "stopped" });
      await tmux.type("hello");
      await tmux.press("Enter");
      await tmux.waitFor((rows) => rows.includes("alice: hello"));
      expect(intents()).toEqual([{ do: "stop" }, { do: "say", text: "hello" }]);
      expect(readFileSync(join(folder, "bytes"), "utf8")).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    }
  });
});

test("Ctrl-Z stops it, fg brings the prompt and what was typed back", async () => {
  // Only a shell that talks to a person has jobs; this one starts its first by itself.
  const wrap = (command: string) =>
    `export PS1='shell: ' PROMPT_COMMAND='unset PROMPT_COMMAND; ${command}'; exec bash --norc -i`;
  const { tmux, show } = await openChat({ wrap });
  await tmux.type("half a line");
  await tmux.waitFor((rows) => rows.at(-1) === "> half a line");
  await tmux.press("C-z");
  await tmux.waitFor((rows) => rows.at(-1) === "shell:");
  show(said("bob", "meanwhile"));
  await tmux.type("fg");
  await tmux.press("Enter");
  await tmux.waitFor((rows) => rows.at(-2) === "bob: meanwhile" && rows.at(-1) === "> half a line");
});

describe("the terminal is given back", () => {
  const ways: [string, (stage: Stage) => Promise<unknown> | unknown][] = [
    ["by Ctrl-D", ({ tmux }) => tmux.press("C-d")],
    ["by two Ctrl-C", ({ tmux }) => tmux.press("C-c", "C-c")],
    [
      "by /quit",
      async ({ tmux }) => {
        await tmux.type("/quit");
        await tmux.press("Enter");
      },
    ],
    ["by process.exit", ({ order }) => order({ exit: true })],
    ["by a crash", ({ order }) => order({ crash: true })],
    [
      "by SIGTERM",
      ({ folder }) => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGTERM"),
    ],
    ["by SIGINT", ({ folder }) => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGINT")],
  ];
  test.each(ways)("%s", async (_, leave) => {
    const stage = await openChat({
      wrap: (command, folder) =>
        `cd ${folder}; stty -a >before; sh -c 'echo $$ >pid; exec ${command}' 2>errors; stty -a >after; printf 'at the start '; exec cat`,
    });
    const { tmux, folder, show } = stage;
    await tmux.type("half a line");
    show(said("bob", "the last line"));
    await tmux.waitFor((rows) => rows.at(-2) === "bob: the last line" && rows.at(-1) === "> half a line");
    await tmux.press("C-u");
    await tmux.waitFor((rows) => rows.at(-1) === ">");
    await leave(stage);
    const rows = await tmux.waitFor((screen) => screen.at(-1) === "at the start");
    expect(rows.at(-2)).toBe("bob: the last line");
    const [before, after] = ["before", "after"].map((file) => readFileSync(join(folder, file), "utf8"));
    expect(after).toBe(before ?? "");
    // A paste that is not marked any more shows the marks neither.
    await tmux.paste("pasted");
    await tmux.waitFor((screen) => screen.at(-1) === "at the start pasted");
  });
});
