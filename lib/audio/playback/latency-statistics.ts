/** Adds up, frame by frame, how long a talk spurt took from mouth to ear and where the time went. */
import type { PlaybackReport } from "../events.ts";

/** The way of one frame, µs on one clock. */
export interface FrameTimes {
  capturedAt: number;
  arrivedAt: number;
  takenAt: number;
  heardAt: number;
}

export type Delay = Pick<PlaybackReport, "delayMs" | "partsMs">;

export interface PlayMeasure {
  /** A frame whose delay cannot be true is not counted: its sender's clock is not known. */
  add(times: FrameTimes): void;
  /** Nothing when no frame counted. */
  result(): Delay;
}

const delayMicrosMax = 60_000_000;
/** Nobody can tell times apart that are closer than this. */
const stepMicros = 500;

export function createPlayMeasure(): PlayMeasure {
  const delays = createHistogram();
  const arrivals = createHistogram();
  const buffers = createHistogram();
  const outputs = createHistogram();

  return {
    add({ capturedAt, arrivedAt, takenAt, heardAt }) {
      const delay = heardAt - capturedAt;
      if (!(delay >= 0 && delay <= delayMicrosMax)) return;
      delays.add(delay);
      arrivals.add(arrivedAt - capturedAt);
      buffers.add(takenAt - arrivedAt);
      outputs.add(heardAt - takenAt);
    },
    result() {
      if (delays.count === 0) return {};
      return {
        delayMs: { median: delays.shareMs(0.5), p95: delays.shareMs(0.95) },
        partsMs: {
          arrival: arrivals.shareMs(0.5),
          buffer: buffers.shareMs(0.5),
          output: outputs.shareMs(0.5),
        },
      };
    },
  };
}

interface Histogram {
  /** Takes in a time of 0 to `delayMicrosMax`; below and above count as these. */
  add(micros: number): void;
  readonly count: number;
  /** The time below which this share of the times lies, to `stepMicros`. */
  shareMs(share: number): number;
}

/**
 * Asked between two chunks of the output, at the end of a talk of minutes: an answer that sorted all times would be
 * heard as a gap.
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
      count++;
    },
    shareMs(share) {
      let before = Math.floor(share * (count - 1));
      const step = counts.findIndex((atStep) => {
        before -= atStep;
        return before < 0;
      });
      return (step * stepMicros) / 1000;
    },
  };
}
