import { expect, test } from "bun:test";
import { createEncoder } from "../../../lib/audio/codec/codec.ts";
import { decodeToWav } from "../../../lib/audio/codec/wav.ts";
import { frameSamples } from "../../../lib/audio/dsp/format.ts";

/** A tone of 440 Hz at half of full scale, as Opus packets. */
async function tone(frames: number): Promise<Uint8Array[]> {
  const encoder = await createEncoder();
  const packets = Array.from({ length: frames }, (_, frame) => {
    const samples = new Int16Array(frameSamples).map((_, i) => {
      return 16_384 * Math.sin((2 * Math.PI * 440 * (frame * frameSamples + i)) / 48_000);
    });
    return encoder.encode(samples);
  });
  encoder.free();
  return packets;
}

/** Reads the chunks of a RIFF file by their names. */
function chunksOf(file: Uint8Array): Map<string, DataView> {
  const view = new DataView(file.buffer);
  const name = (at: number) => String.fromCharCode(...file.subarray(at, at + 4));
  expect(name(0)).toBe("RIFF");
  expect(view.getUint32(4, true)).toBe(file.length - 8);
  expect(name(8)).toBe("WAVE");
  const chunks = new Map<string, DataView>();
  for (let at = 12; at < file.length; ) {
    const bytes = view.getUint32(at + 4, true);
    chunks.set(name(at), new DataView(file.buffer, at + 8, bytes));
    at += 8 + bytes;
  }
  return chunks;
}

test("the header of a WAV file holds 48 kHz, mono, 16 bit and the length", async () => {
  const chunks = chunksOf(await decodeToWav(await tone(7)));
  const format = chunks.get("fmt ");
  expect(format?.byteLength).toBe(16);
  expect([0, 2, 12, 14].map((at) => format?.getUint16(at, true))).toEqual([1, 1, 2, 16]);
  expect([4, 8].map((at) => format?.getUint32(at, true))).toEqual([48_000, 96_000]);
  expect(chunks.get("data")?.byteLength).toBe(7 * frameSamples * 2);
});

test("the samples of a WAV file have the pitch and the level of the clip", async () => {
  const data = chunksOf(await decodeToWav(await tone(100))).get("data");
  let crossings = 0;
  let squares = 0;
  const samples = (data?.byteLength ?? 0) / 2;
  for (let i = 1; i < samples; i++) {
    const [before, now] = [data?.getInt16(2 * (i - 1), true) ?? 0, data?.getInt16(2 * i, true) ?? 0];
    if (before < 0 && now >= 0) crossings++;
    squares += now ** 2;
  }
  expect(crossings).toBeWithin(870, 885);
  expect(Math.sqrt(squares / samples)).toBeWithin(10_500, 12_500);
});

test("a clip without packets makes an empty WAV file, and each packet that is not Opus lasts 20 ms", async () => {
  expect(chunksOf(await decodeToWav([])).get("data")?.byteLength).toBe(0);
  const garbage = await decodeToWav([new Uint8Array([255, 255, 255]), new Uint8Array()]);
  expect(chunksOf(garbage).get("data")?.byteLength).toBe(2 * frameSamples * 2);
});

test("decoding a clip lets other events be handled", async () => {
  const packets = await tone(500);
  let events = 0;
  let isDecoding = true;
  const handleEvent = () => {
    events += 1;
    if (isDecoding) setImmediate(handleEvent);
  };
  setImmediate(handleEvent);
  await decodeToWav(packets);
  isDecoding = false;
  expect(events).toBeGreaterThanOrEqual(10);
});
