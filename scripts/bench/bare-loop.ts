/**
 * A program of its own: what comes from the microphone goes straight to the speaker, through the same naudiodon build
 * and nothing else. It is what voice is measured against. Says "running" once sound flows, and ends with its input.
 *
 *     bare-loop FRAMES_PER_BUFFER MAX_QUEUE AHEAD_MS
 *
 * What it adds is decided by AHEAD_MS alone, the silence that the speaker is given before the first sound: with none
 * the speaker runs out whenever this process is not at once on time, and stays that much later from then on.
 */
import type { Readable, Writable } from "node:stream";
import naudiodon from "naudiodon";
import { sampleRate } from "../../lib/voice/format.ts";

const bytesPerSample = 2;
const inputQueueChunks = 30;

function run(framesPerBuffer: number, maxQueue: number, aheadMs: number): void {
  const chunkBytes = framesPerBuffer * bytesPerSample;
  const aheadBytes = (aheadMs / 1_000) * sampleRate * bytesPerSample;
  const common = {
    sampleRate,
    channelCount: 1,
    sampleFormat: 16,
    framesPerBuffer,
    highwaterMark: chunkBytes,
    closeOnError: false,
  } as const;
  const input = naudiodon.AudioIO({ inOptions: { ...common, maxQueue: inputQueueChunks } });
  const output = naudiodon.AudioIO({ outOptions: { ...common, maxQueue } });
  const [microphone, speaker] = [input as unknown as Readable, output as unknown as Writable];
  microphone.once("data", () => {
    output.start();
    speaker.write(Buffer.alloc(aheadBytes));
    microphone.on("data", (chunk: Buffer) => {
      // What gathered while the speaker opened would be delay for good.
      if (speaker.writableLength <= chunkBytes + aheadBytes) speaker.write(chunk);
    });
    console.log("running");
  });
  input.start();
}

const [framesPerBuffer = 240, maxQueue = 1, aheadMs = 5] = process.argv.slice(2).map(Number);
run(framesPerBuffer, maxQueue, aheadMs);
for await (const _ of Bun.stdin.stream());
process.exit(0);
