/** Builds the bare loop from microphone to speaker (bare-loop.ts), and measures it like a transmission. */
import { join } from "node:path";
import type { AudioRig } from "../../test/support/audio-rig.ts";
import { gapsIn } from "../../test/support/speech.ts";
import { likenessOf } from "../../test/support/talking.ts";
import { naudiodonPlugin } from "../native.ts";

export interface BareClip {
  mouthToEarMs: number;
  windows: number;
  gaps: number;
}

/** How the output of the loop is opened. */
export interface BareSettings {
  framesPerBuffer: number;
  maxQueue: number;
  /** The silence that is written before the first sound, ms; "full": the queue of the speaker is kept full instead. */
  ahead: number | "full";
}

/** Compiles it into the folder; returns the path of the program. */
export async function buildBareLoop(folder: string): Promise<string> {
  const outfile = join(folder, "bare-loop");
  await Bun.build({
    entrypoints: [join(import.meta.dir, "bare-loop.ts")],
    compile: { outfile, autoloadDotenv: false, autoloadBunfig: false },
    plugins: [naudiodonPlugin()],
  });
  return outfile;
}

/** Sends the words through a new loop from the user's microphone to the same user's speaker. */
export async function playBare(
  program: string,
  rig: AudioRig,
  user: string,
  words: Int16Array,
  { framesPerBuffer, maxQueue, ahead }: BareSettings,
): Promise<BareClip> {
  const loop = Bun.spawn([program, ...[framesPerBuffer, maxQueue, ahead].map(String)], {
    env: { ...process.env, ...rig.env(user) },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  const ended = isRunning(loop.stdout);
  await ended.running;
  const [mic, ear] = await Promise.all([rig.record(user, "mic"), rig.record(user, "spk")]);
  await rig.speak(user, words);
  // The rest of the sound is still in the buffers.
  await Bun.sleep(200);
  const [spoken, heard] = await Promise.all([mic.stop(), ear.stop()]);
  loop.kill("SIGKILL");
  await Promise.all([loop.exited, ended.read]);
  const { mouthToEarMs, windows, lagMs } = likenessOf(spoken, heard);
  return { mouthToEarMs, windows, gaps: gapsIn(spoken.samples, heard.samples, lagMs) };
}

/** Reads the output to the end: naudiodon prints too, and would wait for a reader. */
function isRunning(output: ReadableStream<Uint8Array>): { running: Promise<void>; read: Promise<void> } {
  const { promise: running, resolve } = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  const read = (async () => {
    let text = "";
    for await (const part of output) {
      text += decoder.decode(part, { stream: true });
      if (text.includes("running")) resolve();
    }
  })();
  return { running, read };
}
