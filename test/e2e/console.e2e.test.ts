/** The server's own console, in a real terminal. */
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { openStage, serverBinary } from "../support/holler.ts";
import { joinRaw } from "../support/raw-client.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

setDefaultTimeout(120_000);
const stage = await openStage();
afterEach(closeTerminals);
afterAll(() => stage[Symbol.asyncDispose]());

type Console = Tmux & { port: number };

const options = ["--port", "0", "--no-advertise"];

/** A server that a shell starts in a terminal, and what is typed there. */
async function openConsole(shell: string[], args: string[] = []): Promise<Console> {
  const { env, work } = await stage.home();
  const command = [...shell, serverBinary, ...options, ...args];
  const tmux = await openTmux(command, { env: { ...env, PS1: "" }, cwd: work });
  const portIn = (rows: string[]) => Number(/Port +(\d+)/.exec(rows.join("\n"))?.[1]);
  const rows = await tmux.waitFor((screen) => portIn(screen) > 0);
  return { ...tmux, port: portIn(rows) };
}

test("the console takes the commands of operators, prints their outcomes and stops the server", async () => {
  const shell = ["sh", "-c", '"$0" "$@"; echo "ended with $?"; read wait'];
  await using terminal = await openConsole(shell);
  const { port } = terminal;
  const enter = async (line: string, answer: string) => {
    await terminal.type(line);
    await terminal.press("Enter");
    await terminal.waitFor((rows) => rows.some((row) => row.endsWith(answer)));
  };
  await enter("/who", "No one is here.");
  using bob = await joinRaw({ port, tls: true }, "bob");
  await enter("/who", "Here: bob (guest)");
  await enter("/kick", "Usage: /kick @NAME [WHY]");
  await enter("/op bob", "bob is a guest, and owns no name.");
  await enter("/ban @bob spam", "The console: ban, bob");
  expect(await bob.next("goodbye")).toMatchObject({ code: "banned", reason: "spam" });
  await enter("/bans", "Banned: bob");
  await terminal.type("hello?");
  await terminal.press("Enter");
  await terminal.waitFor((rows) => rows.some((row) => row.includes("/help lists them")));
  await enter("/quit", "ended with 0");
});

test("a server in the background does not read the terminal, and goes on", async () => {
  await using terminal = await openConsole(["bash", "--norc", "-ic", '"$0" "$@" & cat']);
  await terminal.type("for cat");
  await terminal.press("Enter");
  await terminal.waitFor((rows) => rows.filter((row) => row === "for cat").length === 2);
  using bob = await joinRaw({ port: terminal.port, tls: true }, "bob");
  bob.send({ type: "say", text: "still there", ref: "r" });
  await bob.next("said");
  expect((await terminal.screen()).join("\n")).not.toContain("Stopped");
});

test("the console shows a new passphrase, also when the log goes to a file", async () => {
  const shell = ["sh", "-c", '"$0" "$@" | grep -v passphrase; read wait'];
  await using terminal = await openConsole(shell, ["--new-passphrase"]);
  await terminal.waitFor((rows) =>
    rows.some((row) => /^The new passphrase is: [a-z]+ [a-z]+ [a-z]+ [a-z]+$/.test(row)),
  );
});
