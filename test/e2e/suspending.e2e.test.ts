/** Ctrl-Z, stops and continuations from outside, at the built client. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Client, clientBinary, openStage, type Server, type Stage } from "../support/holler.ts";
import { childrenOf } from "../support/processes.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

const hasTerminal = requireRig("tmux", hasProgram("tmux") && hasProgram("bash"), "apt install tmux bash");
setDefaultTimeout(120_000);
afterEach(closeTerminals);
const seenWithinMs = 60_000;

/** A terminal in which this command runs; `$HOLLER` is the client. */
async function open(stage: Stage, server: Server, command: string[], args: string[] = []): Promise<Tmux> {
  const { env, work } = await stage.home();
  const holler = [clientBinary, "--name", "alice", "--no-voice", ...server.there, ...args].join(" ");
  const settings = { ...env, TERM: "tmux-256color", LANG: "C.UTF-8", HOLLER: holler, PS1: "shell$ " };
  return openTmux(command, { env: settings, cwd: work });
}

const shell = ["bash", "--norc", "--noprofile", "-i"];
const isPrompt = (rows: string[]) => rows.at(-1) === ">";
const isShell = (rows: string[]) => rows.at(-1) === "shell$" && rows.some((row) => row.includes("Stopped"));

async function enter(tmux: Tmux, line: string): Promise<void> {
  await tmux.type(line);
  await tmux.press("Enter");
}

/** Both directions work, and the keys are those of the editor again. */
async function talk(alice: Tmux, bob: Client, text: string): Promise<void> {
  await alice.type(`${text}xy`);
  await alice.press("BSpace", "BSpace", "Enter");
  await bob.next("said", { from: "alice", text });
  bob.do({ do: "say", text: `${text}, too` });
  await alice.waitFor((rows) => isPrompt(rows) && rows.includes(`bob: ${text}, too`), seenWithinMs);
}

describe.skipIf(!hasTerminal)("Ctrl-Z", () => {
  test("does nothing in the only program of a window, says so, and the terminal works as before", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const bob = await stage.join("bob", server);
    await using alice = await open(stage, server, ["sh", "-c", "exec $HOLLER"]);
    await alice.waitFor(isPrompt, seenWithinMs);
    await alice.type("hel");
    await alice.press("C-z");
    await alice.waitFor(
      (rows) =>
        rows.at(-2) === "Ctrl-Z does nothing here: there is no shell to go back to." &&
        rows.at(-1) === "> hel",
      seenWithinMs,
    );
    await alice.type("lo");
    await alice.press("Enter");
    await bob.next("said", { from: "alice", text: "hello" });
    await talk(alice, bob, "again");
  });

  test("stops the client and its parents at the first press, and fg brings everything back", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const bob = await stage.join("bob", server);
    await using alice = await open(stage, server, shell);
    await alice.waitFor((rows) => rows.at(-1) === "shell$", seenWithinMs);
    // A parent that waits, as npm does.
    await enter(alice, 'sh -c "$HOLLER; echo left"');
    await alice.waitFor(isPrompt, seenWithinMs);
    await alice.type("half a line");
    for (const time of ["first", "second"]) {
      await alice.press("C-z");
      await alice.waitFor(isShell, seenWithinMs);
      await enter(alice, "stty -a");
      const modes = await alice.waitFor(
        (rows) => isShell(rows) && rows.join(" ").includes("echo"),
        seenWithinMs,
      );
      expect(modes.join(" ")).toMatch(/(?<!-)icanon/);
      expect(modes.join(" ")).toMatch(/(?<!-)echo\b/);
      bob.do({ do: "say", text: `the ${time} time` });
      await bob.next("said", { text: `the ${time} time` });
      await enter(alice, "clear; fg");
      await alice.waitFor(
        (rows) => rows.at(-2) === `bob: the ${time} time` && rows.at(-1) === "> half a line",
        seenWithinMs,
      );
    }
    await alice.press("C-u");
    await talk(alice, bob, "hello");
    await alice.press("C-d");
    await alice.waitFor((rows) => rows.includes("left") && rows.at(-1) === "shell$", seenWithinMs);
  });

  test("stops a client that asks for a passphrase without echo, and fg asks again without echo", async () => {
    await using stage = await openStage();
    const passphrase = { HOLLER_PASSPHRASE: "maple" };
    const server = await stage.server({ env: passphrase });
    const bob = await stage.join("bob", server, { env: passphrase });
    await using alice = await open(stage, server, shell, ["--plain"]);
    await alice.waitFor((rows) => rows.at(-1) === "shell$", seenWithinMs);
    await enter(alice, "$HOLLER");
    await alice.waitFor((rows) => rows.at(-1) === "Passphrase:", seenWithinMs);
    await alice.type("map");
    await alice.press("C-z");
    await alice.waitFor(isShell, seenWithinMs);
    await enter(alice, "clear; fg");
    await alice.waitFor((rows) => rows.at(-1) === "Passphrase:", seenWithinMs);
    await enter(alice, "le");
    await bob.next("joined", { name: "alice" });
    expect((await alice.everything()).join("\n")).not.toMatch(/map|^le/m);
  });
});

test.skipIf(!hasTerminal).each(["STOP", "TSTP"])(
  "a client that is stopped from outside by SIG%s takes the terminal again when it goes on",
  async (signal) => {
    await using stage = await openStage();
    const server = await stage.server();
    const bob = await stage.join("bob", server);
    await using alice = await open(stage, server, shell);
    await alice.waitFor((rows) => rows.at(-1) === "shell$", seenWithinMs);
    await enter(alice, "$HOLLER");
    await alice.waitFor(isPrompt, seenWithinMs);
    const [client] = childrenOf(alice.pid);
    if (client === undefined) throw new Error("The shell has no child.");
    process.kill(client, `SIG${signal}` as NodeJS.Signals);
    await alice.waitFor(isShell, seenWithinMs);
    await enter(alice, "clear; fg");
    await alice.waitFor(isPrompt, seenWithinMs);
    await talk(alice, bob, "hello");
  },
);
