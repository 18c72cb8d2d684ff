/** More pasted lines than go at once: at the built client, in a terminal. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Client, clientBinary, openStage, type Server, type Stage } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

const hasTerminal = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
setDefaultTimeout(180_000);
afterEach(closeTerminals);
const seenWithinMs = 90_000;

/** All lines that are sent at once, and those that are under way when the others are stopped, stay on the screen. */
const screenRows = 400;
const linesPasted = 1_200;
const pasted = Array.from({ length: linesPasted }, (_, index) => `line ${index + 1}`);

async function sitDown(stage: Stage, server: Server, args: string[] = []): Promise<Tmux> {
  const home = await stage.home();
  const env = { ...home.env, TERM: "tmux-256color", LANG: "C.UTF-8" };
  const command = [clientBinary, "--name", "alice", "--no-voice", ...server.there, ...args];
  const tmux = await openTmux(command, { env, cwd: home.work, height: screenRows });
  await tmux.waitFor((rows) => rows.some((row) => row.startsWith("You are alice")), seenWithinMs);
  return tmux;
}

/** All lines of alice up to and with this one. */
async function linesUpTo(bob: Client, text: string): Promise<string[]> {
  const lines: string[] = [];
  while (lines.at(-1) !== text) lines.push((await bob.next("said", { from: "alice" }, seenWithinMs)).text);
  return lines;
}

async function confirmPaste(alice: Tmux): Promise<void> {
  await alice.paste(`${pasted.join("\n")}\n`);
  await alice.waitFor((rows) => rows.at(-1) === `Send ${linesPasted} lines? [y/N]`, seenWithinMs);
  await alice.press("y", "Enter");
}

describe.skipIf(!hasTerminal)("of 1,200 pasted lines,", () => {
  test("all arrive in order, none is refused, and what is typed meanwhile follows them", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--no-limits"] });
    const bob = await stage.join("bob", server);
    await using alice = await sitDown(stage, server);
    await confirmPaste(alice);
    await alice.type("the end");
    await alice.press("Enter");
    expect(await linesUpTo(bob, "the end")).toEqual([...pasted, "the end"]);
    const rows = await alice.waitFor((all) => all.at(-2) === "alice: the end", seenWithinMs);
    expect(rows.at(-1)).toBe(">");
    expect((await alice.everything()).filter((row) => row.startsWith("!"))).toEqual([]);
  });

  test.each([
    ["Esc", [], "Escape", /^… \d+ of 1200 lines still to go, Esc stops$/],
    ["Ctrl-C", [], "C-c", /^… \d+ of 1200 lines still to go, Esc stops$/],
  ])(
    "%s stops those that are still to go, whose number is on the screen; the others arrive",
    async (_, args, key, progress) => {
      await using stage = await openStage();
      const server = await stage.server();
      const bob = await stage.join("bob", server);
      await using alice = await sitDown(stage, server, args);
      await confirmPaste(alice);
      // The server takes 100 at once, and then 20 a second.
      await alice.waitFor((rows) => rows.some((row) => progress.test(row)), seenWithinMs);
      await alice.press(key);
      const stopped = /^! Stopped: (\d+) of 1200 lines were not sent. The first of them is: line (\d+)$/;
      const rows = await alice.waitFor((all) => all.some((row) => stopped.test(row)), seenWithinMs);
      const [, unsent, first] = stopped.exec(rows.find((row) => stopped.test(row)) ?? "") ?? [];
      const arriving = linesPasted - Number(unsent);
      expect(Number(first)).toBe(arriving + 1);
      expect(rows.some((row) => progress.test(row))).toBe(false);
      await alice.type("the end");
      await alice.press("Enter");
      expect(await linesUpTo(bob, "the end")).toEqual([...pasted.slice(0, arriving), "the end"]);
    },
  );

  test("those that are still to go are counted when the person leaves", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    await using alice = await openTmux(["bash", "--norc", "--noprofile"], {
      env: { ...(await stage.home()).env, PS1: "shell$ " },
      height: screenRows,
    });
    await alice.type(`${clientBinary} --name alice --no-voice ${server.there.join(" ")}\r`);
    await alice.waitFor((rows) => rows.at(-1) === ">", seenWithinMs);
    await confirmPaste(alice);
    await alice.waitFor((rows) => rows.some((row) => row.includes("still to go")), seenWithinMs);
    await alice.press("C-d");
    const rows = await alice.waitFor((all) => all.at(-1) === "shell$", seenWithinMs);
    expect(rows.join("\n")).toMatch(/Stopped: \d+ of 1200 lines were not sent\./);
  });

  test("a silenced person is told once, and the others are stopped", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--op", "bob"] });
    const bob = await stage.join("bob", server);
    await using alice = await sitDown(stage, server);
    await bob.next("joined", { name: "alice" });
    bob.do({ do: "moderate", action: "silence", name: "alice", minutes: 5 });
    await alice.waitFor((rows) => rows.some((row) => /silence/i.test(row)), seenWithinMs);
    await confirmPaste(alice);
    await alice.waitFor((rows) => rows.some((row) => row.startsWith("! Stopped: ")), seenWithinMs);
  });
});

test.skipIf(!hasTerminal)(
  "lines pasted into a plain terminal all arrive in order, and none is refused",
  async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--no-limits"] });
    const bob = await stage.join("bob", server);
    await using alice = await sitDown(stage, server, ["--plain"]);
    await alice.paste(`${pasted.join("\n")}\n/quit\n`);
    expect(await linesUpTo(bob, `line ${linesPasted}`)).toEqual(pasted);
    await bob.next("left", { name: "alice", reason: "quit" }, seenWithinMs);
  },
);
