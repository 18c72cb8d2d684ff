/** `holler doctor` on the real programs: microphones and speakers, and everything that is commonly wrong with them. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { type AudioRig, rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { examine, found, outline } from "../support/doctor.ts";
import { openStage } from "../support/holler.ts";
import { requireRig } from "../support/rigs.ts";

setDefaultTimeout(120_000);
const hasRig = requireRig("virtual sound devices", rigAvailable(), rigPackages);

describe.skipIf(!hasRig)("the doctor, asked about sound,", () => {
  let rig: AudioRig;
  let speech: Int16Array;
  beforeAll(async () => {
    rig = await startAudioRig(["alice", "bob"]);
    const words = "The quick brown fox jumps over the lazy dog, again and again and again.";
    // Half as loud: at full scale it would rightly be called too loud.
    speech = (await synthesize(words)).map((sample) => sample >> 1);
  });
  afterAll(() => rig?.stop());

  test("finds everything well when the microphone hears speech", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const speaking = rig.speak("alice", speech);
    const examined = await examine(stage, { args: server.there, env: rig.env("alice") });
    await speaking;
    expect(outline(examined)).toEqual([
      ...["network", "connection", "identity", "ping"],
      ...["sound", "microphone", "speaker", "delay"],
    ]);
    expect(examined).toMatchObject({ code: 0, errors: expect.stringContaining("for one second") });
    const { peakDbfs, silent } = found(examined, "microphone");
    expect(silent).toBe(false);
    expect(peakDbfs).toBeGreaterThan(-40);
    const { partsMs, totalMs } = found(examined, "delay") as unknown as {
      partsMs: Record<string, number>;
      totalMs: number;
    };
    expect(Object.keys(partsMs)).toEqual(["capture", "encode", "network", "buffer", "output"]);
    expect(Math.min(...Object.values(partsMs))).toBeGreaterThanOrEqual(0);
    expect(totalMs).toBeGreaterThan(20);
    expect(totalMs).toBeLessThan(1_000);
  });

  test("reports a silent microphone, and a name that no device has", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const env = rig.env("alice");
    const muted = await examine(stage, { env, args: [...server.there, "--input-device", "mic_bob"] });
    expect(outline(muted).slice(4)).toEqual(["sound", "!microphone", "speaker", "delay"]);
    expect(found(muted, "microphone")).toMatchObject({
      device: "mic_bob",
      silent: true,
      message: expect.stringContaining("is it muted?"),
    });
    const devices = ["--input-device", "Webcam", "--output-device", "spk_"];
    const missing = await examine(stage, { env, args: [...server.there, ...devices] });
    expect(outline(missing).slice(4)).toEqual(["sound", "!microphone", "!speaker", "!delay"]);
    expect(found(missing, "microphone").message).toContain("Webcam");
    expect(found(missing, "speaker").message).toMatch(/spk_alice.*spk_bob/);
  });

  test("tries the default microphone when the remembered one is missing, and says so", async () => {
    await using stage = await openStage();
    const [server, home, env] = [await stage.server(), await stage.home(), rig.env("alice")];
    const args = ["--input-device", "Webcam", "--output-device", "spk_bob"];
    const person = await stage.join("alice", server, { home, env, args });
    person.do({ do: "quit" });
    expect(await person.exit()).toBe(0);
    const speaking = rig.speak("alice", speech);
    const examined = await examine(stage, { home, env, args: server.there });
    await speaking;
    expect(found(examined, "microphone")).toMatchObject({
      ok: true,
      device: "default",
      note: expect.stringContaining('"Webcam" is not there'),
    });
    expect(found(examined, "speaker")).toMatchObject({ ok: true, device: "spk_bob" });
  });

  test("reports a sound server that does not exist", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    const env = { ...rig.env("alice"), PULSE_SERVER: "unix:/nonexistent" };
    const examined = await examine(stage, { env, args: server.there });
    expect(outline(examined).slice(4)).toEqual(["!sound"]);
    expect(found(examined, "sound").message).toContain("start the sound server");
  });

  test("ends with a frozen sound server, and reports it", async () => {
    await using stage = await openStage();
    const server = await stage.server();
    process.kill(rig.serverPid, "SIGSTOP");
    try {
      const examined = await examine(stage, { args: server.there, env: rig.env("alice") });
      expect(outline(examined)[4]).toBe("!sound");
      expect(found(examined, "sound").message).toContain("restart");
    } finally {
      process.kill(rig.serverPid, "SIGCONT");
    }
  });
});
