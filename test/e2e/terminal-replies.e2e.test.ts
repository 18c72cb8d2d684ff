/** Replies of the terminal that arrive while a person types at the built client. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { clientBinary, openStage, type Server, type Stage } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";
import { bytesOf, replies } from "../terminal/replies.ts";

const hasTerminal = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
setDefaultTimeout(120_000);
afterEach(closeTerminals);
const seenWithinMs = 60_000;

async function sitDown(stage: Stage, server: Server, args: string[]): Promise<Tmux> {
  const home = await stage.home();
  const env = { ...home.env, TERM: "tmux-256color", LANG: "C.UTF-8" };
  const command = [clientBinary, "--name", "alice", "--no-voice", ...server.there, ...args];
  return openTmux(command, { env, cwd: home.work });
}

/** Types the line with a reply of the terminal in its middle, and Enter. */
async function type(tmux: Tmux, line: string, reply: string): Promise<void> {
  await tmux.send(bytesOf(`${line.slice(0, 2)}${reply}${line.slice(2)}`));
  await tmux.press("Enter");
}

/** Those that a terminal which edits the line itself passes on whole: it has a longest line, and DEL deletes. */
const short = Object.values(replies).filter((reply) => reply.length < 1_000 && !reply.includes("\x7f"));
const passphrase = "maple";

describe.skipIf(!hasTerminal)("at a terminal that answers in the middle of a line,", () => {
  test.each([[[]], [["--plain"]]])(
    "neither the passphrase nor a line contains the answer (options: %j)",
    async (args) => {
      await using stage = await openStage();
      const server = await stage.server({ env: { HOLLER_PASSPHRASE: passphrase } });
      const bob = await stage.join("bob", server, { env: { HOLLER_PASSPHRASE: passphrase } });
      await using alice = await sitDown(stage, server, args);
      await alice.waitFor((rows) => rows.at(-1) === "Passphrase:", seenWithinMs);
      await type(alice, passphrase, short.join(""));
      await bob.next("joined", { name: "alice" }, seenWithinMs);
      await alice.waitFor((rows) => rows.some((row) => row.startsWith("You are alice")), seenWithinMs);
      for (const reply of short) {
        await type(alice, "hello", reply);
        expect((await bob.next("said", { from: "alice" })).text).toBe("hello");
      }
    },
  );
});
