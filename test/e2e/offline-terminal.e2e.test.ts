/** What a person at a terminal sees of a server that is gone for a while, and of what was said before. */
import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { clientBinary, type Home, openStage, type Server } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

const hasTerminal = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
setDefaultTimeout(120_000);
afterEach(closeTerminals);
const seenWithinMs = 60_000;

async function sitDown(name: string, server: Server, home: Home): Promise<Tmux> {
  const env = { ...home.env, TERM: "tmux-256color", LANG: "C.UTF-8" };
  const command = [clientBinary, "--name", name, "--no-voice", ...server.there];
  const tmux = await openTmux(command, { env, cwd: home.work });
  await tmux.waitFor((rows) => rows.at(-1) === ">", seenWithinMs);
  return tmux;
}

async function type(tmux: Tmux, line: string): Promise<void> {
  await tmux.type(line);
  await tmux.press("Enter");
}

describe.skipIf(!hasTerminal)("at a terminal,", () => {
  test("lines typed while the server is gone wait above the prompt, and are sent when it is back", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const bob = await stage.join("bob", server);
    await using alice = await sitDown("alice", server, await stage.home());
    await server.kill9();
    await alice.waitFor((rows) => rows.at(-1) === "(not connected) >", seenWithinMs);
    await type(alice, "are you there?");
    await type(alice, "@bob psst");
    const waiting = await alice.waitFor((rows) => rows.includes("… @bob psst"), seenWithinMs);
    expect(waiting).toContain("! The connection is lost. Trying to get it back…");
    expect(waiting.slice(-3)).toEqual(["… are you there?", "… @bob psst", "(not connected) >"]);
    await type(alice, "/who");
    await alice.waitFor((rows) => rows.some((row) => row.startsWith("! Not connected")), seenWithinMs);

    await stage.server({ home: server.home, args: ["--port", String(server.port)] });
    await bob.next("said", { from: "alice", text: "are you there?" }, 30_000);
    await bob.next("whispered", { from: "alice", text: "psst" });
    const back = await alice.waitFor(
      (rows) => rows.at(-1) === ">" && rows.includes("you → bob: psst"),
      seenWithinMs,
    );
    expect(back.filter((row) => row.startsWith("…"))).toEqual([]);
    // Whether bob was back before her makes no difference to what he reads.
    const lines = back.filter((row) => !row.startsWith("bob is away"));
    expect(lines.slice(-4)).toEqual([
      "→ The connection is back.",
      "alice: are you there?",
      "you → bob: psst",
      ">",
    ]);
  });

  test("earlier lines, new lines and found lines are shown under their headings", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const home = await stage.home();
    const bob = await stage.join("bob", server);
    const says = async (text: string): Promise<void> => {
      bob.do({ do: "say", text });
      await bob.next("said", { text });
    };
    await says("the build is green");
    {
      await using alice = await sitDown("alice", server, home);
      await alice.waitFor((rows) => rows.some((row) => /^\d\d:\d\d bob: the build is green$/.test(row)));
      await type(alice, "/quit");
      await bob.next("left", { name: "alice" });
    }
    await says("the build is red");
    bob.do({ do: "whisper", to: "alice", text: "fix it" });
    await bob.next("whispered", { away: true });
    await using alice = await sitDown("alice", server, home);
    const rows = await alice.waitFor(
      (all) => all.some((row) => row.endsWith("bob → you: fix it")),
      seenWithinMs,
    );
    const clock = /^\d\d:\d\d /;
    const said = rows.slice(rows.indexOf("Earlier:")).map((row) => row.replace(clock, ""));
    expect(said[1]).toMatch(/^— \w+, \d+ \w+ 20\d\d —$/);
    expect(said.toSpliced(1, 1)).toEqual([
      "Earlier:",
      "bob: the build is green",
      "— new since you were last here —",
      "bob: the build is red",
      "— now —",
      "bob → you: fix it",
      ">",
    ]);
    await type(alice, "/search GREEN");
    await alice.waitFor((all) => all.at(-2) === "— now —" && all.includes("Found:"), seenWithinMs);
  });
});
