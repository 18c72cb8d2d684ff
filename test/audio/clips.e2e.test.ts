/** Clips with real devices: played through the audio rig, and saved for other programs. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { createEncoder } from "../../lib/audio/codec/codec.ts";
import { decodeToWav } from "../../lib/audio/codec/wav.ts";
import { frameSamples } from "../../lib/audio/dsp/format.ts";
import type { AudioRig } from "../support/audio-rig.ts";
import { rigAvailable, rigPackages, startAudioRig, synthesize } from "../support/audio-rig.ts";
import { requireRig } from "../support/rigs.ts";
import { compare } from "../support/speech.ts";
import { upToThreeTimes } from "../support/talking.ts";
import type { VoiceProgram } from "../support/voice-program.ts";
import { buildVoiceProgram, startVoiceProgram } from "../support/voice-program.ts";

const available = requireRig("a sound server", rigAvailable(), rigPackages);
setDefaultTimeout(60_000);

describe.skipIf(!available)("clips", () => {
  let rig: AudioRig;
  let program: string;
  let bob: VoiceProgram;

  beforeAll(async () => {
    [rig, program] = await Promise.all([startAudioRig(["bob"]), buildVoiceProgram()]);
    bob = startVoiceProgram(program, rig.env("bob"));
    bob.call("warm");
  }, 60_000);

  afterAll(async () => {
    await bob.end();
    await rig.stop();
    rmSync(dirname(program), { recursive: true, force: true });
  }, 30_000);

  /** Records bob's speaker during `play`. */
  async function recordBob(play: () => Promise<void>): Promise<Int16Array> {
    const ear = await rig.record("bob", "spk");
    await play();
    return (await ear.stop()).samples;
  }

  test("two clips at once are both recognised in the mix, and a lower gain makes a clip softer", async () => {
    const texts = await Promise.all([
      synthesize("The quick brown fox jumps over the lazy dog, and then it sleeps."),
      synthesize("Seven ships sailed slowly past while nobody at all was watching.", "en+f3"),
    ]);
    const clips = await Promise.all(texts.map(packetsOf));
    const other = await synthesize("A completely different sentence, which has nothing to do with it.");
    const playBoth = async () => {
      const both = await recordBob(async () => {
        for (const [i, clip] of clips.entries()) bob.call("replay", -1 - i, clip, 1);
        for (const _ of clips) expect(await bob.next("played")).toMatchObject({ concealed: 0 });
      });
      const [first = 0, second = 0, neither = 1] = [...texts, other].map(
        (text) => compare(text, both).windows,
      );
      return { first, second, neither };
    };
    const mix = await upToThreeTimes(
      playBoth,
      ({ first, second, neither }) => first > 0.5 && second > 0.5 && neither < 0.4,
      (outcome) => `in the mix ${JSON.stringify(outcome)}`,
    );
    expect(mix).toMatchObject({ isWell: true });

    const [clip, text] = [clips[0] ?? [], texts[0] ?? new Int16Array()];
    const playSoftly = async () => {
      const soft = await recordBob(async () => {
        bob.call("replay", -3, clip, 0.25);
        await bob.next("played");
      });
      return { windows: compare(text, soft).windows, peakRatio: peakOf(soft) / peakOf(text) };
    };
    const soft = await upToThreeTimes(
      playSoftly,
      ({ windows, peakRatio }) => windows > 0.85 && peakRatio > 0.15 && peakRatio < 0.35,
      (outcome) => `softly ${JSON.stringify(outcome)}`,
    );
    expect(soft).toMatchObject({ isWell: true });
  });

  test("a clip is saved as a WAV file that other programs read", async () => {
    const text = await synthesize("Kept for later.");
    const file = join(dirname(program), "clip.wav");
    await Bun.write(
      file,
      await decodeToWav((await packetsOf(text)).map((packet) => Buffer.from(packet, "base64"))),
    );
    const raw = await Bun.$`sox ${file} -t raw -r 48000 -c 1 -b 16 -e signed-integer -`.quiet();
    const info = await Bun.$`soxi ${file}`.quiet().text();
    expect(info).toMatch(/Channels\s*: 1\n/);
    expect(info).toMatch(/Sample Rate\s*: 48000\n/);
    expect(info).toMatch(/Precision\s*: 16-bit\n/);
    expect(compare(text, samplesOf(raw.stdout)).windows).toBeGreaterThan(0.85);
  });
});

/** The text as a clip: Opus packets, in base64. */
async function packetsOf(text: Int16Array): Promise<string[]> {
  const encoder = await createEncoder();
  const packets: string[] = [];
  for (let at = 0; at + frameSamples <= text.length; at += frameSamples) {
    packets.push(Buffer.from(encoder.encode(text.slice(at, at + frameSamples))).toString("base64"));
  }
  encoder.free();
  return packets;
}

function samplesOf(bytes: Uint8Array): Int16Array {
  return new Int16Array(bytes.slice().buffer, 0, bytes.length >> 1);
}

function peakOf(samples: Int16Array): number {
  return samples.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
}
