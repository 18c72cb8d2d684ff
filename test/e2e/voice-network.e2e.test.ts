/** Shows what a bad network does to speech: it stays speech, it never comes ever later, and text is never lost to it. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type AudioRig, rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { type Client, openStage, type Stage } from "../support/holler.ts";
import {
  badLinks,
  canMakeLinks,
  goodLink,
  type Link,
  type LinkConditions,
  linkHint,
  openLink,
} from "../support/link.ts";
import { requireRig } from "../support/rigs.ts";
import { delayOf, describeHeard, samplesBefore, say, upToThreeTimes } from "../support/talking.ts";

const available =
  requireRig("a sound server", rigAvailable(), rigPackages) &&
  requireRig("a shaped link", canMakeLinks(), linkHint);
setDefaultTimeout(90_000);

/** What each link may do to speech at the most: how unlike it may be, and how much of it invented. */
const bounds = {
  jitter: { windowsMin: 0.8, concealedMax: 0.1 },
  loss: { windowsMin: 0.6, concealedMax: 0.3 },
  stalls: { windowsMin: 0.6, concealedMax: 0.3 },
} satisfies Record<keyof typeof badLinks, object>;

/** After a freeze of two seconds, the words must be nearer to now than this. */
const backWithinMs = 600;
/** On a link that carries half of what voice needs, whatever is heard must be younger than this. */
const lateMsMax = 2_500;

describe.skipIf(!available)("voice over a bad network", () => {
  let rig: AudioRig;
  let link: Link;
  let words: Int16Array;
  let first: Int16Array;
  let last: Int16Array;

  beforeAll(async () => {
    [rig, link, words, first, last] = await Promise.all([
      startAudioRig(["alice", "bob"]),
      openLink(),
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps."),
      synthesize("Seven ships sailed slowly past."),
      synthesize("Nobody at all was watching them."),
    ]);
  });

  afterAll(() => Promise.all([rig.stop(), link.close()]));
  afterEach(() => link.change(goodLink));

  /** Alice is on the server's machine, bob at the other end of the link, which becomes bad when both are in. */
  async function twoIn(stage: Stage, conditions: Partial<LinkConditions>) {
    await stage.server({ host: link.near, args: ["--port", "4050", "--no-advertise"] });
    const there = ["--server", `${link.near.address("link")}:4050`];
    const come = (name: string, host: Link["near"]) =>
      stage.join(name, there, { host, args: [], env: rig.env(name) });
    const [alice, bob] = [await come("alice", link.near), await come("bob", link.far)];
    await alice.next("joined", { name: "bob" });
    await link.change(conditions);
    return { alice, bob };
  }

  for (const name of ["jitter", "loss", "stalls"] as const) {
    const { windowsMin, concealedMax } = bounds[name];
    test(`speech over a link with ${name} stays speech`, async () => {
      await using stage = await openStage();
      const { alice, bob } = await twoIn(stage, badLinks[name]);
      const { isWell } = await upToThreeTimes(
        () => say(rig, ["alice", alice], { bob }, words),
        ({ heard: { bob } }) =>
          bob.windows >= windowsMin && (bob.ended.concealed ?? Number.NaN) <= concealedMax,
        ({ heard }) => `${name}: ${describeHeard(heard.bob)}`,
      );
      expect(isWell).toBe(true);
    });
  }

  test("after two seconds of nothing speech is live again, and no line is missing", async () => {
    await using stage = await openStage();
    const { alice, bob } = await twoIn(stage, { delayMs: 10 });
    const { isWell } = await upToThreeTimes(
      () => freezeWhileTalking(alice, bob),
      ({ before, after }) => before < backWithinMs && after < backWithinMs,
      ({ before, after }) => `${before.toFixed(0)} ms late before, ${after.toFixed(0)} ms after`,
    );
    expect(isWell).toBe(true);
  });

  /** A turn in the middle of which nothing passes for two seconds: how late words are heard before and after. */
  async function freezeWhileTalking(alice: Client, bob: Client) {
    const [mic, ear] = await Promise.all([rig.record("alice", "mic"), rig.record("bob", "spk")]);
    alice.do({ do: "record", seconds: 9 });
    const { stream } = await alice.next("voice-started");
    await rig.speak("alice", first);
    await link.change({ isFrozen: true });
    const lines = Array.from({ length: 20 }, (_, n) => `line ${n} of turn ${stream}`);
    for (const text of lines) alice.do({ do: "say", text });
    await Bun.sleep(2_000);
    await link.change({ isFrozen: false });
    for (const text of lines) await bob.next("said", { text });
    await rig.speak("alice", last);
    for (const one of [bob, alice]) await one.next("voice-ended", { stream });
    const [spoken, heard] = await Promise.all([mic.stop(), ear.stop()]);
    return { before: delayOf(first, spoken, heard), after: delayOf(last, spoken, heard) };
  }

  test("a link too slow for voice carries less of it, not ever later", async () => {
    await using stage = await openStage();
    const { alice, bob } = await twoIn(stage, { bytesPerSecond: 3_000, queueBytes: 16_384 });
    alice.do({ do: "record", seconds: 10 });
    const { stream } = await alice.next("voice-started");
    await rig.speak("alice", words);
    await rig.speak("alice", words);
    await alice.next("voice-ended", { stream });
    const endedAt = performance.now();
    const ended = await bob.next("voice-ended", { stream });
    const lateMs = performance.now() - endedAt;
    console.log(`slow link: the end came ${lateMs.toFixed(0)} ms late, ${JSON.stringify(ended)}`);
    expect(lateMs).toBeLessThan(lateMsMax);
    expect(ended.delayMs?.p95).toBeLessThan(lateMsMax);
    expect(ended.concealed).toBeGreaterThan(0.1);
    alice.do({ do: "say", text: "text as ever" });
    await bob.next("said", { text: "text as ever" });
  });

  test("a speaker whose own link stalls is told", async () => {
    await using stage = await openStage();
    const { alice, bob } = await twoIn(stage, { delayMs: 10 });
    bob.do({ do: "record", seconds: 8 });
    const { stream } = await alice.next("voice-started", { from: "bob" });
    await rig.speak("bob", words.slice(0, samplesBefore));
    await link.change({ isFrozen: true });
    const speaking = rig.speak("bob", words.slice(samplesBefore));
    expect(await bob.next("warning", { code: "uplink-late" })).toMatchObject({ message: oneLine });
    await link.change({ isFrozen: false });
    await speaking;
    await alice.next("voice-ended", { stream });
    await bob.next("voice-ended", { stream });
    // Once is enough.
    expect(bob.events.filter(({ event }) => event === "warning")).toHaveLength(1);
  });
});

/** A sentence, in one line. */
const oneLine = expect.stringMatching(/^[^\n]+\.$/);
