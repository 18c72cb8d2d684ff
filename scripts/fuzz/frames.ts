/** The frame reader: bytes cut anywhere give the same frames as the whole. */
import {
  createFrameReader,
  encodeFrame,
  headerBytes,
  lengthBytes,
  voiceKind,
} from "../../lib/protocol/frame.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { cutAtRandom } from "../../test/support/random.ts";
import { demand, fuzzer, without } from "./target.ts";
import { anyBytes, spoiled } from "./texts.ts";

const bodyBytesMax = 2_000;

/** A second, plain reader of the whole: the frames, the error, and the bytes that are left over. */
function readWhole(bytes: Uint8Array) {
  const frames: { kind: number; body: string }[] = [];
  let at = 0;
  while (bytes.length - at >= lengthBytes) {
    const length = Buffer.from(bytes.subarray(at, at + lengthBytes)).readUInt32BE();
    if (length === 0) return { frames, error: "frame-empty", rest: 0 };
    if (length - 1 > bodyBytesMax) return { frames, error: "frame-too-long", rest: 0 };
    const kind = bytes[at + lengthBytes];
    if (kind === undefined) break;
    if (kind === voiceKind && length - 1 > limits.voiceBytesMax)
      return { frames, error: "frame-too-long", rest: 0 };
    if (bytes.length - at < lengthBytes + length) break;
    frames.push({ kind, body: bytes.subarray(at + headerBytes, at + lengthBytes + length).toHex() });
    at += lengthBytes + length;
  }
  return { frames, error: undefined, rest: bytes.length - at };
}

export const frames = fuzzer<Uint8Array[]>({
  name: "frames",
  wanted: ["whole", "cut", "frame-empty", "frame-too-long", "longest", "longest voice"],
  make(random) {
    const parts: Uint8Array[] = [];
    for (let count = random.below(5); count >= 0; count -= 1) {
      const kind = random.pick([voiceKind, random.below(256), 1]);
      const edge = random.pick([0, limits.voiceBytesMax, bodyBytesMax]) + random.below(3) - 1;
      const frame = encodeFrame(
        kind,
        random.chance(0.9) ? anyBytes(random, 30) : new Uint8Array(Math.max(0, edge)),
      );
      parts.push(random.chance(0.1) ? spoiled(frame, random) : frame);
    }
    return cutAtRandom(new Uint8Array(Buffer.concat(parts)), random, random.pick([1, 5, 50, 5_000]));
  },
  check(pieces, seen) {
    const wanted = readWhole(new Uint8Array(Buffer.concat(pieces)));
    const got: typeof wanted.frames = [];
    let error: string | undefined;
    const reader = createFrameReader(bodyBytesMax, {
      frame(kind, body) {
        demand(error === undefined, "nothing is read after an error");
        got.push({ kind, body: body.toHex() });
        seen("whole");
        if (body.length === bodyBytesMax) seen("longest");
        if (kind === voiceKind && body.length === limits.voiceBytesMax) seen("longest voice");
      },
      error(code) {
        demand(error === undefined, "there is one error");
        error = code;
        seen(code);
      },
    });
    for (const piece of pieces) {
      reader.push(piece);
      demand(
        reader.pending() <= bodyBytesMax + headerBytes,
        "no more is kept than one frame",
        reader.pending(),
      );
    }
    demand(
      Bun.deepEquals(got, wanted.frames, true) && error === wanted.error,
      "all frames are read",
      got,
      wanted,
    );
    demand(reader.pending() === wanted.rest, "what is left is kept", reader.pending(), wanted.rest);
    if (wanted.rest > 0) seen("cut");
  },
  smaller: without,
});
