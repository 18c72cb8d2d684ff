/**
 * Voice without the chat around it, as a program: commands in and events out, one JSON object a line, Opus packets
 * in base64. Compiled by the rig tests, because addon and PortAudio exist only inside a compiled program.
 */

import { createAudioClient } from "../../lib/audio/helper/audio-client.ts";
import { runAudioHelper } from "../../lib/audio/helper/helper.ts";

/** The methods of `Voice`, by name, with their arguments. */
export type HarnessCommand = [keyof ReturnType<typeof createAudioClient>, ...unknown[]];

async function run(): Promise<void> {
  const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
  const voice = createAudioClient({
    ...(process.env.VOICE_OPTIONS ? JSON.parse(process.env.VOICE_OPTIONS) : {}),
    onEvent: (event) =>
      say(
        event.type === "captured"
          ? { ...event, payload: Buffer.from(event.payload).toString("base64") }
          : event,
      ),
  });
  for await (const line of console) {
    if (!line) continue;
    const [name, ...values] = JSON.parse(line) as HarnessCommand;
    if (name === "frame") values[3] = bytes(values[3]);
    if (name === "replay") values[1] = (values[1] as string[]).map(bytes);
    const method = voice[name] as (...values: unknown[]) => unknown;
    const result = await Promise.resolve(method(...values)).catch((error) => ({
      failed: error.code,
      message: error.message,
    }));
    if (result !== undefined) say({ type: name, result });
  }
  await voice.close();
  process.exit(0);
}

function bytes(base64: unknown): Uint8Array {
  return Buffer.from(String(base64), "base64");
}

await (process.argv[2] === "--audio-helper" ? runAudioHelper() : run());
