/**
 * The reference for the delay of a transmission, a program of its own: it copies the microphone to the speaker through
 * the same naudiodon build and does nothing else. It prints "running" when sound flows, and ends with its input.
 *
 *     bare-loop FRAMES_PER_BUFFER MAX_QUEUE AHEAD_MS
 *
 * AHEAD_MS, the silence that is written before the first sound, decides the added delay. With 0 the speaker runs out of
 * sound whenever this process is late, and the delay grows by that. "full" keeps the queue of the speaker full, with
 * silence where the microphone has delivered nothing yet.
 */
import type { Readable, Writable } from "node:stream";
import naudiodon from "naudiodon";
import { sampleRate } from "../../lib/audio/dsp/format.ts";

const bytesPerSample = 2;
const inputQueueChunks = 30;
/** More than any sound server buffers. */
const fillChunks = 20;
/** Chunks that gather while this process is stalled would stay as delay. */
const waitingChunksMax = 4;

function run(framesPerBuffer: number, maxQueue: number, ahead: number | "full"): void {
  const chunkBytes = framesPerBuffer * bytesPerSample;
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
    if (ahead === "full") void keepFull(microphone, speaker, chunkBytes);
    else pass(microphone, speaker, chunkBytes, (ahead / 1_000) * sampleRate * bytesPerSample);
    console.log("running");
  });
  input.start();
}

function pass(microphone: Readable, speaker: Writable, chunkBytes: number, aheadBytes: number): void {
  speaker.write(Buffer.alloc(aheadBytes));
  microphone.on("data", (chunk: Buffer) => {
    // Chunks that gathered while the speaker opened would stay as delay.
    if (speaker.writableLength <= chunkBytes + aheadBytes) speaker.write(chunk);
  });
}

async function keepFull(microphone: Readable, speaker: Writable, chunkBytes: number): Promise<void> {
  const write = (chunk: Buffer) => new Promise((resolve) => void speaker.write(chunk, resolve));
  const silence = Buffer.alloc(chunkBytes);
  // Until the queue is full. The microphone is connected afterwards, because earlier chunks would stay as delay.
  for (let count = 0; count < fillChunks; count += 1) await write(silence);
  const waiting: Buffer[] = [];
  microphone.on("data", (chunk: Buffer) => {
    if (waiting.push(chunk) > waitingChunksMax) waiting.shift();
  });
  for (;;) await write(waiting.shift() ?? silence);
}

const [framesPerBuffer = 240, maxQueue = 1] = process.argv.slice(2).map(Number);
const ahead = process.argv[4] === "full" ? "full" : Number(process.argv[4] ?? 5);
run(framesPerBuffer, maxQueue, ahead);
for await (const _ of Bun.stdin.stream());
process.exit(0);
