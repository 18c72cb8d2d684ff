/** Adds up, frame by frame, how long a talk spurt took from mouth to ear and where the time went. */
import type { PlaybackReport } from "./events.ts";

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

export function createPlayMeasure(): PlayMeasure {
  const delays: number[] = [];
  const arrivals: number[] = [];
  const buffers: number[] = [];
  const outputs: number[] = [];

  return {
    add({ capturedAt, arrivedAt, takenAt, heardAt }) {
      const delay = heardAt - capturedAt;
      if (!(delay >= 0 && delay <= delayMicrosMax)) return;
      delays.push(delay);
      arrivals.push(arrivedAt - capturedAt);
      buffers.push(takenAt - arrivedAt);
      outputs.push(heardAt - takenAt);
    },
    result() {
      if (delays.length === 0) return {};
      return {
        delayMs: { median: shareMs(delays, 0.5), p95: shareMs(delays, 0.95) },
        partsMs: {
          arrival: shareMs(arrivals, 0.5),
          buffer: shareMs(buffers, 0.5),
          output: shareMs(outputs, 0.5),
        },
      };
    },
  };
}

/** The value, in ms, below which this share of the values (µs) lies. */
function shareMs(micros: number[], share: number): number {
  const sorted = micros.toSorted((a, b) => a - b);
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? 0) / 1000;
}
