/** Shows that the network of a client goes on while its screen stands still, and what the screen shows afterwards. */

import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type Client, clientBinary, openStage, type Server, type Stage } from "../support/holler.ts";
import { childrenOf, gone } from "../support/processes.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

const hasTerminal = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
setDefaultTimeout(180_000);
afterEach(closeTerminals);
const seenWithinMs = 90_000;

/** More than the server keeps for a client that does not read, and the system's buffers hold. */
const longLines = 2_500;
const longText = "x".repeat(3_500);
/** As many as wait for the screen (`backlogEventsMax`). */
const shortLines = 2_000;

async function sitDown(stage: Stage, server: Server, args: string[] = []): Promise<Tmux> {
  const home = await stage.home();
  const env = { ...home.env, TERM: "tmux-256color", LANG: "C.UTF-8" };
  const command = [clientBinary, "--name", "alice", "--no-voice", ...server.there, ...args];
  const tmux = await openTmux(command, { env, cwd: home.work });
  await tmux.waitFor((rows) => rows.some((row) => row.startsWith("You are alice")), seenWithinMs);
  return tmux;
}

/** Says so much that a client that reads none of it is cut off. */
async function flood(bob: Client): Promise<void> {
  for (let line = 1; line <= longLines; line += 1) bob.do({ do: "say", text: `long ${line} ${longText}` });
  for (let line = 1; line <= shortLines; line += 1) bob.do({ do: "say", text: `short ${line}` });
  await bob.next("said", { text: `short ${shortLines}` }, seenWithinMs);
}

describe.skipIf(!hasTerminal)("at a terminal that stands still,", () => {
  test.each([
    ["a terminal that takes nothing", [], (tmux: Tmux) => tmux.stop(), (tmux: Tmux) => tmux.proceed()],
    [
      "Ctrl-S in a plain terminal",
      ["--plain"],
      (tmux: Tmux) => tmux.press("C-s"),
      (tmux: Tmux) => tmux.press("C-q"),
    ],
  ])(
    "the person stays in the room, and reads what fits the bound when it goes on: %s",
    async (_, args, stop, proceed) => {
      await using stage = await openStage();
      const server = await stage.server({ args: ["--no-limits"] });
      const bob = await stage.join("bob", server);
      await using alice = await sitDown(stage, server, args);
      await bob.next("joined", { name: "alice" });
      await stop(alice);
      await flood(bob);
      bob.do({ do: "whisper", to: "alice", text: "are you there?" });
      expect(await bob.next("whispered", { text: "are you there?" })).not.toHaveProperty("away");
      expect(bob.events.filter(({ event }) => event === "left")).toEqual([]);

      await proceed(alice);
      const isLast = (rows: string[]) => rows.some((row) => row.endsWith("are you there?"));
      await alice.waitFor(isLast, seenWithinMs);
      const everything = (await alice.everything()).join("\n");
      const omitted = /(\d+) lines left out while the screen stood still: see (\/history 200 \d+)/;
      const [note = "", count, how] = omitted.exec(everything) ?? [];
      const shown = everything.slice(0, everything.indexOf(note)).match(/^bob: long /gm)?.length ?? 0;
      const last = shown + Number(count) - longLines;
      // The whisper has the place of one line, unless it reached her after her screen went on.
      expect(last === 0 || last === 1).toBe(true);
      const kept = [...everything.matchAll(/^bob: short (\d+)$/gm)].map(([, number]) => Number(number));
      expect(kept).toEqual(Array.from({ length: shortLines - last }, (_, index) => last + index + 1));

      await alice.type(how ?? "");
      await alice.press("Enter");
      const lastLeftOut = last === 1 ? /^.*bob: short 1$/ : /x{40}/;
      await alice.waitFor((rows) => rows.some((row) => lastLeftOut.test(row)), seenWithinMs);
    },
  );

  test("SIGTERM ends the client within moments, without waiting for the screen", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--no-limits"] });
    const bob = await stage.join("bob", server);
    await using alice = await sitDown(stage, server);
    await bob.next("joined", { name: "alice" });
    alice.stop();
    await flood(bob);
    process.kill(alice.pid, "SIGTERM");
    expect((await bob.next("left", { name: "alice" }, seenWithinMs)).reason).toBe("quit");
    await gone(alice.pid);
  });
});

describe.each([
  ["--json", (line: string) => JSON.parse(line).text as string | undefined],
  ["", (line: string) => /^bob: (.*)$/.exec(line)?.[1]],
])("behind a pipe whose reader stands still (%p),", (mode, textOf) => {
  test("the client stays in the room, and the reader gets every line in order when it goes on", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--no-limits"] });
    const bob = await stage.join("bob", server);
    const client = [clientBinary, mode, "--name", "alice", "--no-voice", ...server.there].join(" ");
    const alice = await stage.start(["sh", "-c", `${client} | cat`]);
    await bob.next("joined", { name: "alice" });
    // From her first page on, lines come one by one.
    await alice.output.next(
      (line) => line.includes("You are alice") || line.includes("welcome"),
      "the welcome",
    );
    bob.do({ do: "say", text: "begin" });
    await alice.output.next((line) => line.includes("begin"), "a first line");
    const reader = childrenOf(alice.pid).find(
      (pid) => readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "cat",
    );
    if (reader === undefined) throw new Error("The shell has no cat.");
    process.kill(reader, "SIGSTOP");
    await flood(bob);
    bob.do({ do: "whisper", to: "alice", text: "are you there?" });
    expect(await bob.next("whispered", { text: "are you there?" })).not.toHaveProperty("away");
    expect(bob.events.filter(({ event }) => event === "left")).toEqual([]);
    process.kill(reader, "SIGCONT");

    const texts: string[] = [];
    while (texts.at(-1) !== `short ${shortLines}`) {
      const text = textOf(await alice.output.next(() => true, "a line", seenWithinMs));
      if (text !== undefined) texts.push(text.replace(` ${longText}`, ""));
    }
    const all = (what: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${what} ${index + 1}`);
    expect(texts).toEqual([...all("long", longLines), ...all("short", shortLines)]);
    // With the end of its input it leaves by itself.
    alice.close();
    expect(await alice.exit()).toBe(0);
  });
});
