/** Shows with the compiled programs that speech reaches those it is for, whole, and nobody else, whatever dies on the way. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AudioRig, RigSound } from "../support/audio-rig.ts";
import { rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { type Client, openStage, type Server, type Stage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";
import { compare, type Likeness } from "../support/speech.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(60_000);

const people = ["alice", "bob", "carol"] as const;
type Person = (typeof people)[number];
/** These words, and in time: both figures say so. */
const isWhole = ({ windows, envelope }: Likeness) => isThere({ windows }) && envelope >= likenessMin;
/** These words, though some may slip on a busy machine. */
const isThere = ({ windows }: Pick<Likeness, "windows">) => windows >= likenessMin;
const likenessMin = 0.8;
/** Below this is the noise of a converter, not sound. */
const audible = 50;
/** In samples: so much is said before something happens to a turn, and the words go on until then. */
const saidBefore = 24_000;
const saidUntil = 96_000;

describe.skipIf(!available)("speech", () => {
  let rig: AudioRig;
  let words: Int16Array;
  let others: Int16Array;

  beforeAll(async () => {
    [rig, words, others] = await Promise.all([
      startAudioRig([...people]),
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps."),
      synthesize("Seven ships sailed slowly past while nobody at all was watching."),
    ]);
  });

  afterAll(() => rig.stop());

  /** A server and three people with a microphone and a speaker each. */
  async function threeIn(stage: Stage): Promise<{ server: Server } & Record<Person, Client>> {
    const server = await stage.server();
    const come = (who: Person) => stage.join(who, server, { args: [], env: rig.env(who) });
    const [alice, bob, carol] = [await come("alice"), await come("bob"), await come("carol")];
    await Promise.all([alice, bob].map((one) => one.next("joined", { name: "carol" })));
    return { server, alice, bob, carol };
  }

  /** Alice says the words into a turn of five seconds: what went through her microphone and every speaker. */
  async function say(alice: Client, hearers: Client[], to?: Person) {
    const recordings = await Promise.all([
      rig.record("alice", "mic"),
      ...people.map((who) => rig.record(who, "spk")),
    ]);
    alice.do({ do: "record", seconds: 5, ...(to === undefined ? {} : { to }) });
    const { stream } = await alice.next("voice-started", { from: "alice" });
    // The words are over before the turn is, so what is still being played when it ends is silence.
    await rig.speak("alice", words);
    await Promise.all(
      [alice, ...hearers].map((one) => one.next("voice-ended", { stream, reason: "done", seconds: 5 })),
    );
    const [mic, own, bob, carol] = await Promise.all(recordings.map((recording) => recording.stop()));
    if (mic === undefined || own === undefined || bob === undefined || carol === undefined)
      throw new Error("a recording is missing");
    return { mic, own, bob, carol };
  }

  /** Tries up to three times, for a busy machine may tear a turn: the last one counts, and every one is printed. */
  async function sayUntil(
    isWell: (likeness: Likeness) => boolean,
    alice: Client,
    hearers: Partial<Record<Person, Client>>,
    to?: Person,
  ) {
    for (let attempt = 1; ; attempt += 1) {
      const said = await say(alice, Object.values(hearers), to);
      const likenesses = (["bob", "carol"] as const)
        .filter((who) => hearers[who] !== undefined)
        .map((who) => {
          const likeness = compare(said.mic.samples, said[who].samples);
          console.log(`attempt ${attempt}, ${who}: ${figures(likeness)}`);
          return likeness;
        });
      if (likenesses.every(isWell) || attempt === 3) return { ...said, isWell: likenesses.every(isWell) };
    }
  }

  /** Begins a turn; resolves when some words were said into it, and goes on saying the others. */
  async function startTalking(alice: Client, seconds: number) {
    const askedAt = performance.now();
    alice.do({ do: "record", seconds });
    const { stream } = await alice.next("voice-started", { from: "alice" });
    await rig.speak("alice", words.slice(0, saidBefore));
    return { stream, askedAt, speaking: rig.speak("alice", words.slice(saidBefore, saidUntil)) };
  }

  /** The next turn of one is heard by another, and text goes on. */
  async function goesOn(one: Client, name: Person, other: Client): Promise<void> {
    one.do({ do: "say", text: `${name} goes on` });
    await other.next("said", { from: name, text: `${name} goes on` });
    one.do({ do: "record", seconds: 1 });
    const { stream } = await other.next("voice-started", { from: name });
    await other.next("voice-ended", { stream, reason: "done", seconds: 1 });
    await one.next("voice-ended", { stream });
  }

  test("everyone else hears it whole, and the speaker does not", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const said = await sayUntil(isWhole, alice, { bob, carol });
    expect(said.isWell).toBe(true);
    expect(loudest(said.own)).toBe(0);
    // Of other words, the same check says no.
    const unlike = compare(others, said.bob.samples);
    console.log(`other words: ${figures(unlike)}`);
    expect({ isWhole: isWhole(unlike), isThere: isThere(unlike) }).toEqual({
      isWhole: false,
      isThere: false,
    });
    for (const one of [alice, bob, carol]) expect(errors(one)).toEqual([]);
  });

  test("one alone hears what is for one alone", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const said = await sayUntil(isThere, alice, { bob }, "bob");
    expect(said.isWell).toBe(true);
    expect(loudest(said.own)).toBe(0);
    expect(loudest(said.carol)).toBe(0);
    expect(bob.events).toContainEqual(expect.objectContaining({ event: "voice-started", to: "bob" }));
    alice.do({ do: "say", text: "to everyone" });
    await carol.next("said", { text: "to everyone" });
    expect(carol.events.filter(({ event }) => event.startsWith("voice-"))).toEqual([]);
  });

  test("stopping keeps what was said", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, askedAt, speaking } = await startTalking(alice, 10);
    alice.do({ do: "stop" });
    const ended = await bob.next("voice-ended", { stream });
    expect(ended.reason).toBe("stopped");
    // All that was said before the stop, less what the sound server may hold back; never more than there was time for.
    expect(ended.seconds).toBeGreaterThan(saidBefore / 48_000 - 0.3);
    expect(ended.seconds).toBeLessThan((performance.now() - askedAt) / 1_000);
    expect(await alice.next("voice-ended", { stream })).toEqual(ended);
    await speaking;
  });

  test("cancelling silences the listeners at once", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const [mic, ear] = await Promise.all([rig.record("alice", "mic"), rig.record("bob", "spk")]);
    const { stream, speaking } = await startTalking(alice, 10);
    const cancelledAt = performance.now();
    alice.do({ do: "cancel" });
    expect(await bob.next("voice-ended", { stream })).toMatchObject({ reason: "cancelled" });
    await speaking;
    const [spoken, heard] = await Promise.all([mic.stop(), ear.stop()]);
    expect(loudest(heard)).toBeGreaterThan(audible);
    const [spokenUntil, heardUntil] = [lastSoundAt(spoken) - cancelledAt, lastSoundAt(heard) - cancelledAt];
    console.log(
      `cancelled: heard for ${heardUntil.toFixed(0)} ms more, spoken for ${spokenUntil.toFixed(0)} ms more`,
    );
    // The words went on for more than a second; what the speaker's own buffers hold is played out.
    expect(spokenUntil).toBeGreaterThan(1_000);
    expect(heardUntil).toBeLessThan(500);
  });

  test("one speaks at a time, and the next may as soon as the floor is free", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(alice, 10);
    bob.do({ do: "record", seconds: 2, ref: "mine" });
    const refused = await bob.next("error", { ref: "mine" });
    expect(refused).toMatchObject({ code: "floor-taken", message: expect.stringMatching(whoIsTalking) });
    expect(bob.events.filter(({ event }) => event === "recording")).toEqual([]);
    alice.do({ do: "stop" });
    await bob.next("voice-ended", { stream });
    await speaking;
    await goesOn(bob, "bob", alice);
  });

  test("an audio helper killed while its owner talks costs that turn and no more", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(alice, 10);
    kill9(childrenOf(alice.pid));
    expect(await alice.next("error")).toMatchObject({ code: "audio-failed", message: oneLine });
    expect(await bob.next("voice-ended", { stream })).toMatchObject({ reason: "device" });
    await alice.next("voice-ended", { stream, reason: "device" });
    await speaking;
    await goesOn(alice, "alice", bob);
    expect(errors(alice)).toHaveLength(1);
  });

  test("an audio helper killed while its owner listens costs that turn and no more", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(alice, 10);
    kill9(childrenOf(bob.pid));
    expect(await bob.next("error")).toMatchObject({ code: "audio-failed", message: oneLine });
    bob.do({ do: "say", text: "still here" });
    await alice.next("said", { from: "bob", text: "still here" });
    alice.do({ do: "stop" });
    await bob.next("voice-ended", { stream, reason: "stopped" });
    await speaking;
    const said = await sayUntil(isThere, alice, { bob });
    expect(said.isWell).toBe(true);
  });

  test("a client killed while it talks frees the floor at once and leaves no helper", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const { stream, speaking } = await startTalking(alice, 30);
    const helpers = childrenOf(alice.pid);
    expect(helpers).not.toEqual([]);
    alice.signal("SIGKILL");
    expect(await bob.next("voice-ended", { stream })).toMatchObject({ from: "alice", reason: "lost" });
    expect(await bob.next("left")).toEqual({ event: "left", name: "alice", reason: "lost" });
    bob.do({ do: "record", seconds: 1 });
    await carol.next("voice-started", { from: "bob" });
    await carol.next("voice-ended", { from: "bob", reason: "done" });
    expect(errors(bob)).toEqual([]);
    await Promise.all(helpers.map(gone));
    await speaking;
  });

  test("without a sound server recording says what is missing, once, and text works", async () => {
    await using stage = await openStage();
    const { server, alice } = await threeIn(stage);
    const empty = join((await stage.home()).work, "alsa.conf");
    await Bun.write(empty, "");
    const cases = [
      { name: "dave", env: { ALSA_CONFIG_PATH: empty } },
      { name: "erin", env: {} },
      { name: "frank", env: { ...rig.env("bob"), PULSE_SERVER: "unix:/nonexistent" } },
    ];
    for (const { name, env } of cases) {
      const mute = await stage.join(name, server, { args: [], env });
      mute.do({ do: "record", seconds: 5 });
      expect(await mute.next("error")).toMatchObject({ message: oneLine });
      await mute.next("voice-ended", { from: name, seconds: 0, reason: "device" });
      mute.do({ do: "say", text: "I can write" });
      await alice.next("said", { from: name, text: "I can write" });
      expect(errors(mute)).toHaveLength(1);
      // Nobody was told of a turn that was never heard.
      expect(alice.events.filter((event) => "from" in event && event.from === name)).toHaveLength(1);
      mute.do({ do: "quit" });
      expect(await mute.exit()).toBe(0);
    }
  });
});

/** A sentence, in one line. */
const oneLine = expect.stringMatching(/^[^\n]+\.$/);
const whoIsTalking = /^alice is talking \((10|9|8) s left\)\.$/;

function errors(client: Client) {
  return client.events.filter(({ event }) => event === "error");
}

function figures({ windows, envelope }: Likeness): string {
  return `windows ${windows.toFixed(3)}, envelope ${envelope.toFixed(3)}`;
}

function loudest({ samples }: RigSound): number {
  return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

/** When the last audible sample went through, on the clock of `performance.now()`. */
function lastSoundAt({ samples, startedAt }: RigSound): number {
  return startedAt + samples.findLastIndex((sample) => Math.abs(sample) > audible) / 48;
}

function childrenOf(pid: number): number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return listed.split(" ").filter(Boolean).map(Number);
}

function kill9(pids: number[]): void {
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

/** Asked again and again, for nothing tells about processes that are not our own children. */
async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await Bun.sleep(5);
}

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
