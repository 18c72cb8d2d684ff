/** Audio devices with a real sound server: choice by name, unplugging, muting, odd formats, and repeated opening. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AudioRig } from "../support/audio-rig.ts";
import { rigAvailable, rigPackages, startAudioRig } from "../support/audio-rig.ts";
import type { Usage } from "../support/device-cycles.ts";
import { requireRig } from "../support/rigs.ts";
import { upToThreeTimes } from "../support/talking.ts";
import type { VoiceProgram } from "../support/voice-program.ts";
import { buildVoiceProgram, startVoiceProgram } from "../support/voice-program.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(120_000);

/** One second of 440 Hz; an amplitude above 1 is clipped. */
const tone = (amplitude: number) =>
  Int16Array.from({ length: 48_000 }, (_, i) =>
    Math.max(-32_768, Math.min(32_767, amplitude * 32_767 * Math.sin((2 * Math.PI * 440 * i) / 48_000))),
  );

describe.skipIf(!available)("audio devices", () => {
  let rig: AudioRig;
  let program: string;
  let folder: string;
  const running: VoiceProgram[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "holler-devices-"));
    [rig, program] = await Promise.all([startAudioRig(["alice", "bob", "carol"]), buildVoiceProgram()]);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(running.map((one) => one.end()));
    await rig.stop();
    rmSync(dirname(program), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  /** An audio client with the devices of this user and the options of `createAudioClient`. */
  function start(user: string, options: object = {}, env: Record<string, string> = {}): VoiceProgram {
    const started = startVoiceProgram(
      program,
      { ...rig.env(user), VOICE_OPTIONS: JSON.stringify(options), ...env },
      folder,
    );
    running.push(started);
    return started;
  }

  const named = (name: string) => ({ name, isRemembered: false });
  const remembered = (name: string) => ({ name, isRemembered: true });

  /** Records while the sound plays into a user's microphone; returns the end of the recording. */
  async function recordWhile(client: VoiceProgram, user: string, sound: Int16Array) {
    client.call("record", 5);
    await client.next("capture-started");
    await rig.speak(user, sound);
    client.call("stop");
    return client.next("capture-ended");
  }

  test("a microphone is chosen by a part of its name, and its level is measured", async () => {
    const chosen = start("bob", { input: named("ALICE") });
    expect(await recordWhile(chosen, "alice", tone(0.25))).toEqual({
      type: "capture-ended",
      reason: "stopped",
      sound: { peakDbfs: expect.closeTo(-12, 0), silent: false, clipped: false },
    });
    const levels = chosen.events.flatMap((event) => (event.type === "level" ? event : []));
    expect(Math.max(...levels.map(({ dbfs }) => dbfs))).toBeCloseTo(-15, 0);
    expect(levels.every(({ dbfs, peakDbfs }) => dbfs <= peakDbfs)).toBe(true);
  });

  test("a recording reports a muted and an overloaded microphone", async () => {
    const bob = start("bob");
    expect(await recordWhile(bob, "alice", tone(0.25))).toMatchObject({
      sound: { silent: true, clipped: false },
    });
    expect(await recordWhile(bob, "bob", tone(2))).toMatchObject({ sound: { silent: false, clipped: true } });
  });

  test("a speaker is chosen by a part of its name", async () => {
    const ear = await rig.record("alice", "spk");
    const bob = start("bob", { output: named("spk_al") });
    bob.listenTo(bob, 1);
    await recordWhile(bob, "bob", tone(0.25));
    await bob.next("played");
    const { samples } = await ear.stop();
    expect(Math.max(...samples)).toBeGreaterThan(6000);
  });

  test("the error of a choice that matches no device or several lists the names", async () => {
    const missing = start("bob", { input: named("headset") });
    missing.call("record", 1);
    expect(await missing.next("capture-ended")).toMatchObject({
      reason: "device",
      error: {
        code: "no-such-device",
        message:
          'There is no microphone "headset": choose one of "mic_alice", "mic_bob", "mic_carol", "default".',
      },
    });
    const several = start("bob", { output: named("spk") });
    several.call("play", 1, 1);
    expect(await several.next("playback-failed")).toMatchObject({
      error: {
        code: "ambiguous-device",
        message: expect.stringContaining('"spk_alice", "spk_bob", "spk_carol"'),
      },
    });
  });

  test("the default device replaces a remembered one that is missing", async () => {
    const bob = start("bob", { input: remembered("headset"), output: remembered("headset") });
    expect(await recordWhile(bob, "bob", tone(0.25))).toMatchObject({ sound: { silent: false } });
    expect(await bob.next("notice")).toEqual({
      type: "notice",
      code: "default-device",
      message: 'The microphone "headset" is not there, so the default one is used.',
    });
  });

  test("automatic gain makes a quiet voice more than twice as loud", async () => {
    const peaks: number[] = [];
    for (const autoGain of [false, true]) {
      const ear = await rig.record("carol", "spk");
      const bob = start("bob", { autoGain, output: named("spk_carol") });
      bob.listenTo(bob, 1);
      // Syllables, because a tone without pauses counts as background noise.
      const syllables = tone(0.02).map((sample, i) => (i % 12_000 < 8000 ? sample : 0));
      await recordWhile(bob, "bob", Int16Array.from([...syllables, ...syllables, ...syllables]));
      await bob.next("played");
      peaks.push(Math.max(...(await ear.stop()).samples));
    }
    const [plain = 0, lifted = 0] = peaks;
    expect(lifted).toBeGreaterThan(plain * 2);
  });

  test("unplugged devices end recording and playback with an error, and work again when they are plugged in", async () => {
    // The only devices of this sound server: otherwise it would move the streams to another device.
    const lone = await startAudioRig(["dora"]);
    try {
      for (const options of [{}, { input: named("mic_dora"), output: named("spk_dora") }]) {
        const dora = start("alice", options, lone.env("dora"));
        const startRecording = async (seconds: number) => {
          dora.listenTo(dora, 1);
          dora.call("record", seconds);
          await dora.next("capture-started");
        };
        await startRecording(20);
        await dora.next("level");
        await Promise.all([lone.unplug("dora", "mic"), lone.unplug("dora", "spk")]);
        const [ended, failed] = await Promise.all([dora.next("capture-ended"), dora.next("playback-failed")]);
        console.log(`unplugged: ${JSON.stringify([ended, failed])}`);
        expect(ended.reason).toBe("device");
        for (const { error } of [ended, failed]) expect(error?.message).toMatch(/^[A-Z][^\n]+\.$/);

        dora.call("record", 0.2);
        const refused = await dora.next("capture-ended");
        console.log(`still unplugged: ${JSON.stringify(refused)}`);
        expect(refused.reason).toBe("device");

        await Promise.all([lone.plugIn("dora", "mic"), lone.plugIn("dora", "spk")]);
        await startRecording(0.4);
        expect(await dora.next("capture-ended")).toMatchObject({ reason: "done" });
        expect(await dora.next("played")).toMatchObject({ stream: 1 });
        await dora.end();
      }
    } finally {
      await lone.stop();
    }
  });

  test("a speaker that supports only 44.1 kHz plays resampled frames", async () => {
    // The output is AC-3 in long periods and is not audible. The device refuses every other rate, as some hardware does.
    const configuration = join(folder, "odd.conf");
    const base = readFileSync(rig.env("bob").ALSA_CONFIG_PATH ?? "", "utf8");
    const odd =
      'pcm.odd { type a52 rate 44100 channels 2 slavepcm "spk_bob" hint { show on description "odd" } }\n';
    writeFileSync(configuration, base + odd);
    // Its long periods stall where the machine is busy.
    const { isWell } = await upToThreeTimes(
      () => playResampled(configuration).catch((error: Error) => ({ error })),
      (outcome) => !("error" in outcome) && outcome.frames > 25 && outcome.frames + outcome.dropped === 100,
      (outcome) => JSON.stringify("error" in outcome ? outcome.error.message : outcome),
    );
    expect(isWell).toBe(true);
  });

  /** Plays two seconds of silence at the odd speaker; returns how many frames were heard, and how many came too late. */
  async function playResampled(configuration: string): Promise<{ frames: number; dropped: number }> {
    const bob = start("bob", { output: named("odd") }, { ALSA_CONFIG_PATH: configuration });
    bob.listenTo(bob, 1);
    bob.call("record", 2);
    const [{ reason }, { frames, dropped }] = await Promise.all([
      bob.next("capture-ended"),
      bob.next("played"),
    ]);
    expect(reason).toBe("done");
    return { frames, dropped };
  }

  test("opening and closing devices two hundred times in one process leaks no descriptor, thread or memory", async () => {
    const cycles = await buildVoiceProgram("device-cycles");
    try {
      const child = Bun.spawn([cycles, "100"], {
        env: { ...process.env, ...rig.env("alice") },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "ignore",
      });
      // PortAudio and naudiodon print to the same output.
      const lines = (await child.stdout.text()).split("\n").filter((line) => line.startsWith("{"));
      const usage = lines.map((line) => JSON.parse(line) as Usage);
      expect(await child.exited).toBe(0);
      expect(usage.map(({ cycles }) => cycles)).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
      const [, first, ...rest] = usage;
      const last = rest.at(-1);
      console.log(`200 open and close: ${JSON.stringify(first)} … ${JSON.stringify(last)}`);
      expect(last?.descriptors).toBeLessThanOrEqual((first?.descriptors ?? 0) + 1);
      expect(last?.threads).toBeLessThanOrEqual((first?.threads ?? 0) + 2);
      expect(last?.memoryMegabytes).toBeLessThan((first?.memoryMegabytes ?? 0) + 16);
    } finally {
      rmSync(dirname(cycles), { recursive: true, force: true });
    }
  });
});
