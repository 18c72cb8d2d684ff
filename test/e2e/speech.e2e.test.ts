/** Shows with the compiled programs that speech reaches those it is for, whole, and nobody else, and what is said of it is true. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { AudioRig, RigSound } from "../support/audio-rig.ts";
import { rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { type Client, openStage, type Server, type Stage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";
import { compare } from "../support/speech.ts";
import {
  audibleMin,
  describeHeard,
  describeLikeness,
  errors,
  expectWorking,
  isDelayReported,
  isRecognised,
  isWhole,
  joinRoom,
  loudest,
  samplesBefore,
  say,
  startTalking,
  upToThreeTimes,
} from "../support/talking.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(60_000);

const people = ["alice", "bob", "carol"] as const;
type Person = (typeof people)[number];

describe.skipIf(!available)("speech", () => {
  let rig: AudioRig;
  let words: Int16Array;
  let others: Int16Array;

  beforeAll(async () => {
    [rig, words, others] = await Promise.all([
      startAudioRig([...people]),
      synthesize("The quick brown fox jumps over the lazy dog, and then it lies down."),
      synthesize("Seven ships sailed slowly past while nobody at all was watching."),
    ]);
  });

  afterAll(() => rig.stop());

  /** A server and three people with a microphone and a speaker each. */
  async function threeIn(stage: Stage): Promise<{ server: Server } & Record<Person, Client>> {
    const server = await stage.server();
    return { server, ...(await joinRoom(stage, rig, server, people)) };
  }

  test("everyone else hears it whole, and the speaker does not", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const own = await rig.record("alice", "spk");
    const { isWell, heard } = await upToThreeTimes(
      () => say(rig, ["alice", alice], { bob, carol }, words),
      ({ heard }) => isWhole(heard.bob) && isWhole(heard.carol),
      ({ heard }) => `bob: ${describeHeard(heard.bob)}; carol: ${describeHeard(heard.carol)}`,
    );
    expect(isWell).toBe(true);
    expect(loudest(await own.stop())).toBe(0);
    // Of other words, the same check says no.
    const unlike = compare(others, heard.bob.sound.samples);
    console.log(`other words: ${describeLikeness(unlike)}`);
    expect({ isWhole: isWhole(unlike), isThere: isRecognised(unlike) }).toEqual({
      isWhole: false,
      isThere: false,
    });
    for (const one of [alice, bob, carol]) expect(errors(one)).toEqual([]);
  });

  test("the delay that is said is the delay there is, in parts that add up", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { isWell, heard } = await upToThreeTimes(
      () => say(rig, ["alice", alice], { bob }, words),
      ({ heard }) => isDelayReported(heard.bob),
      ({ heard: { bob } }) => `${describeHeard(bob)}, ${JSON.stringify(bob.ended.partsMs)}`,
    );
    expect(isWell).toBe(true);
    const { delayMs, partsMs, concealed } = heard.bob.ended;
    expect(delayMs?.p95).toBeGreaterThanOrEqual(delayMs?.median ?? Number.POSITIVE_INFINITY);
    expect(concealed).toBeWithin(0, 0.5);
    const parts = Object.values(partsMs ?? {}).map(Number);
    expect(Object.keys(partsMs ?? {}).sort()).toEqual(["buffer", "capture", "encode", "network", "output"]);
    // Each part is a median of its own, so the sum is near the whole and no more.
    const sum = parts.reduce((all, part) => all + part, 0);
    expect(Math.abs(sum - (delayMs?.median ?? Number.NaN))).toBeLessThan(25);
  });

  test("one alone hears what is for one alone", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const silent = await Promise.all([rig.record("alice", "spk"), rig.record("carol", "spk")]);
    const { isWell } = await upToThreeTimes(
      () => say(rig, ["alice", alice], { bob }, words, "bob"),
      ({ heard }) => isRecognised(heard.bob),
      ({ heard }) => describeHeard(heard.bob),
    );
    expect(isWell).toBe(true);
    for (const recording of silent) expect(loudest(await recording.stop())).toBe(0);
    expect(bob.events).toContainEqual(expect.objectContaining({ event: "voice-started", to: "bob" }));
    alice.do({ do: "say", text: "to everyone" });
    await carol.next("said", { text: "to everyone" });
    expect(carol.events.filter(({ event }) => event.startsWith("voice-"))).toEqual([]);
  });

  test("stopping keeps what was said", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, askedAt, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    alice.do({ do: "stop" });
    const ended = await bob.next("voice-ended", { stream });
    expect(ended.reason).toBe("stopped");
    // All that was said before the stop, less what the sound server may hold back; never more than there was time for.
    expect(ended.seconds).toBeGreaterThan(samplesBefore / 48_000 - 0.3);
    expect(ended.seconds).toBeLessThan((performance.now() - askedAt) / 1_000);
    expect(await alice.next("voice-ended", { stream })).toMatchObject({
      seconds: ended.seconds,
      reason: "stopped",
    });
    await speaking;
  });

  test("cancelling silences the listeners at once", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const [mic, ear] = await Promise.all([rig.record("alice", "mic"), rig.record("bob", "spk")]);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    const cancelledAt = performance.now();
    alice.do({ do: "cancel" });
    expect(await bob.next("voice-ended", { stream })).toMatchObject({ reason: "cancelled" });
    await speaking;
    const [spoken, heard] = await Promise.all([mic.stop(), ear.stop()]);
    expect(loudest(heard)).toBeGreaterThan(audibleMin);
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
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    bob.do({ do: "record", seconds: 2, ref: "mine" });
    const refused = await bob.next("error", { ref: "mine" });
    expect(refused).toMatchObject({ code: "floor-taken", message: expect.stringMatching(whoIsTalking) });
    expect(bob.events.filter(({ event }) => event === "recording")).toEqual([]);
    alice.do({ do: "stop" });
    await bob.next("voice-ended", { stream });
    await speaking;
    await expectWorking(["bob", bob], alice);
  });
});

const whoIsTalking = /^alice is talking \((10|9|8) s left\)\.$/;

/** When the last audible sample went through, on the clock of `performance.now()`. */
function lastSoundAt({ samples, startedAt }: RigSound): number {
  return startedAt + samples.findLastIndex((sample) => Math.abs(sample) > audibleMin) / 48;
}
