/**
 * The audio client as a program of its own: commands in and events out, one JSON value a line, Opus packets in base64.
 * The tests with real devices compile it, because the addon and PortAudio exist only inside a compiled program.
 */
import type { AudioClient } from "../../lib/audio/audio-client.ts";
import { createAudioClient } from "../../lib/audio/helper/audio-client.ts";
import { runAudioHelper } from "../../lib/audio/helper/helper.ts";

/** A method of the audio client, with its arguments. */
export type HarnessCommand = [method: keyof AudioClient, ...values: unknown[]];

async function run(): Promise<void> {
  const write = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const client = createAudioClient({
    ...(process.env.VOICE_OPTIONS ? JSON.parse(process.env.VOICE_OPTIONS) : {}),
    onEvent: (event) =>
      write(
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
    const method = client[name] as (...values: unknown[]) => unknown;
    const result = await Promise.resolve(method(...values)).catch((error) => ({
      failed: error.code,
      message: error.message,
    }));
    if (result !== undefined) write({ type: name, result });
  }
  await client.close();
  process.exit(0);
}

function bytes(base64: unknown): Uint8Array {
  return Buffer.from(String(base64), "base64");
}

await (process.argv[2] === "--audio-helper" ? runAudioHelper() : run());
