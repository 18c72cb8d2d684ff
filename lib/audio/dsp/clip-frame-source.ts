/** Plays a clip through the interface of a jitter buffer: every packet is present, so nothing waits and nothing is late. */
import type { FrameSource } from "./frame-source.ts";

/** Gives out the packets in their order, then "done". It ignores `push` and `end`. */
export function createClipFrameSource(packets: readonly Uint8Array[]): FrameSource {
  const stats = { played: 0, concealed: 0, dropped: 0, missing: 0, jitterMs: 0 };

  return {
    stats,
    push() {},
    end() {},
    take() {
      const sequence = stats.played;
      const payload = packets[sequence];
      if (!payload) return { type: "done" };
      stats.played += 1;
      return { type: "frame", frame: { sequence, capturedAt: 0, payload } };
    },
  };
}
