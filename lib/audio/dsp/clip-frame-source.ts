/** A kept clip in the shape of a jitter buffer: all of it is here, so nothing is late and nothing has to wait. */
import type { JitterBuffer } from "./jitter-buffer.ts";

/** Gives the packets one after the other, then "done"; what is pushed is ignored. */
export function createKeptFrames(packets: readonly Uint8Array[]): JitterBuffer {
  const never = { concealed: 0, dropped: 0, missing: 0, underruns: 0, jitterMs: 0, depthMs: 0, learnedMs: 0 };
  const stats = { taken: 0, ...never };

  return {
    stats,
    push() {},
    end() {},
    take() {
      const sequence = stats.taken;
      const payload = packets[sequence];
      if (!payload) return { type: "done" };
      stats.taken++;
      return { type: "frame", frame: { sequence, capturedAt: 0, payload } };
    },
  };
}
