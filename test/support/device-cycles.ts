/**
 * A program of its own: opens and closes the microphone and the speaker, both at a time, as often as its argument
 * says, and prints after every tenth time what it takes of the machine, one JSON object a line.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { AudioSystem } from "../../lib/audio/device.ts";
import { createPortAudio } from "../../lib/audio/devices/portaudio.ts";
import { chunkSamples } from "../../lib/audio/dsp/format.ts";

export interface Usage {
  cycles: number;
  descriptors: number;
  threads: number;
  memoryMegabytes: number;
}

/** Until sound came and went. */
async function cycle(system: AudioSystem): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const microphone = system.openMicrophone({}, () => heard.resolve(), heard.reject);
  const speaker = system.openSpeaker({ buffering: "low" });
  for (let chunk = 0; chunk < 4; chunk++) await speaker.write(new Int16Array(chunkSamples));
  await heard.promise;
  await Promise.all([microphone.close(), speaker.close()]);
}

function usage(cycles: number): Usage {
  const status = readFileSync("/proc/self/status", "utf8");
  const numberOf = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]);
  return {
    cycles,
    descriptors: readdirSync("/proc/self/fd").length,
    threads: numberOf("Threads"),
    memoryMegabytes: numberOf("VmRSS") / 1024,
  };
}

async function run(cycles: number): Promise<void> {
  const system = createPortAudio();
  await system.load();
  for (let done = 1; done <= cycles; done++) {
    await cycle(system);
    if (done % 10 === 0) console.log(JSON.stringify(usage(done)));
  }
  process.exit(0);
}

await run(Number(process.argv[2]));
