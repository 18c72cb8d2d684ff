/** The interactive front end in a real terminal: recording, questions, colours, and restoring the terminal. */
import { afterEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClientEvent } from "../../lib/client/api.ts";
import {
  closeFixtures,
  last,
  openChat,
  openFixture,
  said,
  type TerminalFixture,
  welcome,
} from "./terminal-fixture.ts";

afterEach(closeFixtures);

describe("recording in a terminal", () => {
  test("shows a bar, stops on Enter, is cancelled by Esc and Ctrl-C, and keeps the typed text", async () => {
    const { tmux, show, commands, waitFor } = await openChat();
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
    await waitFor(() => commands().length === 1);
    await tmux.press("Escape");
    await waitFor(() => commands().length === 2);
    await tmux.press("C-c");
    await waitFor(() => commands().length === 3);
    expect(commands()).toEqual([{ type: "stop" }, { type: "cancel" }, { type: "cancel" }]);
    show({ type: "voice-ended", stream: 7, from: "alice", seconds: 1.8, reason: "stopped" });
    const after = await tmux.waitFor((screen) => !screen.includes(bar));
    expect(last(after, 2)).toEqual(["♪ You talked for 1.8 s", "> half a line"]);
  });

  test("ends at Ctrl-Z, so that no microphone is left open while the program is stopped", async () => {
    const { tmux, show, commands, waitFor } = await openChat();
    show({ type: "recording", stream: 7, seconds: 5 });
    await tmux.waitFor((rows) => rows.at(-2)?.startsWith("● recording") === true);
    await tmux.press("C-z");
    await waitFor(() => commands().length === 1);
    expect(commands()).toEqual([{ type: "stop" }]);
    await tmux.waitFor((rows) => rows.includes("It was not stopped."));
  });

  test("leaves no trace of the bar in the scrollback", async () => {
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

describe("questions in a terminal", () => {
  test("have a default, take text that was typed ahead, and can be aborted", async () => {
    const { tmux, instruct, reports, waitFor } = await openFixture();
    instruct({ note: "Looking for a room on this network…" });
    await tmux.waitFor((rows) => rows.at(-1) === "Looking for a room on this network…");
    await tmux.type("ann");
    instruct({ ask: "Your name:", fallback: "alice" });
    await tmux.waitFor((rows) => rows.at(-1) === "Your name [alice]: ann");
    await tmux.press("C-u", "Enter");
    await waitFor(() => reports.length === 1);
    instruct({ ask: "Which room?" });
    await tmux.waitFor((rows) => rows.at(-1) === "Which room?");
    instruct({ abort: true });
    await waitFor(() => reports.length === 2);
    await tmux.waitFor((rows) => !rows.includes("Which room?"));
    instruct({ ask: "Which room?" });
    await tmux.waitFor((rows) => rows.at(-1) === "Which room?");
    await tmux.press("C-c");
    await waitFor(() => reports.length === 3);
    expect(reports).toEqual([{ answer: "alice" }, { answer: null }, { answer: null }]);
  });
});

describe("a secret question in a terminal", () => {
  test.each(["", "--plain"])("neither shows nor keeps its answer, with the option %p", async (how) => {
    const { tmux, instruct, show, reports, commands, waitFor } = await openFixture({
      args: how === "" ? [] : [how],
    });
    // Without redrawing, the questions stay on the screen.
    const asked = async (questions: number) => {
      instruct({ ask: "Passphrase:", secret: true });
      const times = how === "" ? 1 : questions;
      await tmux.waitFor((rows) => rows.filter((row) => row === "Passphrase:").length === times);
    };
    await asked(1);
    await tmux.type("opeen");
    await tmux.press("BSpace", "BSpace");
    await tmux.type("n sésame\r");
    await waitFor(() => reports.length === 1);
    await asked(2);
    await tmux.type("wrong");
    await tmux.press("C-c");
    await waitFor(() => reports.length === 2);
    expect(reports).toEqual([{ answer: "open sésame" }, { answer: null }]);
    show(welcome);
    await tmux.type("hello\r");
    await waitFor(() => commands().length === 1);
    const rows = await tmux.waitFor((screen) => screen.some((row) => row.includes("hello")));
    expect(commands()).toEqual([{ type: "say", text: "hello" }]);
    expect(rows.join("\n")).not.toMatch(/same|wrong|ope/);
  });

  test("turns the echo of a plain terminal on again, also after a crash", async () => {
    const { tmux, instruct } = await openFixture({
      wrap: (command) => `${command} --plain; echo ended; cat`,
    });
    instruct({ ask: "Passphrase:", secret: true });
    await tmux.waitFor((rows) => rows.at(-1) === "Passphrase:");
    instruct({ exit: true });
    await tmux.waitFor((rows) => rows.some((row) => row.endsWith("ended")));
    await tmux.type("seen");
    await tmux.waitFor((rows) => rows.at(-1) === "seen");
  });
});

test("a terminal accepts answers and lines that a script types ahead at once", async () => {
  const { tmux, instruct, show, reports, commands, waitFor } = await openFixture();
  instruct({ ask: "Your name:", fallback: "alice" });
  await tmux.waitFor((rows) => rows.at(-1) === "Your name [alice]:");
  await tmux.type("ann\rone\rtwo\rthree\rfour\r");
  await waitFor(() => reports[0]?.answer === "ann");
  show(welcome);
  await waitFor(() => commands().length === 4);
  expect(commands().map((command) => "text" in command && command.text)).toEqual([
    "one",
    "two",
    "three",
    "four",
  ]);
});

describe("the output of a terminal", () => {
  test("has coloured names, except under NO_COLOR", async () => {
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

  test("is nothing but lines under TERM=dumb and --plain", async () => {
    for (const [before, after] of [
      ["TERM=dumb", ""],
      ["", "--plain"],
    ]) {
      const { tmux, show, commands, waitFor, folder } = await openFixture({
        wrap: (command, place) => `${before} ${command} ${after} | tee ${join(place, "bytes")}`,
      });
      show(welcome, said("bob", "hi"), { type: "recording", stream: 1, seconds: 5 });
      await tmux.waitFor((rows) => rows.some((row) => row.startsWith("* Recording")));
      await tmux.press("Enter");
      await waitFor(() => commands().length === 1);
      show({ type: "voice-ended", stream: 1, from: "alice", seconds: 1, reason: "stopped" });
      await tmux.type("hello");
      await tmux.press("Enter");
      await tmux.waitFor((rows) => rows.includes("alice: hello"));
      expect(commands()).toEqual([{ type: "stop" }, { type: "say", text: "hello" }]);
      expect(readFileSync(join(folder, "bytes"), "utf8")).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f]/);
    }
  });
});

test("Ctrl-Z suspends the terminal, and fg restores the prompt and the typed text", async () => {
  // Only an interactive shell has job control; this one starts its first job by itself.
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

describe("the terminal is restored", () => {
  const endings: [string, (fixture: TerminalFixture) => Promise<unknown> | unknown][] = [
    ["by Ctrl-D", ({ tmux }) => tmux.press("C-d")],
    ["by two Ctrl-C", ({ tmux }) => tmux.press("C-c", "C-c")],
    [
      "by /quit",
      async ({ tmux }) => {
        await tmux.type("/quit");
        await tmux.press("Enter");
      },
    ],
    ["by process.exit", ({ instruct }) => instruct({ exit: true })],
    ["by a crash", ({ instruct }) => instruct({ crash: true })],
    [
      "by SIGTERM",
      ({ folder }) => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGTERM"),
    ],
    ["by SIGINT", ({ folder }) => process.kill(Number(readFileSync(join(folder, "pid"), "utf8")), "SIGINT")],
  ];
  test.each(endings)("%s", async (_, leave) => {
    const fixture = await openChat({
      wrap: (command, folder) =>
        `cd ${folder}; stty -a >before; sh -c 'echo $$ >pid; exec ${command}' 2>errors; stty -a >after; printf 'at the start '; exec cat`,
    });
    const { tmux, folder, show } = fixture;
    await tmux.type("half a line");
    show(said("bob", "the last line"));
    await tmux.waitFor((rows) => rows.at(-2) === "bob: the last line" && rows.at(-1) === "> half a line");
    await tmux.press("C-u");
    await tmux.waitFor((rows) => rows.at(-1) === ">");
    await leave(fixture);
    const rows = await tmux.waitFor((screen) => screen.at(-1) === "at the start");
    expect(rows.at(-2)).toBe("bob: the last line");
    const [before, after] = ["before", "after"].map((file) => readFileSync(join(folder, file), "utf8"));
    expect(after).toBe(before ?? "");
    // Bracketed paste is off: no marks appear around a paste.
    await tmux.paste("pasted");
    await tmux.waitFor((screen) => screen.at(-1) === "at the start pasted");
  });
});
