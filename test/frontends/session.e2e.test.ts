/** The interactive front end in a real terminal: recording, questions, looks, and that the terminal is given back. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientEvent } from "../../lib/client/api.ts";
import { closeStages, last, openChat, openStage, type Stage, said, welcome } from "./stage.ts";

afterEach(closeStages);

describe("recording", () => {
  test("shows a bar; Enter stops, Esc and Ctrl-C cancel, what is typed stays", async () => {
    const { tmux, show, intents, waitFor } = await openChat();
    const level: ClientEvent = { type: "level", stream: 7, dbfs: -18, peak: -3, left: 3.2 };
    show({ type: "recording", stream: 7, seconds: 5 }, level);
    const bar = "● recording ▮▮▮▮▮▮▯│ -18 dBFS  3.2 s left  Enter stops, Esc cancels";
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
    expect(intents()).toEqual([{ type: "stop" }, { type: "cancel" }, { type: "cancel" }]);
    show({ type: "voice-ended", stream: 7, from: "alice", seconds: 1.8, reason: "stopped" });
    const after = await tmux.waitFor((screen) => !screen.includes(bar));
    expect(last(after, 2)).toEqual(["♪ You talked for 1.8 s", "> half a line"]);
  });

  test("the bar leaves no trace in the scrollback", async () => {
    const { tmux, show } = await openChat({ width: 50, height: 8 });
    show({ type: "recording", stream: 7, seconds: 5 });
    for (let tenth = 50; tenth > 0; tenth -= 1) {
      show({ type: "level", stream: 7, dbfs: -tenth, peak: -tenth / 2, left: tenth / 10 });
      if (tenth % 5 === 0) show(said("bob", `at ${tenth}`));
    }
    show({ type: "voice-ended", stream: 7, from: "alice", seconds: 5, reason: "done" });
    await tmux.waitFor((rows) => rows.includes("♪ You talked for 5.0 s"));
    const everything = await tmux.everything();
    expect(everything.filter((row) => row.includes("▮") || row.includes("s left"))).toEqual([]);
    expect(everything.filter((row) => row.startsWith("bob: at"))).toHaveLength(10);
  });
});

describe("questions", () => {
  test("have a default, take what was typed ahead, and can be taken back", async () => {
    const { tmux, order, told, waitFor } = await openStage();
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

describe("a secret question", () => {
  test.each(["", "--plain"])("shows nothing of its answer, nor keeps it %s", async (how) => {
    const { tmux, order, show, told, intents, waitFor } = await openStage({ args: how === "" ? [] : [how] });
    // Without redrawing, the questions stay on the screen.
    const asked = async (questions: number) => {
      order({ ask: "Passphrase:", secret: true });
      const times = how === "" ? 1 : questions;
      await tmux.waitFor((rows) => rows.filter((row) => row === "Passphrase:").length === times);
    };
    await asked(1);
    await tmux.type("opeen");
    await tmux.press("BSpace", "BSpace");
    await tmux.type("n sésame\r");
    await waitFor(() => told.length === 1);
    await asked(2);
    await tmux.type("wrong");
    await tmux.press("C-c");
    await waitFor(() => told.length === 2);
    expect(told).toEqual([{ answer: "open sésame" }, { answer: null }]);
    show(welcome);
    await tmux.type("hello\r");
    await waitFor(() => intents().length === 1);
    const rows = await tmux.waitFor((screen) => screen.some((row) => row.includes("hello")));
    expect(intents()).toEqual([{ type: "say", text: "hello" }]);
    expect(rows.join("\n")).not.toMatch(/same|wrong|ope/);
  });

  test("in a plain terminal: what is typed afterwards is seen again, also after a crash", async () => {
    const { tmux, order } = await openStage({
      wrap: (command) => `${command} --plain; echo ended; cat`,
    });
    order({ ask: "Passphrase:", secret: true });
    await tmux.waitFor((rows) => rows.at(-1) === "Passphrase:");
    order({ exit: true });
    await tmux.waitFor((rows) => rows.some((row) => row.endsWith("ended")));
    await tmux.type("seen");
    await tmux.waitFor((rows) => rows.at(-1) === "seen");
  });
});

test("a script may type its answers and lines ahead, all at once", async () => {
  const { tmux, order, show, told, intents, waitFor } = await openStage();
  order({ ask: "Your name:", fallback: "alice" });
  await tmux.waitFor((rows) => rows.at(-1) === "Your name [alice]:");
  await tmux.type("ann\rone\rtwo\rthree\rfour\r");
  await waitFor(() => told[0]?.answer === "ann");
  show(welcome);
  await waitFor(() => intents().length === 4);
  expect(intents().map((intent) => "text" in intent && intent.text)).toEqual(["one", "two", "three", "four"]);
});

describe("colour and plain", () => {
  test("names are coloured, and not under NO_COLOR", async () => {
    for (const [env, coloured] of [
      [{}, true],
      [{ NO_COLOR: "1" }, false],
    ] as const) {
      const { tmux, show } = await openChat({ env });
      show(said("bob", "hi"), { type: "joined", name: "carol" });
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
      const { tmux, show, intents, waitFor, folder } = await openStage({
        wrap: (command, place) => `${before} ${command} ${after} | tee ${join(place, "bytes")}`,
      });
      show(welcome, said("bob", "hi"), { type: "recording", stream: 1, seconds: 5 });
      await tmux.waitFor((rows) => rows.some((row) => row.startsWith("* Recording")));
      await tmux.press("Enter");
      await waitFor(() => intents().length === 1);
      show({ type: "voice-ended", stream: 1, from: "alice", seconds: 1, reason: "stopped" });
      await tmux.type("hello");
      await tmux.press("Enter");
      await tmux.waitFor((rows) => rows.includes("alice: hello"));
      expect(intents()).toEqual([{ type: "stop" }, { type: "say", text: "hello" }]);
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
