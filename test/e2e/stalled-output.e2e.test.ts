/** Shows that the room goes on while nothing takes the output of its server, and that the server ends all the same. */
import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openStage, serverBinary } from "../support/holler.ts";
import { createKeyHolder } from "../support/keys.ts";
import { gone } from "../support/processes.ts";
import { joinRaw } from "../support/raw-client.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux } from "../support/tmux.ts";

setDefaultTimeout(120_000);
const hasTmux = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
const hasPipes = requireRig(
  "named pipes",
  process.platform === "linux" && hasProgram("mkfifo"),
  "run on Linux",
);
const stage = await openStage();
afterEach(closeTerminals);
afterAll(() => stage[Symbol.asyncDispose]());

interface Pipe extends Disposable {
  path: string;
  /** What is in the pipe now. */
  read(): string;
  /** Leaves no room in the pipe. */
  fill(): void;
}

function openPipe(folder: string): Pipe {
  const path = join(folder, `pipe-${crypto.randomUUID()}`);
  Bun.spawnSync(["mkfifo", path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const untilItWouldWait = (act: () => number): void => {
    try {
      while (act() > 0);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") throw thrown;
    }
  };
  return {
    path,
    read() {
      const chunk = Buffer.alloc(65_536);
      let text = "";
      untilItWouldWait(() => {
        const bytes = readSync(fd, chunk);
        text += chunk.toString("utf8", 0, bytes);
        return bytes;
      });
      return text;
    },
    fill: () => untilItWouldWait(() => writeSync(fd, "#".repeat(4_096))),
    [Symbol.dispose]: () => closeSync(fd),
  };
}

/** A pipe tells no one that something was written to it. */
async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error("Not in time");
    await Bun.sleep(5);
  }
}

/** Runs a command with this file as its standard output or standard error. */
const into = (fd: 1 | 2, path: string, command: string[]) => [
  "sh",
  "-c",
  `exec "$0" "$@" ${fd}> ${path}`,
  ...command,
];

describe.skipIf(!hasTmux)("a terminal that is stopped with Ctrl-S", () => {
  /** A server at a terminal that is stopped once the port is shown. */
  async function openStopped() {
    const { env, work } = await stage.home();
    const shell = [
      "sh",
      "-c",
      '"$0" --port 0 --no-advertise & echo "process $!"; wait; echo "ended with $?"; read wait',
    ];
    const tmux = await openTmux([...shell, serverBinary], { env, cwd: work });
    const numberAfter = (word: string, rows: string[]) =>
      Number(new RegExp(`${word} +(\\d+)`).exec(rows.join("\n"))?.[1]);
    const rows = await tmux.waitFor(
      (screen) => numberAfter("Port", screen) > 0 && numberAfter("process", screen) > 0,
    );
    await tmux.press("C-s");
    return {
      tmux,
      pid: numberAfter("process", rows),
      there: ["--server", `127.0.0.1:${numberAfter("Port", rows)}`],
    };
  }

  test("stops the log and not the room, and Ctrl-Q shows what happened meanwhile", async () => {
    const { tmux, there } = await openStopped();
    const [alice, bob] = [await stage.join("alice", there), await stage.join("bob", there)];
    for (const text of ["one", "two", "three"]) {
      alice.do({ do: "say", text });
      await bob.next("said", { text });
    }
    expect((await tmux.screen()).join("\n")).not.toContain("alice joined");
    await tmux.press("C-q");
    await tmux.waitFor((rows) => rows.some((row) => row.endsWith("bob joined from 127.0.0.1")));
  });

  test("delays the end of the server by a second at most", async () => {
    const { tmux, pid, there } = await openStopped();
    await stage.join("alice", there);
    process.kill(pid, "SIGTERM");
    await gone(pid);
    await tmux.press("C-q");
    await tmux.waitFor((rows) => rows.includes("ended with 0"));
  });
});

describe.skipIf(!hasPipes)("a pipe that nothing reads", () => {
  const options = ["--port", "0", "--no-advertise", "--log-format", "json"];

  test("stops the log and not the room; lines past the bound are dropped and counted", async () => {
    using pipe = openPipe((await stage.home()).work);
    const server = await stage.start(
      into(1, pipe.path, [serverBinary, ...options, "--op", "alice", "--no-limits"]),
    );
    let port = Number.NaN;
    await until(() => {
      port = Number(/"port":(\d+)/.exec(pipe.read())?.[1]);
      return port > 0;
    });
    pipe.fill();
    const target = { port, tls: true };
    using alice = await joinRaw(target, "alice", false, createKeyHolder());
    using bob = await joinRaw(target, "bob");
    let locks = 0;
    const lock = (): void => {
      locks += 1;
      alice.send({ type: "moderate", action: "lock", on: true, ref: `${locks}` });
    };
    while (locks < 4_000) lock();
    await alice.next("moderated", { ref: "4000" });
    bob.send({ type: "say", text: "still here", ref: "r" });
    await alice.next("said", { text: "still here" });

    let log = pipe.read().replace(/^#+/, "");
    await until(() => {
      log += pipe.read();
      lock();
      return log.includes("lines-dropped");
    });
    await alice.next("moderated", { ref: `${locks}` });
    server.signal("SIGTERM");
    await until(() => {
      log += pipe.read();
      return log.includes("stopping");
    });
    const isLock = (line: string) => line.includes('"moderated"');
    const lines = log.split("\n");
    expect(lines.findIndex((line) => line.includes("lines-dropped"))).toBeGreaterThan(1_000);
    const counts = [...log.matchAll(/"message":"Dropped lines: (\d+), because nothing took the output\."/g)];
    const dropped = counts.reduce((sum, [, count]) => sum + Number(count), 0);
    expect(lines.filter(isLock).length + dropped).toBe(locks);
    expect(await server.exit()).toBe(0);
  });

  test("does not keep a server that cannot start from ending", async () => {
    using pipe = openPipe((await stage.home()).work);
    pipe.fill();
    const server = await stage.server();
    const refused = await stage.start(
      into(2, pipe.path, [serverBinary, "--no-advertise", "--port", `${server.port}`]),
    );
    expect(await refused.exit()).toBe(2);
  });
});
