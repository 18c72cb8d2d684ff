/** Shows `npm start` as people use it: the first one starts a server, the second joins it, and waits when the server ends with the first. */
import { afterEach, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { openStage, type Stage } from "../support/holler.ts";
import { canMakeNetworks, createNetwork, type Host, networkHint } from "../support/netns.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

setDefaultTimeout(120_000);
afterEach(closeTerminals);
const hasNetworks = requireRig("network namespaces", canMakeNetworks(), networkHint);
const hasTerminal = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
const root = join(import.meta.dir, "../..");
/** It builds first. */
const seenWithinMs = 90_000;

async function npmStart(stage: Stage, host: Host, ...options: string[]): Promise<Tmux> {
  const { env } = await stage.home();
  const command = host.command(["npm", "start", "--silent", "--", ...options]);
  const settings = { ...env, PATH: process.env.PATH ?? "", LANG: "C.UTF-8", CI: "" };
  // A shell that stays, so that the last words can be read.
  const line = [...command.map((word) => `'${word}'`), "; echo ended $?; cat"].join(" ");
  return openTmux(["sh", "-c", line], { env: settings, cwd: root });
}

test.skipIf(!hasNetworks || !hasTerminal)(
  "npm start starts a server where there is none, and ends it",
  async () => {
    const network = createNetwork({ alone: {} });
    await using _network = { [Symbol.asyncDispose]: () => network.close() };
    await using stage = await openStage();
    const host = network.host("alone");

    await using alice = await npmStart(stage, host, "--name", "alice");
    const first = await alice.waitFor((rows) => rows.at(-1) === ">", seenWithinMs);
    expect(first).toContain("No room on this network: a server was started here. It ends when you leave.");

    await using bob = await npmStart(stage, host, "--name", "bob");
    const second = await bob.waitFor((rows) => rows.at(-1) === ">", seenWithinMs);
    expect(second).toContain("In the room: alice");
    expect(second.join("\n")).not.toContain("server was started");

    await bob.type("hello");
    await bob.press("Enter");
    await alice.waitFor((rows) => rows.includes("bob: hello"));
    await alice.type("/quit");
    await alice.press("Enter");
    const last = await alice.waitFor((rows) => rows.some((row) => row.startsWith("ended")), seenWithinMs);
    expect(last).toContain("The server that was started with it has ended too.");
    expect(last).toContain("ended 0");
    await bob.waitFor((rows) => rows.includes("! The server was stopped. Waiting until it is back…"));
    await bob.type("/quit");
    await bob.press("Enter");
    await bob.waitFor((rows) => rows.includes("ended 0"));
  },
);
