/** The server's own console, in a real terminal. */
import { expect, setDefaultTimeout, test } from "bun:test";
import type { Stage } from "../support/holler.ts";
import { openStage, serverBinary } from "../support/holler.ts";
import { joinRaw } from "../support/raw-client.ts";
import type { Tmux } from "../support/tmux.ts";
import { openTmux } from "../support/tmux.ts";

setDefaultTimeout(60_000);

const options = ["--port", "0", "--no-advertise"];

/** A server that a shell starts in a terminal, and what is typed there. */
async function openConsole(stage: Stage, shell: string[]): Promise<{ tmux: Tmux; port: number }> {
  const { env, work } = await stage.home();
  const tmux = await openTmux([...shell, serverBinary, ...options], { env: { ...env, PS1: "" }, cwd: work });
  const portIn = (rows: string[]) => Number(/Port +(\d+)/.exec(rows.join("\n"))?.[1]);
  const rows = await tmux.waitFor((screen) => portIn(screen) > 0);
  return { tmux, port: portIn(rows) };
}

test("takes the commands of operators, says what came of them, and stops the server", async () => {
  await using stage = await openStage();
  const { tmux, port } = await openConsole(stage, ["sh", "-c", '"$0" "$@"; echo "ended with $?"; read wait']);
  const enter = async (line: string, answer: string) => {
    await tmux.type(line);
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.some((row) => row.endsWith(answer)));
  };
  try {
    await enter("/who", "Nobody is here.");
    using bob = await joinRaw({ port, tls: true }, "bob");
    await enter("/who", "Here: bob (guest)");
    await enter("/kick", "Usage: /kick @NAME [WHY]");
    await enter("/op bob", "bob is a guest, whose name belongs to nobody.");
    await enter("/ban @bob spam", "The console: ban, bob");
    expect(await bob.next("goodbye")).toMatchObject({ code: "banned", reason: "spam" });
    await enter("/bans", "Banned: bob");
    await tmux.type("hello?");
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.some((row) => row.includes("/help lists them")));
    await enter("/quit", "ended with 0");
  } finally {
    await tmux.close();
  }
});

test("is left alone by a server in the background, which goes on", async () => {
  await using stage = await openStage();
  const { tmux, port } = await openConsole(stage, ["bash", "--norc", "-ic", '"$0" "$@" & cat']);
  try {
    await tmux.type("for cat");
    await tmux.press("Enter");
    await tmux.waitFor((rows) => rows.filter((row) => row === "for cat").length === 2);
    using bob = await joinRaw({ port, tls: true }, "bob");
    bob.send({ type: "say", text: "still there", ref: "r" });
    await bob.next("said");
    expect((await tmux.screen()).join("\n")).not.toContain("Stopped");
  } finally {
    await tmux.close();
  }
});
