/** Shows that a signal that was ignored when a program started stays ignored, as nohup and shells intend. */
import { afterAll, afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clientBinary, openStage, serverBinary } from "../support/holler.ts";
import { gone } from "../support/processes.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux } from "../support/tmux.ts";

setDefaultTimeout(120_000);
const hasTmux = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
const stage = await openStage();
afterEach(closeTerminals);
afterAll(() => stage[Symbol.asyncDispose]());

/** Starts a program with one signal ignored. */
const ignoring = (signal: "HUP" | "INT", command: string[]) => [
  "sh",
  "-c",
  `trap '' ${signal}; exec "$0" "$@"`,
  ...command,
];

for (const signal of ["HUP", "INT"] as const) {
  const options = ["--port", "0", "--no-advertise", "--log-format", "json"];

  test(`a server and a client that were started with SIG${signal} ignored go on after it`, async () => {
    const server = await stage.start(ignoring(signal, [serverBinary, ...options]));
    const listening = JSON.parse(await server.output.next((line) => line.includes("listening"), "the port"));
    const there = ["--server", `127.0.0.1:${listening.port}`, "--no-voice"];
    const bob = await stage.start(ignoring(signal, [clientBinary, "--json", "--name", "bob", ...there]));
    await bob.output.next((line) => line.includes('"welcome"'), "the welcome");
    for (const program of [server, bob]) program.signal(`SIG${signal}`);
    const alice = await stage.join("alice", there);
    bob.write('{"do":"say","text":"still here"}\n');
    await alice.next("said", { text: "still here" });
    for (const program of [bob, server]) {
      program.signal("SIGTERM");
      expect(await program.exit()).toBe(0);
    }
  });
}

test.skipIf(!hasTmux)(
  "a server that was started with nohup goes on when its terminal is closed",
  async () => {
    const { env, work } = await stage.home();
    const log = join(work, "log");
    // The file is there before its reader.
    const start = ': > "$1"; nohup "$0" --port 0 --no-advertise >> "$1" & echo "process $!"; tail -f "$1"';
    const tmux = await openTmux(["bash", "--norc", "-c", start, serverBinary, log], { env, cwd: work });
    const numberAfter = (word: string, rows: string[]) =>
      Number(new RegExp(`${word} +(\\d+)`).exec(rows.join("\n"))?.[1]);
    const rows = await tmux.waitFor((screen) => numberAfter("Port", screen) > 0);
    const pid = numberAfter("process", rows);
    try {
      await tmux[Symbol.asyncDispose]();
      const there = ["--server", `127.0.0.1:${numberAfter("Port", rows)}`];
      const sent = await stage.holler(["send", "--name", "bob", ...there, "still here"]);
      expect(sent).toEqual({ code: 0, output: "", errors: "" });
    } finally {
      process.kill(pid, "SIGTERM");
      await gone(pid);
    }
    expect(await readFile(log, "utf8")).toContain("Stopping (SIGTERM).");
  },
);
