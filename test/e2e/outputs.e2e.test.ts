/** Shows what both programs do when their output cannot be written: a gone reader is quiet, all else is a sentence and 1. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, constants, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Server, Stage } from "../support/holler.ts";
import { clientBinary, openStage, serverBinary } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);

const hasFullDevice = requireRig("/dev/full", process.platform === "linux", "use Linux");

/** Runs a command in a shell: there `$client` and `$server` are the programs. Its standard error and its status. */
async function shell(stage: Stage, script: string, home?: Server["home"]) {
  const env = { client: clientBinary, server: serverBinary };
  const options = { env, ...(home === undefined ? {} : { home }) };
  return (await stage.start(["bash", "-c", script], options)).result();
}

/** Says lines until the history of the server is longer than a pipe and a small disk. */
async function fillHistory(stage: Stage, server: Server): Promise<void> {
  const lines = Array.from({ length: 100 }, (_, index) => `${index} ${"x".repeat(3_000)}\n`).join("");
  const said = await stage.holler([...server.there, "--name", "eve"], { input: lines });
  expect(said.code).toBe(0);
}

const notComplete =
  /^holler(-server)?: Standard output cannot be written \(([^)]+)\): what was printed is not complete\.\n$/;

describe.skipIf(!hasFullDevice)("an output that cannot be written", () => {
  const commands = [
    "$client --help",
    "$client --version",
    "$client send --help",
    "$client doctor --server 127.0.0.1:1",
    "$client doctor --json --server 127.0.0.1:1",
    "$server --help",
    "$server --version",
    "$server export --help",
  ];
  test.each([
    ["a full disk", ">/dev/full", "no space is left on the disk"],
    ["a closed output", ">&-", "it is closed"],
  ])("%s is one sentence and status 1", async (_, redirection, reason) => {
    await using stage = await openStage();
    for (const command of commands) {
      const { code: status, errors } = await shell(stage, `${command} ${redirection}`);
      expect({ command, status, reason: notComplete.exec(errors)?.[2] }).toEqual({
        command,
        status: 1,
        reason,
      });
    }
  });

  test("a reader that is gone is quiet, with the status of SIGPIPE", async () => {
    await using stage = await openStage();
    for (const command of commands) {
      // The reader has ended before the program begins.
      const piped = `exec 3> >(:); wait $!; ${command} >&3`;
      expect({ command, ...(await shell(stage, piped)) }).toEqual({
        command,
        code: 141,
        output: "",
        errors: "",
      });
    }
  });

  test("an export that is cut off never has the status 0", async () => {
    await using stage = await openStage();
    const server = await stage.server({ args: ["--no-limits"] });
    await fillHistory(stage, server);
    const { home } = server;
    for (const format of ["jsonl", "text"]) {
      const exporting = `$server export --format ${format}`;
      const whole = await shell(stage, `${exporting} >whole`, home);
      expect(whole).toEqual({ code: 0, output: "", errors: "" });
      const size = (await stat(join(home.work, "whole"))).size;
      expect(size).toBeGreaterThan(300_000);
      const full = await shell(stage, `${exporting} >/dev/full`, home);
      expect(full).toEqual({ code: 1, output: "", errors: expect.stringMatching(notComplete) });
      const headed = await shell(stage, `${exporting} | head -n 1 >first; exit \${PIPESTATUS[0]}`, home);
      expect(headed).toEqual({ code: 141, output: "", errors: "" });
    }
  });

  test("ends a chat, which leaves although its input is open, as at the end of the input", async () => {
    await using stage = await openStage();
    const { there } = await stage.server();
    const home = await stage.home();
    for (const mode of ["", "--json"]) {
      const chat = `$client ${mode} --name bob --no-voice ${there.join(" ")}`;
      for (const [redirection, reason] of [
        [">/dev/full", "no space is left on the disk"],
        [">&-", "it is closed"],
      ] as const) {
        const { code: status, errors } = await shell(stage, `${chat} ${redirection}`, home);
        expect([mode, status, notComplete.exec(errors)?.[2]]).toEqual([mode, 1, reason]);
      }
      const gone = await shell(stage, `exec 3> >(:); wait $!; ${chat} >&3`, home);
      expect(gone).toEqual({ code: 0, output: "", errors: "" });
    }
  });

  test("does not hide why a chat has failed", async () => {
    await using stage = await openStage();
    const { code, errors } = await shell(stage, "$client --json --server 127.0.0.1:1 >/dev/full");
    expect([code, errors]).toEqual([
      1,
      "holler: Nothing answers at 127.0.0.1, port 1. Is the server running there?\n",
    ]);
  });

  test("changes no status when it is standard error", async () => {
    await using stage = await openStage();
    const { there } = await stage.server();
    for (const redirection of ["2>/dev/full", "2>&-", "2> >(:)"]) {
      const results = [
        await shell(stage, `$client --bogus ${redirection}`),
        await shell(stage, `$server --bogus ${redirection}`),
        await shell(stage, `$client send --to nobody ${there.join(" ")} hi ${redirection}`),
      ];
      expect([redirection, ...results.map(({ code }) => code)]).toEqual([redirection, 2, 2, 1]);
    }
  });
});

test("an input that cannot be read is one sentence and status 1", async () => {
  await using stage = await openStage();
  const { there } = await stage.server();
  const at = there.join(" ");
  const sentence = "Standard input cannot be read (it is a folder).";
  for (const command of [`$client --no-voice ${at}`, `$client send ${at}`]) {
    const { code, errors } = await shell(stage, `${command} </`);
    expect([code, errors]).toEqual([1, `holler: ${sentence}\n`]);
  }
  const { code, output } = await shell(stage, `$client --json --no-voice ${at} </`);
  expect(code).toBe(1);
  expect(JSON.parse(output.trimEnd().split("\n").at(-1) ?? "")).toEqual({
    event: "error",
    code: "input-failed",
    message: sentence,
  });
});

test("a reader that takes nothing cannot keep a client that is told to end", async () => {
  await using stage = await openStage();
  const server = await stage.server({ args: ["--no-limits"] });
  await fillHistory(stage, server);
  const alice = await stage.join("alice", server);
  const home = await stage.home();
  const pipe = join(home.work, "pipe");
  expect(Bun.spawnSync(["mkfifo", pipe]).success).toBeTrue();
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const command = `exec $client --json --name bob --no-voice ${server.there.join(" ")} >pipe`;
    const bob = await stage.start(["bash", "-c", command], { env: { client: clientBinary }, home });
    // Bob says it when he has read his first page, which is more than a pipe holds.
    bob.write(`${JSON.stringify({ do: "say", text: "in" })}\n`);
    await alice.next("said", { text: "in" });
    bob.signal("SIGTERM");
    expect(await bob.exit()).toBe(0);
    expect(bob.errors.items).toEqual([]);
  } finally {
    closeSync(reader);
  }
});
