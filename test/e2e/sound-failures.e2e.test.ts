/** Shows with the compiled programs that whatever dies under a voice costs one turn and one sentence, and the next turn works. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { AudioRig } from "../support/audio-rig.ts";
import { rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { openStage, type Stage } from "../support/holler.ts";
import { childrenOf, gone, kill9 } from "../support/processes.ts";
import { requireRig } from "../support/rigs.ts";
import {
  describeHeard,
  errors,
  expectWorking,
  isRecognised,
  joinRoom,
  pastOrNext,
  say,
  startTalking,
  upToThreeTimes,
} from "../support/talking.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(60_000);

const people = ["alice", "bob", "carol"] as const;

describe.skipIf(!available)("a failure of sound", () => {
  let rig: AudioRig;
  let words: Int16Array;

  beforeAll(async () => {
    [rig, words] = await Promise.all([
      startAudioRig([...people]),
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps."),
    ]);
  });

  afterAll(() => rig.stop());

  async function threeIn(stage: Stage) {
    const server = await stage.server();
    return { server, ...(await joinRoom(stage, rig, server, people)) };
  }

  test("an audio helper killed while its owner talks costs that turn and no more", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    kill9(childrenOf(alice.pid));
    expect(await pastOrNext(alice, "error")).toMatchObject({ code: "audio-failed", message: oneLine });
    expect(await pastOrNext(bob, "voice-ended", { stream })).toMatchObject({ reason: "device" });
    await pastOrNext(alice, "voice-ended", { stream, reason: "device" });
    await speaking;
    await expectWorking(["alice", alice], bob);
    expect(errors(alice)).toHaveLength(1);
  });

  test("an audio helper killed while its owner listens costs that turn and no more", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    kill9(childrenOf(bob.pid));
    expect(await pastOrNext(bob, "error")).toMatchObject({ code: "audio-failed", message: oneLine });
    bob.do({ do: "say", text: "still here" });
    await alice.next("said", { from: "bob", text: "still here" });
    alice.do({ do: "stop" });
    await pastOrNext(bob, "voice-ended", { stream, reason: "stopped" });
    await speaking;
    const { isWell } = await upToThreeTimes(
      () => say(rig, ["alice", alice], { bob }, words),
      ({ heard }) => isRecognised(heard.bob),
      ({ heard }) => describeHeard(heard.bob),
    );
    expect(isWell).toBe(true);
  });

  test("a client killed while it talks frees the floor at once and leaves no helper", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 30);
    const helpers = childrenOf(alice.pid);
    expect(helpers).not.toEqual([]);
    alice.signal("SIGKILL");
    expect(await pastOrNext(bob, "voice-ended", { stream })).toMatchObject({ from: "alice", reason: "lost" });
    // Her place is kept for a while, and the floor is free all the same.
    bob.do({ do: "record", seconds: 1 });
    await carol.next("voice-started", { from: "bob" });
    await carol.next("voice-ended", { from: "bob", reason: "done" });
    expect(errors(bob)).toEqual([]);
    await Promise.all(helpers.map(gone));
    await speaking;
  });

  test("a sound server that is killed costs everybody one sentence, and the chat goes on until it is back", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    process.kill(rig.serverPid, "SIGKILL");
    for (const one of [alice, bob])
      expect(await pastOrNext(one, "error")).toMatchObject({ code: soundCode, message: oneLine });
    expect(await pastOrNext(bob, "voice-ended", { stream })).toMatchObject({ reason: "device" });
    await speaking;
    alice.do({ do: "say", text: "no sound, but words" });
    await bob.next("said", { text: "no sound, but words" });
    await rig.restart();
    await expectWorking(["alice", alice], bob);
    await expectWorking(["bob", bob], alice);
    expect([alice, bob].map((one) => errors(one).length)).toEqual([1, 1]);
  });

  test("a sound server that freezes is not waited for", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    const { serverPid } = rig;
    process.kill(serverPid, "SIGSTOP");
    for (const one of [alice, bob])
      expect(await pastOrNext(one, "error")).toMatchObject({ code: soundCode, message: oneLine });
    expect(await pastOrNext(bob, "voice-ended", { stream })).toMatchObject({ reason: "device" });
    process.kill(serverPid, "SIGCONT");
    await speaking;
    await expectWorking(["alice", alice], bob);
  });

  // Bob's devices are not the default, from which the sound server would lead him on to another.
  test("a microphone that is taken away ends the turn, and works once it is there again", async () => {
    await using stage = await openStage();
    const { alice, bob } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["bob", bob], words, 10);
    await rig.unplug("bob", "mic");
    expect(await pastOrNext(bob, "error")).toMatchObject({ code: soundCode, message: oneLine });
    expect(await pastOrNext(alice, "voice-ended", { stream })).toMatchObject({
      from: "bob",
      reason: "device",
    });
    await speaking;
    // The floor is free.
    await expectWorking(["alice", alice], bob);
    await rig.plugIn("bob", "mic");
    await expectWorking(["bob", bob], alice);
    expect(errors(alice)).toEqual([]);
    expect(errors(bob)).toHaveLength(1);
  });

  test("a speaker that is taken away costs its owner one turn, and works once it is there again", async () => {
    await using stage = await openStage();
    const { alice, bob, carol } = await threeIn(stage);
    const { stream, speaking } = await startTalking(rig, ["alice", alice], words, 10);
    await rig.unplug("bob", "spk");
    expect(await pastOrNext(bob, "error")).toMatchObject({ code: soundCode, message: oneLine });
    await speaking;
    alice.do({ do: "stop" });
    for (const one of [alice, bob, carol])
      await pastOrNext(one, "voice-ended", { stream, reason: "stopped" });
    await rig.plugIn("bob", "spk");
    const { isWell } = await upToThreeTimes(
      () => say(rig, ["alice", alice], { bob }, words),
      ({ heard }) => isRecognised(heard.bob),
      ({ heard }) => describeHeard(heard.bob),
    );
    expect(isWell).toBe(true);
    expect([alice, bob, carol].map((one) => errors(one).length)).toEqual([0, 1, 0]);
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
/** The device said so, or no longer said anything. */
const soundCode = expect.stringMatching(/^audio-(failed|stalled)$/);
