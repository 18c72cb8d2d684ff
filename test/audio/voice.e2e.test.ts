/** The audio client as a compiled program, with naudiodon and PortAudio, on the virtual devices of the audio rig. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AudioRig } from "../support/audio-rig.ts";
import { rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { gone } from "../support/processes.ts";
import { requireRig } from "../support/rigs.ts";
import { compare } from "../support/speech.ts";
import type { VoiceProgram } from "../support/voice-program.ts";
import { buildVoiceProgram, startVoiceProgram } from "../support/voice-program.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(120_000);

describe.skipIf(!available)("the compiled audio client", () => {
  let rig: AudioRig;
  let program: string;
  let alice: VoiceProgram;
  let bob: VoiceProgram;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "holler-empty-"));
    [rig, program] = await Promise.all([startAudioRig(["alice", "bob"]), buildVoiceProgram()]);
    alice = startVoiceProgram(program, rig.env("alice"), folder);
    bob = startVoiceProgram(program, rig.env("bob"), folder);
    alice.call("warm");
    bob.call("warm");
  }, 120_000);

  afterAll(async () => {
    await Promise.all([alice.end(), bob.end()]);
    await rig.stop();
    rmSync(dirname(program), { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test("lists the devices of the rig", async () => {
    alice.call("devices");
    const { result } = await alice.next("devices");
    const alsa = { hostApi: "ALSA", defaultInput: false, defaultOutput: false };
    expect(result).toEqual([
      { name: "mic_alice", ...alsa, inputs: 32, outputs: 0 },
      { name: "spk_alice", ...alsa, inputs: 0, outputs: 32 },
      { name: "mic_bob", ...alsa, inputs: 32, outputs: 0 },
      { name: "spk_bob", ...alsa, inputs: 0, outputs: 32 },
      { name: "default", ...alsa, inputs: 32, outputs: 32, defaultInput: true, defaultOutput: true },
    ]);
  });

  /** Alice says the text and bob plays it; returns how the transmission came through. */
  async function transmit(stream: number, text: Int16Array) {
    const mic = await rig.record("alice", "mic");
    const ear = await rig.record("bob", "spk");
    const from = alice.events.length;
    bob.listenTo(alice, stream);
    alice.call("record", 5);
    await alice.next("capture-started");
    const saying = rig.speak("alice", text);
    const ended = await alice.next("capture-ended");
    const played = await bob.next("played");
    await saying;
    const spoken = await mic.stop();
    const heard = await ear.stop();
    const likeness = compare(spoken.samples, heard.samples);
    const delayMs = likeness.lagMs + heard.startedAt - spoken.startedAt;
    const figures = `windows ${likeness.windows.toFixed(3)}, envelope ${likeness.envelope.toFixed(3)}`;
    console.log(`mouth to ear ${delayMs.toFixed(0)} ms, ${figures}, ${JSON.stringify(played)}`);
    const delayErrorMs = Math.abs((played.delayMs?.median ?? 0) - delayMs);
    return { ended, played, likeness, delayErrorMs, heard: heard.samples, events: alice.events.slice(from) };
  }

  test("transmits speech from one user to another without a gap", async () => {
    const [text, other] = await Promise.all([
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps."),
      synthesize("Seven ships sailed slowly past while nobody at all was watching."),
    ]);
    // A busy machine may interrupt one transmission; it does not interrupt three.
    let transmission = await transmit(1, text);
    const isInterrupted = () => transmission.likeness.envelope < 0.8 || transmission.delayErrorMs > 15;
    for (let stream = 2; stream <= 3 && isInterrupted(); stream += 1)
      transmission = await transmit(stream, text);

    expect(transmission.ended.reason).toBe("done");
    expect(transmission.events.filter((event) => event.type === "captured")).toHaveLength(250);
    expect(transmission.events.filter((event) => event.type === "level")).toHaveLength(50);
    expect(transmission.played.frames + transmission.played.dropped).toBe(250);
    expect(transmission.likeness.windows).toBeGreaterThan(0.8);
    expect(transmission.likeness.envelope).toBeGreaterThan(0.8);
    // The reported delay is the measured one.
    expect(transmission.delayErrorMs).toBeLessThan(15);
    // Other words do not match.
    const unlike = compare(other, transmission.heard);
    expect(unlike.windows).toBeLessThan(0.5);
    expect(unlike.envelope).toBeLessThan(0.6);
  });

  test("buffers more after repeated underruns, and for the next clip too", async () => {
    const carol = startVoiceProgram(program, rig.env("bob"), folder);
    carol.call("replay", -1, Array(200).fill(silentPacket), 1);
    const helper = await until(() => carol.helpers().find(hasOpenedSound));
    for (let i = 0; i < 7; i++) {
      await Bun.sleep(350);
      process.kill(helper, "SIGSTOP");
      await Bun.sleep(70);
      process.kill(helper, "SIGCONT");
    }
    const { underruns, frames } = await carol.next("played");
    carol.listenTo(alice, 1);
    alice.call("record", 1);
    const { partsMs } = await carol.next("played");
    console.log(`stopped 7 times: ${underruns} underruns; then`, partsMs);
    await carol.end();
    expect(frames).toBe(200);
    expect(underruns).toBeWithin(3, 10);
    // Low buffering is audible after 20 ms, normal buffering after 45 ms, and Opus adds 6.5 ms.
    expect(partsMs?.output).toBeGreaterThan(45);
  });

  test("uses the PortAudio inside the program, and writes nothing into its folder", async () => {
    alice.call("record", 10);
    await alice.next("capture-started");
    const maps = alice.helpers().map(mapsOf).join();
    alice.call("cancel");
    expect(await alice.next("capture-ended")).toMatchObject({ reason: "cancelled" });
    expect(maps.includes("libportaudio")).toBe(false);
    expect(maps.includes("/memfd:holler")).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("ends a stopped recording at once and keeps its frames", async () => {
    const before = alice.events.length;
    alice.call("record", 10);
    await alice.next("capture-started");
    await alice.fresh("level");
    alice.call("stop");
    expect(await alice.next("capture-ended")).toMatchObject({ reason: "stopped" });
    const frames = alice.events.slice(before).filter((event) => event.type === "captured");
    expect(frames.length).toBeGreaterThanOrEqual(1);
    expect(frames.length).toBeLessThan(100);
  });

  test("loses one recording and one stream when its helper is killed", async () => {
    alice.call("record", 10);
    await alice.next("capture-started");
    for (const pid of alice.helpers()) process.kill(pid, "SIGKILL");
    expect(await alice.next("capture-ended")).toMatchObject({
      reason: "device",
      error: { code: "audio-failed" },
    });
    alice.call("record", 0.2);
    expect(await alice.next("capture-ended")).toMatchObject({ reason: "done" });

    bob.call("play", 20, 1);
    await until(() => bob.helpers().some(hasOpenedSound));
    for (const pid of bob.helpers()) process.kill(pid, "SIGKILL");
    expect(await bob.next("playback-failed")).toMatchObject({ stream: 20, error: { code: "audio-failed" } });
    bob.call("play", 21, 1);
    bob.call("end", 21, "drain");
    expect(await bob.next("played")).toMatchObject({ stream: 21, frames: 0 });
  });

  test("ends recording and playback when the sound server hangs, and works when it runs again", async () => {
    alice.call("record", 20);
    bob.call("play", 22, 1);
    await alice.next("capture-started");
    process.kill(rig.serverPid, "SIGSTOP");
    try {
      expect(await alice.next("capture-ended")).toMatchObject({
        reason: "device",
        error: { code: "audio-stalled" },
      });
      expect(await bob.next("playback-failed")).toMatchObject({
        stream: 22,
        error: { code: "audio-stalled" },
      });
    } finally {
      process.kill(rig.serverPid, "SIGCONT");
    }
    alice.call("record", 0.2);
    expect(await alice.next("capture-ended")).toMatchObject({ reason: "done" });
  });

  test("plays thirty transmissions one after the other", async () => {
    for (let count = 0; count < 30; count += 1) {
      bob.call("play", 100 + count, 1);
      alice.call("record", 0.1);
      expect(await alice.next("capture-ended")).toMatchObject({ reason: "done" });
      bob.call("end", 100 + count, "drain");
      expect(await bob.next("played")).toMatchObject({ stream: 100 + count });
    }
    expect(alice.helpers().length).toBeLessThanOrEqual(2);
  });

  test("leaves no helper behind when it is killed, not even one that hangs", async () => {
    const carol = startVoiceProgram(program, rig.env("alice"), folder);
    carol.call("record", 30);
    await carol.next("capture-started");
    const listening = carol.helpers();
    expect(listening).not.toEqual([]);
    process.kill(carol.pid, "SIGKILL");
    await Promise.all([carol.exited, ...listening.map(gone)]);

    process.kill(rig.serverPid, "SIGSTOP");
    try {
      const dave = startVoiceProgram(program, rig.env("alice"), folder);
      dave.call("record", 30);
      const hanging = await until(() => dave.helpers().find(hasOpenedSound));
      process.kill(dave.pid, "SIGKILL");
      await Promise.all([dave.exited, gone(hanging)]);
    } finally {
      process.kill(rig.serverPid, "SIGCONT");
    }
  });

  test("reports a missing sound server or microphone in one line", async () => {
    const speakerOnly = join(dirname(program), "speaker-only.conf");
    writeFileSync(
      speakerOnly,
      'pcm.!default { type asym playback.pcm { type pulse } hint { show on description "default" } }\n',
    );
    const cases = [
      { env: { PULSE_SERVER: "unix:/nonexistent" }, code: "no-sound-system", reads: /sound server/ },
      { env: { ALSA_CONFIG_PATH: speakerOnly }, code: "no-microphone", reads: /^No microphone was found/ },
    ] as const;
    for (const { env, code, reads } of cases) {
      const dave = startVoiceProgram(program, { ...rig.env("alice"), ...env }, folder);
      dave.call("record", 5);
      const ended = await dave.next("capture-ended");
      expect(ended).toMatchObject({ reason: "device", error: { code } });
      expect(ended.error?.message).toMatch(reads);
      expect(ended.error?.message).not.toContain("\n");
      await dave.end();
    }
  });
});

/** 20 ms of silence, as Opus. */
const silentPacket = Buffer.from([0xf8, 0xff, 0xfe]).toString("base64");

/** Polls until there is an answer: no event reports the state of processes that are not our children. */
async function until<T>(ask: () => T | undefined | false): Promise<T> {
  for (;;) {
    const answer = ask();
    if (answer) return answer;
    await Bun.sleep(5);
  }
}

function hasOpenedSound(pid: number): boolean {
  return mapsOf(pid).includes("libpulse");
}

function mapsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/maps`, "utf8");
  } catch {
    return "";
  }
}
