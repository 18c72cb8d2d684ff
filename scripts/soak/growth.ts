/** Judges whether a server grew or slowed down after it had settled. Pure. */
import { median, percentile, type Row } from "../bench/figures.ts";

/** The server at one moment, and what the probe measured since the one before. */
export interface Sample {
  atMs: number;
  rssMegabytes: number;
  /** Without what it shares with other processes. */
  pssMegabytes: number;
  /** Those that are no connection of ours. */
  descriptors: number;
  delaysMs: number[];
}

export interface Figures {
  pssMegabytes: number;
  descriptors: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * What each may be at the end, given what it was after settling.
 *
 * Memory: heaps breathe, and a collector takes its time; 16 MB in an hour of this load is a leak of 4 kB for each
 * connection that came, of 2 kB for each line, of 4 bytes for each delivery. Descriptors: those that are just being
 * closed. Delay: a machine that does other things doubles a p99 for a while, but not its median.
 */
const bounds: Record<keyof Figures, (early: number) => number> = {
  pssMegabytes: (early) => early * 1.1 + 16,
  descriptors: (early) => early + 10,
  p50Ms: (early) => early * 1.5 + 2,
  p99Ms: (early) => early * 2 + 25,
};

const titles: Record<keyof Figures, [title: string, unit: string]> = {
  pssMegabytes: ["memory (PSS)", "MB"],
  descriptors: ["descriptors besides connections", "open"],
  p50Ms: ["delay, p50", "ms"],
  p99Ms: ["delay, p99", "ms"],
};

const isDelay = (key: keyof Figures): boolean => key === "p50Ms" || key === "p99Ms";

export function figuresOf(samples: Sample[]): Figures {
  const delays = samples.flatMap(({ delaysMs }) => delaysMs);
  return {
    pssMegabytes: median(samples.map(({ pssMegabytes }) => pssMegabytes)),
    descriptors: median(samples.map(({ descriptors }) => descriptors)),
    p50Ms: median(delays),
    p99Ms: percentile(delays, 0.99),
  };
}

/** The last quarter beside the first of the time from `settledMs` on, as rows, and what is too much in sentences. */
export function judge(
  samples: Sample[],
  settledMs: number,
  judgesDelay: boolean,
): { rows: Row[]; wrong: string[] } {
  const settled = samples.filter(({ atMs }) => atMs >= settledMs);
  const quarter = Math.max(1, Math.floor(settled.length / 4));
  const [early, late] = [figuresOf(settled.slice(0, quarter)), figuresOf(settled.slice(-quarter))];
  const rows: Row[] = [];
  const wrong: string[] = [];
  for (const key of Object.keys(bounds) as (keyof Figures)[]) {
    const [title, unit] = titles[key];
    const max = bounds[key](early[key]);
    rows.push({
      what: title,
      value: late[key],
      unit,
      reference: { what: "once settled", value: early[key] },
    });
    const isJudged = judgesDelay || !isDelay(key);
    if (!isJudged || late[key] <= max) continue;
    const shown = [early[key], late[key], max].map((value) => `${value.toFixed(1)} ${unit}`.trim());
    wrong.push(`${title} went from ${shown[0]} to ${shown[1]}, and ${shown[2]} is the most`);
  }
  return { rows, wrong };
}
