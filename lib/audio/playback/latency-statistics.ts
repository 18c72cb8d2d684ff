/** Collects the mouth-to-ear delay of each frame of a transmission, and the parts of it. */
import type { PlaybackReport } from "../events.ts";

/** The moments of one frame, µs on one clock. */
export interface FrameTimes {
  capturedAt: number;
  arrivedAt: number;
  /** When it left the jitter buffer. */
  takenAt: number;
  /** When it left the speaker. */
  playedAt: number;
}

export type LatencySummary = Pick<PlaybackReport, "delayMs" | "partsMs">;

export interface LatencyStatistics {
  /** Adds a frame. A delay outside 0 to 60 s is ignored: the sender's clock is not known. */
  add(times: FrameTimes): void;
  /** Empty when no frame was counted. */
  summary(): LatencySummary;
}

const delayMicrosMax = 60_000_000;
/** The resolution of the statistics. */
const stepMicros = 500;

export function createLatencyStatistics(): LatencyStatistics {
  const delays = createHistogram();
  const arrivals = createHistogram();
  const buffers = createHistogram();
  const outputs = createHistogram();

  return {
    add({ capturedAt, arrivedAt, takenAt, playedAt }) {
      const delay = playedAt - capturedAt;
      if (!(delay >= 0 && delay <= delayMicrosMax)) return;
      delays.add(delay);
      arrivals.add(arrivedAt - capturedAt);
      buffers.add(takenAt - arrivedAt);
      outputs.add(playedAt - takenAt);
    },
    summary() {
      if (delays.count === 0) return {};
      return {
        delayMs: { median: delays.quantileMs(0.5), p95: delays.quantileMs(0.95) },
        partsMs: {
          arrival: arrivals.quantileMs(0.5),
          buffer: buffers.quantileMs(0.5),
          output: outputs.quantileMs(0.5),
        },
      };
    },
  };
}

interface Histogram {
  /** Adds a time. Times below 0 or above `delayMicrosMax` count as these bounds. */
  add(micros: number): void;
  readonly count: number;
  /** The quantile for a share of 0 to 1, ms, rounded to `stepMicros`. */
  quantileMs(share: number): number;
}

/**
 * A histogram, because the summary is made between two chunks of the output: sorting the times of minutes would take
 * so long that the output has a gap.
 */
function createHistogram(): Histogram {
  const counts = new Uint32Array(delayMicrosMax / stepMicros + 1);
  let count = 0;

  return {
    get count() {
      return count;
    },
    add(micros) {
      const step = Math.round(Math.min(Math.max(micros, 0), delayMicrosMax) / stepMicros);
      counts[step] = (counts[step] ?? 0) + 1;
      count += 1;
    },
    quantileMs(share) {
      let before = Math.floor(share * (count - 1));
      const step = counts.findIndex((atStep) => {
        before -= atStep;
        return before < 0;
      });
      return (step * stepMicros) / 1_000;
    },
  };
}
