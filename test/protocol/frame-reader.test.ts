/** What a reader keeps and copies, whatever its peer sends. */
import { describe, expect, spyOn, test } from "bun:test";
import type { FrameReader } from "../../lib/protocol/frame.ts";
import { createFrameReader, encodeFrame, headerBytes } from "../../lib/protocol/frame.ts";
import { cutAtRandom, eachSeed } from "../support/random.ts";

const bodyBytesMax = 60_000;

/** A reader, the body lengths it handed over, and the errors. */
function createReading(onFrame: (reader: FrameReader) => void = () => {}) {
  const bodies: number[] = [];
  const errors: string[] = [];
  const reader = createFrameReader(bodyBytesMax, {
    frame(_kind, body) {
      bodies.push(body.length);
      onFrame(reader);
    },
    error: (code) => void errors.push(code),
  });
  return { reader, bodies, errors };
}

const frameOf = (bodyBytes: number) => encodeFrame(99, new Uint8Array(bodyBytes));

describe("a reader keeps", () => {
  test("nothing of frames that are whole", () => {
    const { reader, bodies } = createReading();
    reader.push(Buffer.concat([frameOf(10), frameOf(0), frameOf(bodyBytesMax)]));
    expect(bodies).toEqual([10, 0, bodyBytesMax]);
    expect(reader.pending()).toBe(0);
  });

  test("of many frames only the one that is not whole", () => {
    const { reader, bodies } = createReading();
    reader.push(Buffer.concat([frameOf(1_000), frameOf(1_000), frameOf(1_000).subarray(0, 7)]));
    expect(bodies).toEqual([1_000, 1_000]);
    expect(reader.pending()).toBe(7);
  });

  test("never more than one unfinished frame, however the network cuts", () => {
    eachSeed(50, (random) => {
      const { reader, bodies } = createReading();
      const lengths = Array.from({ length: 40 }, () => random.below(random.pick([2, 200, 4_000])));
      const stream = Buffer.concat(lengths.map(frameOf));
      for (const piece of cutAtRandom(stream, random, 3_000)) {
        reader.push(piece);
        const begun = lengths[bodies.length] ?? 0;
        expect(reader.pending()).toBeLessThan(headerBytes + begun);
      }
      expect(bodies).toEqual(lengths);
    });
  });

  test("nothing for a length past its limit, and reads no more", () => {
    const { reader, bodies, errors } = createReading();
    reader.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 99));
    reader.push(frameOf(1));
    expect(errors).toEqual(["frame-too-long"]);
    expect(bodies).toEqual([]);
    expect(reader.pending()).toBe(0);
  });

  test("nothing after an error that came in two halves", () => {
    const { reader, errors } = createReading();
    reader.push(Uint8Array.of(0, 0));
    reader.push(Uint8Array.of(0, 0, 1, 2, 3));
    expect(errors).toEqual(["frame-empty"]);
    expect(reader.pending()).toBe(0);
  });

  test("nothing once it was stopped from within a frame", () => {
    const { reader, bodies } = createReading((self) => self.stop());
    const stream = Buffer.concat([frameOf(4), frameOf(5), frameOf(6)]);
    reader.push(stream.subarray(0, 6));
    reader.push(stream.subarray(6));
    expect(bodies).toEqual([4]);
    expect(reader.pending()).toBe(0);
  });
});

describe("a reader copies each byte a constant number of times", () => {
  const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;

  /** Bytes copied while these pieces are read. */
  function bytesCopied(pieces: Uint8Array[]): number {
    const { reader } = createReading();
    using set = spyOn(typedArray, "set");
    using copyWithin = spyOn(typedArray, "copyWithin");
    for (const piece of pieces) reader.push(piece);
    const bySet = set.mock.calls.map(([source]) => source.length);
    const byMove = copyWithin.mock.calls.map(([, start, end]) => (end ?? 0) - start);
    return [...bySet, ...byMove].reduce((sum, bytes) => sum + bytes, 0);
  }

  test("of a frame dripped byte by byte", () => {
    const dripped = [...frameOf(50_000)].map((byte) => Uint8Array.of(byte));
    expect(bytesCopied(dripped)).toBeWithin(50_000, 3 * 50_000);
  });

  test("of frames cut in their middles", () => {
    const stream = Buffer.concat(Array.from({ length: 100 }, () => frameOf(995)));
    const pieces = Array.from({ length: 101 }, (_, index) =>
      stream.subarray(Math.max(0, index * 1_000 - 500), index * 1_000 + 500),
    );
    expect(bytesCopied(pieces)).toBeLessThan(4 * stream.length);
  });

  test("of many small frames behind an unfinished one", () => {
    const small = Buffer.concat(Array.from({ length: 5_000 }, () => frameOf(1)));
    expect(bytesCopied([small.subarray(0, 3), small.subarray(3)])).toBeLessThan(3 * small.length);
  });
});
