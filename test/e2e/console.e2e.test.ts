/** The server's own console, in a real terminal. */
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { openStage, serverBinary } from "../support/holler.ts";
import { joinRaw } from "../support/raw-client.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";
import { bytesOf, replies } from "../terminal/replies.ts";

setDefaultTimeout(120_000);
const stage = await openStage();
afterEach(closeTerminals);
afterAll(() => stage[Symbol.asyncDispose]());

type Console = Tmux & { port: number };

const options = ["--port", "0", "--no-advertise"];

/** A server that a shell starts in a terminal, and what is typed there. */
async function openConsole(shell: string[], args: string[] = [], height = 24): Promise<Console> {
  const { env, work } = await stage.home();
  const command = [...shell, serverBinary, ...options, ...args];
  const tmux = await openTmux(command, { env: { ...env, PS1: "" }, cwd: work, height });
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

test("answers of the terminal in the middle of a command are no part of it", async () => {
  await using terminal = await openConsole(["sh", "-c", 'exec "$0" "$@"'], [], 400);
  // DEL deletes a character, and a line that the terminal edits has a longest length.
  const short = Object.values(replies).filter((reply) => reply.length < 100 && !reply.includes("\x7f"));
  const answers = (rows: string[]) => rows.join("").split("No one is here.").length - 1;
  for (const [index, reply] of short.entries()) {
    await terminal.send(bytesOf(`/w${reply}ho`));
    await terminal.press("Enter");
    await terminal.waitFor((rows) => answers(rows) === index + 1);
  }
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

/** A shell at which the server is started by hand. */
async function openShell(setting: string) {
  const { env, work } = await stage.home();
  const settings = { ...env, PS1: "ready>", SERVER: `${serverBinary} ${options.join(" ")}` };
  const tmux = await openTmux(["bash", "--norc"], { env: settings, cwd: work });
  const enter = async (line: string, isDone: (last: string, rows: string[]) => boolean) => {
    await tmux.type(line);
    await tmux.press("Enter");
    await tmux.waitFor((rows) => isDone(rows.at(-1) ?? "", rows));
  };
  const isReady = (last: string) => last === "ready>";
  await tmux.waitFor((rows) => isReady(rows.at(-1) ?? ""));
  await enter(setting, isReady);
  return { tmux, enter, isReady };
}

const isAnswered = (last: string) => last === "No one is here.";

for (const setting of ["stty -tostop", "stty tostop"]) {
  test(`with ${setting}, typing in the shell of a background server stops it never, and fg gives its console back`, async () => {
    const { tmux, enter, isReady } = await openShell(setting);
    const isListening = (_last: string, rows: string[]) => rows.some((row) => row.includes("Identity"));
    await enter("$SERVER", isListening);
    await tmux.press("C-z");
    await tmux.waitFor((rows) => isReady(rows.at(-1) ?? ""));
    await enter("bg", isReady);
    for (const word of ["one", "two", "three"])
      await enter(`echo ${word}`, (last, rows) => isReady(last) && rows.includes(word));
    // What the shell's other program reads, the server does not.
    await enter("head -n 1", (last) => last.endsWith("head -n 1"));
    await enter("/quit", isReady);
    await enter("clear; jobs", (last, rows) => isReady(last) && rows.some((row) => row.includes("Running")));
    await enter("fg", (last) => last === "$SERVER");
    await enter("/who", isAnswered);
    await enter("/quit", isReady);
  });
}

test("a server that was started in the background has its console after fg", async () => {
  const { enter, isReady } = await openShell("stty tostop");
  await enter("$SERVER &", (_last, rows) => rows.some((row) => row.includes("Identity")));
  await enter("clear; jobs", (last, rows) => isReady(last) && rows.some((row) => row.includes("Running")));
  await enter("fg", (last) => last === "$SERVER");
  await enter("/who", isAnswered);
  await enter("/quit", isReady);
});

test("Ctrl-D at the console ends nothing, says so, and leaves the console as it was", async () => {
  await using terminal = await openConsole([]);
  for (let times = 1; times <= 2; times += 1) {
    await terminal.press("C-d");
    const said = (row: string) => row === "Ctrl-D ends nothing here: the server goes on. /quit stops it.";
    await terminal.waitFor((rows) => rows.filter(said).length === times);
  }
  await terminal.type("/who");
  await terminal.press("Enter");
  await terminal.waitFor((rows) => rows.at(-1) === "No one is here.");
});

test("the console shows a new passphrase, also when the log goes to a file", async () => {
  const shell = ["sh", "-c", '"$0" "$@" | grep -v passphrase; read wait'];
  await using terminal = await openConsole(shell, ["--new-passphrase"]);
  await terminal.waitFor((rows) =>
    rows.some((row) => /^The new passphrase is: [a-z]+ [a-z]+ [a-z]+ [a-z]+$/.test(row)),
  );
});
