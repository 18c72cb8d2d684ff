/** Shows that kept clips are heard again and saved, also by those who came later and have no speaker. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { type AudioRig, rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { openStage, type Server, type Stage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";
import { compare } from "../support/speech.ts";
import { audibleMin, isRecognised, loudest } from "../support/talking.ts";

const hasSound = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(60_000);

describe.skipIf(!hasSound)("a kept clip", () => {
  let rig: AudioRig;
  let words: Int16Array;

  beforeAll(async () => {
    [rig, words] = await Promise.all([
      startAudioRig(["alice", "bob"]),
      synthesize("The quick brown fox jumps over the lazy dog."),
    ]);
  });

  afterAll(() => rig.stop());

  /** Alice said the words, for everyone or for one, and nobody had a speaker. */
  async function aliceHasSpoken(stage: Stage, server: Server): Promise<number> {
    const alice = await stage.join("alice", server, { args: [], env: rig.env("alice") });
    alice.do({ do: "record", seconds: 4 });
    await alice.next("voice-started");
    await rig.speak("alice", words);
    const { clip } = await alice.next("voice-ended", { reason: "done" });
    alice.do({ do: "quit" });
    return clip ?? Number.NaN;
  }

  test("is played to one who came later, to nobody else, and until it is stopped", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const clip = await aliceHasSpoken(stage, server);
    const bob = await stage.join("bob", server, { args: [], env: rig.env("bob") });
    const [ear, other] = await Promise.all([rig.record("bob", "spk"), rig.record("alice", "spk")]);
    bob.do({ do: "play" });
    expect(await bob.next("playing")).toEqual({ event: "playing", clip, from: "alice", seconds: 4 });
    await bob.next("played", { clip });
    const [heard, elsewhere] = await Promise.all([ear.stop(), other.stop()]);
    expect(isRecognised(compare(words, heard.samples))).toBe(true);
    expect(loudest(elsewhere)).toBeLessThan(audibleMin);
    bob.do({ do: "play", clip });
    await bob.next("playing", { clip });
    const stoppedAt = performance.now();
    bob.do({ do: "cancel" });
    await bob.next("played", { clip });
    expect(performance.now() - stoppedAt).toBeLessThan(2_000);
    bob.do({ do: "quit" });
    expect(await bob.exit()).toBe(0);
  });

  test("is saved without a speaker as a WAV file that sox reads, and over no other file", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const clip = await aliceHasSpoken(stage, server);
    const home = await stage.home();
    const lines = `/clips\n/save ${clip} what alice said.wav\n/quit\n`;
    const { code, output } = await stage.holler([...server.there, "--no-voice"], { home, input: lines });
    expect(output).toContain(`Clip ${clip} is saved as what alice said.wav (4.0 s)`);
    expect(code).toBe(0);
    const path = join(home.work, "what alice said.wav");
    const raw = Bun.spawnSync(["sox", path, "-t", "s16", "-r", "48000", "-c", "1", "-"]).stdout;
    const samples = new Int16Array(raw.buffer, raw.byteOffset, raw.length / 2);
    expect(samples).toHaveLength(4 * 48_000);
    expect(isRecognised(compare(words, samples))).toBe(true);
    const again = await stage.holler([...server.there, "--no-voice"], { home, input: lines });
    expect(again.errors).toContain("what alice said.wav is there already and stays as it is");
    expect(again.code).toBe(1);
  });
});
