/** Measures speech from one person's microphone to the others' speakers: how late, where the time goes, how like. */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { frameMs } from "../../lib/voice/format.ts";
import {
  type AudioRig,
  rigAvailable,
  rigPackages,
  startAudioRig,
  synthesize,
} from "../../test/support/audio-rig.ts";
import { type Client, openStage, type Server } from "../../test/support/holler.ts";
import { compare, type Likeness } from "../../test/support/speech.ts";
import { buildVoiceProgram, startVoiceProgram, type VoiceProgram } from "../../test/support/voice-program.ts";
import { median, percentile, type Row } from "./figures.ts";
import { joinAsPeer } from "./peer.ts";
import { measureEncoding, measureNetwork } from "./voice-path.ts";

const clips = 10;
const seconds = 4;

interface Clip {
  /** Of bob, who has a client like anybody's. */
  mouthToEarMs: number;
  likeness: Likeness;
  /** Of carol, whose frames pass through this process on their way. */
  carolMs: number;
  /** From capture to this process, which is where her client would be. */
  arrivalMs: number;
  /** From capture to her output. */
  takenMs: number;
}

export async function measureVoice(): Promise<Row[] | string> {
  if (!rigAvailable()) return `voice: needs a sound server (${rigPackages})`;
  const [rig, program, words] = await Promise.all([
    startAudioRig(["alice", "bob", "carol"]),
    buildVoiceProgram(),
    synthesize("The quick brown fox jumps over the lazy dog."),
  ]);
  const carol = startVoiceProgram(program, rig.env("carol"));
  try {
    await using stage = await openStage();
    const server = await stage.server();
    const networkMs = await measureNetwork(server);
    const encodingMs = await measureEncoding(words);
    const come = (who: string) => stage.join(who, server, { args: [], env: rig.env(who) });
    const [alice, bob] = await Promise.all([come("alice"), come("bob")]);
    const arrivals = await listen(carol, server);
    const all: Clip[] = [];
    while (all.length < clips) all.push(await playClip({ rig, words, alice, bob, carol, arrivals }));
    return rowsOf(all, encodingMs, networkMs);
  } finally {
    await carol.end();
    await rig.stop();
    await rm(dirname(program), { recursive: true, force: true });
  }
}

/** Lets carol's program play what a peer of her name hears; returns how old each frame was when it came. */
async function listen(carol: VoiceProgram, server: Server): Promise<number[]> {
  const agesMs: number[] = [];
  carol.call("warm");
  await joinAsPeer(server, "carol", {
    message(message) {
      if (message.type === "voiceStarted") carol.call("play", message.stream, 1);
      if (message.type === "voiceEnded") carol.call("end", message.stream, "drain");
    },
    voice({ stream, sequence, capturedAt, payload }) {
      agesMs.push(performance.timeOrigin + performance.now() - capturedAt / 1_000);
      carol.call("frame", stream, sequence, capturedAt, payload.toBase64());
    },
  });
  return agesMs;
}

interface Scene {
  rig: AudioRig;
  words: Int16Array;
  alice: Client;
  bob: Client;
  carol: VoiceProgram;
  arrivals: number[];
}

async function playClip({ rig, words, alice, bob, carol, arrivals }: Scene): Promise<Clip> {
  arrivals.length = 0;
  const [mic, ear, other] = await Promise.all([
    rig.record("alice", "mic"),
    rig.record("bob", "spk"),
    rig.record("carol", "spk"),
  ]);
  alice.do({ do: "record", seconds });
  const { stream } = await alice.next("voice-started");
  await rig.speak("alice", words);
  await bob.next("voice-ended", { stream });
  const played = await carol.next("played");
  const [spoken, heard, carolHeard] = await Promise.all([mic.stop(), ear.stop(), other.stop()]);
  const likeness = compare(spoken.samples, heard.samples);
  const carolLag = compare(spoken.samples, carolHeard.samples).lagMs;
  return {
    mouthToEarMs: likeness.lagMs + heard.startedAt - spoken.startedAt,
    likeness,
    carolMs: carolLag + carolHeard.startedAt - spoken.startedAt,
    arrivalMs: median(arrivals),
    takenMs: played.partsMs ? played.partsMs.arrival + played.partsMs.buffer : Number.NaN,
  };
}

function rowsOf(all: Clip[], encodingMs: number, networkMs: number): Row[] {
  const middle = (pick: (clip: Clip) => number) => median(all.map(pick));
  const delays = all.map((clip) => clip.mouthToEarMs);
  const arrivalMs = middle((clip) => clip.arrivalMs);
  const ms = (what: string, value: number): Row => ({ what, value, unit: "ms" });
  const likeness = (what: string, values: number[]): Row => ({
    what: `${what}, lowest`,
    value: Math.min(...values),
    unit: "",
    reference: { what: "median", value: median(values) },
  });
  return [
    ms(`mouth to ear, median of ${clips} clips`, median(delays)),
    ms("mouth to ear, p95", percentile(delays, 0.95)),
    ms(
      "  measured in parts, whole",
      middle((clip) => clip.carolMs),
    ),
    ms("  capture: a frame fills", frameMs),
    ms("  encode", encodingMs),
    ms("  microphone to socket, the rest", arrivalMs - frameMs - encodingMs - networkMs),
    ms("  network and server", networkMs),
    ms(
      "  jitter buffer",
      middle((clip) => clip.takenMs - clip.arrivalMs),
    ),
    ms(
      "  output",
      middle((clip) => clip.carolMs - clip.takenMs),
    ),
    likeness(
      "windows correlation",
      all.map((clip) => clip.likeness.windows),
    ),
    likeness(
      "envelope correlation",
      all.map((clip) => clip.likeness.envelope),
    ),
  ];
}
