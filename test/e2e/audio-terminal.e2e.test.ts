/** Shows `!audio` as people use it: the compiled client at a terminal, a microphone with words in it, and listeners. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type AudioRig, rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { type Client, clientBinary, openStage, type Server, type Stage } from "../support/holler.ts";
import { hasProgram, requireRig } from "../support/rigs.ts";
import { closeTerminals, openTmux, type Tmux } from "../support/tmux.ts";

const hasSound = requireRig("a sound server", rigAvailable(), rigPackages);
const hasTerminal = requireRig("tmux", hasProgram("tmux"), "apt install tmux");
setDefaultTimeout(120_000);
afterEach(closeTerminals);

/** Sign, meter, loudness, time left, and what to press. */
const bar =
  /^● recording( to bob)? ([▮▯│]{8}) +(-?\d+) dBFS {2}(\d+\.\d) s left {2}Enter stops, Esc cancels$/;
const seenWithinMs = 60_000;

describe.skipIf(!hasSound || !hasTerminal)("!audio", () => {
  let rig: AudioRig;
  let words: Int16Array;

  beforeAll(async () => {
    [rig, words] = await Promise.all([
      startAudioRig(["alice", "bob"]),
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps."),
    ]);
  });

  afterAll(() => rig.stop());

  /** Alice and bob at terminals of their own, carol a program that only listens to what is told. */
  async function threeIn(stage: Stage) {
    const server = await stage.server();
    const carol = await stage.join("carol", server);
    const alice = await sitDown(stage, "alice", server);
    const bob = await sitDown(stage, "bob", server);
    await alice.waitFor((rows) => rows.includes("→ bob joined"), seenWithinMs);
    return { alice, bob, carol };
  }

  async function sitDown(stage: Stage, name: string, server: Server, args: string[] = []): Promise<Tmux> {
    const home = await stage.home();
    const env = { ...home.env, ...rig.env(name), TERM: "tmux-256color", LANG: "C.UTF-8" };
    const command = [clientBinary, "--name", name, ...server.there, ...args];
    const tmux = await openTmux(command, { env, cwd: home.work });
    const ready = args.includes("--plain") ? /^In the room: / : /^>$/;
    await tmux.waitFor((rows) => ready.test(rows.at(-1) ?? ""), seenWithinMs);
    return tmux;
  }

  test("shows the level and the time left, the others see who talks, and a second speaker is refused", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    await using _a = alice;
    await using _b = bob;
    await submit(alice, "!audio");
    const first = await readBar(alice, ({ dbfs }) => dbfs < -90);
    expect(first.meter).toBe("▯▯▯▯▯▯▯▯");
    const speaking = rig.speak("alice", words);
    const loud = await readBar(alice, ({ dbfs }) => dbfs > -40);
    expect(loud.meter).toMatch(/^▮+▯*│?▯*$/);
    expect(loud.secondsLeft).toBeLessThan(first.secondsLeft);
    await sees(bob, "♪ alice is talking");
    await submit(bob, "!audio");
    await sees(bob, /^! alice is talking \([1-5] s left\)\.$/);
    await Promise.all([
      sees(alice, talked("♪ You talked for 5.0 s")),
      sees(bob, talked("♪ alice talked for 5.0 s")),
    ]);
    expect(await carol.next("voice-ended")).toMatchObject({ from: "alice", seconds: 5, reason: "done" });
    // Nothing of the bar stays, neither on the screen nor above it.
    expect((await alice.everything()).filter((row) => /▮|▯|s left/.test(row))).toEqual([]);
    await speaking;
  });

  test("stops early on Enter, and a half-typed line stays in the editor", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    await using _a = alice;
    await using _b = bob;
    await submit(alice, "!audio 30");
    await readBar(alice, ({ secondsLeft }) => secondsLeft < 29.8);
    await alice.type("half a line");
    await submit(bob, "while you talk");
    await alice.waitFor((rows) => rows.includes("bob: while you talk"), seenWithinMs);
    const rows = await alice.waitFor((screen) => screen.at(-1) === "> half a line", seenWithinMs);
    expect(rows.at(-2)).toMatch(bar);
    await alice.press("Enter");
    const ended = await carol.next("voice-ended");
    expect(ended.reason).toBe("stopped");
    expect(ended.seconds).toBeLessThan(15);
    const told = `talked for ${ended.seconds.toFixed(1)} s`;
    await Promise.all([sees(alice, talked(`♪ You ${told}`)), sees(bob, talked(`♪ alice ${told}`))]);
    expect((await alice.screen()).at(-1)).toBe("> half a line");
    await alice.press("Enter");
    await carol.next("said", { from: "alice", text: "half a line" });
  });

  test("is cancelled by Esc and Ctrl-C, and the client stays in the room", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    await using _a = alice;
    await using _b = bob;
    await alice.type("!audio");
    for (const key of ["Escape", "C-c"]) {
      if (key === "C-c") await alice.type("!audio");
      await alice.press("Enter");
      await readBar(alice, ({ secondsLeft }) => secondsLeft < 4.8);
      await alice.type(`kept after ${key}`);
      await alice.press(key);
      const { seconds } = await carol.next("voice-ended", { from: "alice", reason: "cancelled" });
      const told = `talked for ${seconds.toFixed(1)} s (cancelled)`;
      await Promise.all([sees(alice, talked(`♪ You ${told}`)), sees(bob, talked(`♪ alice ${told}`))]);
      expect((await alice.screen()).at(-1)).toBe(`> kept after ${key}`);
      await alice.press("Enter");
      await carol.next("said", { text: `kept after ${key}` });
    }
  });

  test("has a sibling, !talk, that keeps the microphone open until Enter and warns of silence", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    await using _a = alice;
    await using _b = bob;
    await submit(alice, "!talk");
    await sees(alice, /^● talking [▮▯│]{8} +-?\d+ dBFS {2}0:0[12], 4:5[89] left {2}Enter ends, Esc cancels$/);
    await sees(bob, "♪ alice is talking");
    await alice.press("Enter");
    await carol.next("voice-ended", { from: "alice", reason: "stopped" });
    await sees(alice, "! Nothing was heard: is the microphone muted?");
  });

  test("has a sibling, !talk, that closes the microphone when its input ends", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const carol = await stage.join("carol", server);
    const script = await stage.join("alice", server, { args: [], env: rig.env("alice") });
    script.do({ do: "talk" });
    await carol.next("voice-started", { from: "alice" });
    script.close();
    await carol.next("voice-ended", { from: "alice", reason: "stopped" });
    expect(await script.exit()).toBe(0);
    await using bob = await sitDown(stage, "bob", server, ["--plain"]);
    await submit(bob, "!talk");
    await carol.next("voice-started", { from: "bob" });
    await bob.press("C-d");
    await carol.next("voice-ended", { from: "bob", reason: "stopped" });
    await carol.next("left", { name: "bob", reason: "quit" });
  });

  test("to one person is announced to that person alone", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    await using _a = alice;
    await using _b = bob;
    await submit(alice, "!audio 2 @bob");
    const { row } = await readBar(alice, () => true);
    expect(row).toContain("recording to bob");
    await sees(bob, "♪ alice is talking to you alone");
    await Promise.all([
      sees(alice, talked("♪ You talked for 2.0 s")),
      sees(bob, talked("♪ alice talked for 2.0 s")),
    ]);
    await submit(alice, "to everyone");
    await carol.next("said", { text: "to everyone" });
    expect(voiceOf(carol)).toEqual([]);
  });
});

async function submit(tmux: Tmux, line: string): Promise<void> {
  await tmux.type(line);
  await tmux.press("Enter");
}

async function sees(tmux: Tmux, line: string | RegExp): Promise<void> {
  const isIt = (row: string) => (typeof line === "string" ? row === line : line.test(row));
  await tmux.waitFor((rows) => rows.some(isIt), seenWithinMs);
}

/** The line at the end of a transmission, with or without measurements. */
function talked(line: string): RegExp {
  return new RegExp(`^${RegExp.escape(line)}(?: · .+)?$`);
}

interface Bar {
  row: string;
  meter: string;
  dbfs: number;
  secondsLeft: number;
}

/** The first bar that fits. */
async function readBar(tmux: Tmux, fits: (bar: Bar) => boolean): Promise<Bar> {
  let found: Bar | undefined;
  await tmux.waitFor((rows) => {
    found = rows.map(parseBar).find((one) => one !== undefined && fits(one));
    return found !== undefined;
  }, seenWithinMs);
  if (found === undefined) throw new Error("no bar was seen");
  return found;
}

function parseBar(row: string): Bar | undefined {
  const parts = bar.exec(row);
  if (parts === null) return undefined;
  return { row, meter: parts[2] ?? "", dbfs: Number(parts[3]), secondsLeft: Number(parts[4]) };
}

function voiceOf(client: Client) {
  return client.events.filter(({ event }) => event.startsWith("voice-"));
}
