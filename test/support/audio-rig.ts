/** The rig of virtual microphones and speakers (scripts/audio-rig.sh), for tests: speak as one, listen as another. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const script = join(import.meta.dir, "../../scripts/audio-rig.sh");
const programs = ["pulseaudio", "pactl", "pacat", "parec", "espeak-ng", "sox"];
const format = ["--raw", "--rate=48000", "--channels=1", "--format=s16le"];

const pipewirePrograms = ["pipewire", "pipewire-pulse", "wireplumber", "dbus-daemon"];

export const rigPackages = "apt install pulseaudio pulseaudio-utils libasound2-plugins espeak-ng sox";
export const pipewirePackages = `${rigPackages} pipewire pipewire-pulse wireplumber dbus-daemon`;

/** Whether this machine has what the rig needs. */
export function rigAvailable(server: SoundServer = "pulse"): boolean {
  const needed = server === "pulse" ? programs : [...programs, ...pipewirePrograms];
  return needed.every((program) => Bun.which(program) !== null);
}

export type SoundServer = "pulse" | "pipewire";

export interface RigOptions {
  /** PulseAudio unless said otherwise. */
  server?: SoundServer;
  /** Samples that PipeWire handles at a time: 480 (default) is 10 ms; virtual machines get 1024. */
  quantum?: 480 | 1024;
}

export interface AudioRig {
  /** The environment that gives a program this person's microphone and speaker. */
  env(user: string): Record<string, string>;
  /** Says the samples (48 kHz, mono) into the person's microphone; resolves when all of it was said. */
  speak(user: string, samples: Int16Array): Promise<void>;
  /** Records what goes through the person's microphone or speaker; resolves when it runs. */
  record(user: string, what: "mic" | "spk"): Promise<RigRecording>;
  /** Process id of the sound server, to be killed or stopped by tests that want to see what happens. */
  readonly serverPid: number;
  /** Starts the sound server again after it was killed: at its old place, with everybody's devices. */
  restart(): Promise<void>;
  /** Takes the person's microphone or speaker away. */
  unplug(user: string, what: "mic" | "spk"): Promise<void>;
  plugIn(user: string, what: "mic" | "spk"): Promise<void>;
  stop(): Promise<void>;
}

export interface RigRecording {
  stop(): Promise<RigSound>;
}

export interface RigSound {
  samples: Int16Array;
  /** ms on the clock of `performance.now()` when the first sample was recorded; two recordings compare within 2 ms. */
  startedAt: number;
}

/** Starts a sound server with a microphone and a speaker for each person. */
export async function startAudioRig(
  users: string[],
  { server = "pulse", quantum = 480 }: RigOptions = {},
): Promise<AudioRig> {
  const folder = mkdtempSync(join(tmpdir(), "holler-rig-"));
  const scriptEnv = { ...process.env, RIG_SERVER: server, RIG_QUANTUM: String(quantum) };
  const start = () => Bun.$`${script} start ${folder} ${users}`.env(scriptEnv).quiet();
  const started = await start();
  const exported = Object.fromEntries(
    [...started.stdout.toString().matchAll(/(\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const env = { ...process.env, ...exported };
  const recordings = new Set<RigRecording>();
  // A test run that is interrupted leaves no sound server behind.
  const stopAtOnce = () => void Bun.spawnSync([script, "stop", folder]);
  process.once("exit", stopAtOnce);

  return {
    get serverPid() {
      return Number(readFileSync(join(folder, "pids"), "utf8").split("\n", 1)[0]);
    },
    async restart() {
      await Bun.$`${script} stop ${folder}`.quiet();
      await start();
    },
    async unplug(user, what) {
      const modules = await Bun.$`pactl list short modules`.env(env).text();
      const number = modules.split("\n").find((line) => line.includes(`sink_name=${what}_${user} `));
      await Bun.$`pactl unload-module ${number?.split("\t", 1)[0]}`.env(env).quiet();
    },
    async plugIn(user, what) {
      await Bun.$`${script} plug ${folder} ${what}_${user}`.env(env).quiet();
    },
    env: (user) => ({ ...exported, PULSE_SOURCE: `mic_${user}.monitor`, PULSE_SINK: `spk_${user}` }),
    async speak(user, samples) {
      const command = ["pacat", `--device=mic_${user}`, "--latency-msec=200", ...format];
      await Bun.spawn(command, { env, stdin: new Uint8Array(samples.buffer), stderr: "ignore" }).exited;
    },
    async record(user, what) {
      const recording = await record(`${what}_${user}.monitor`, env);
      recordings.add(recording);
      return recording;
    },
    async stop() {
      await Promise.all([...recordings].map((recording) => recording.stop()));
      await Bun.$`${script} stop ${folder}`.quiet();
      process.off("exit", stopAtOnce);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Speech made by espeak-ng: 48 kHz, mono. Another `voice` says the same words differently. */
export async function synthesize(text: string, voice = "en"): Promise<Int16Array> {
  const made = Bun.spawn(["espeak-ng", "-v", voice, "--stdout", text], { stderr: "ignore" });
  const raw = [
    "-t",
    "wav",
    "-",
    "-t",
    "raw",
    "-r",
    "48000",
    "-c",
    "1",
    "-b",
    "16",
    "-e",
    "signed-integer",
    "-",
  ];
  const converted = Bun.spawn(["sox", "-V1", ...raw], { stdin: made.stdout, stderr: "ignore" });
  return new Int16Array(await new Response(converted.stdout).arrayBuffer());
}

async function record(device: string, env: Record<string, string | undefined>): Promise<RigRecording> {
  const command = ["parec", `--device=${device}`, "--latency-msec=10", ...format];
  const parec = Bun.spawn(command, { env, stdin: "ignore", stdout: "pipe", stderr: "ignore" });
  const { promise: running, resolve: runs } = Promise.withResolvers<void>();
  const parts: Uint8Array[] = [];
  let startedAt = Number.POSITIVE_INFINITY;

  const reading = (async () => {
    let bytes = 0;
    for await (const part of parec.stdout) {
      parts.push(part);
      bytes += part.length;
      // Parts come late or very late, never early: the earliest says when the recording began.
      startedAt = Math.min(startedAt, performance.now() - bytes / 2 / 48);
      runs();
    }
    runs();
  })();

  await running;
  return {
    async stop() {
      parec.kill();
      await Promise.all([parec.exited, reading]);
      const all = Buffer.concat(parts);
      const samples = new Int16Array(all.buffer.slice(all.byteOffset, all.byteOffset + (all.length & ~1)));
      return { samples, startedAt };
    },
  };
}
