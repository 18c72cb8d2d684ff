/** Plays an arrival trace through a jitter buffer, and counts the interruptions and delays that a listener notices. */
import { frameMs } from "../../lib/audio/dsp/format.ts";
import type { FrameSource, PlayoutDecision } from "../../lib/audio/dsp/frame-source.ts";
import { durationMs } from "../../lib/audio/dsp/frame-source.ts";
import { createJitterBuffer } from "../../lib/audio/dsp/jitter-buffer.ts";
import type { SentFrame, Trace } from "./arrival-traces.ts";

export interface Outcome {
  name: string;
  speechFrames: number;
  /** How often speech was interrupted, and for how long in total. */
  underruns: number;
  interruptedMs: number;
  concealed: number;
  dropped: number;
  /** Frames of speech that arrived and were not played. */
  droppedSpeech: number;
  /** The counter of the buffer. */
  missing: number;
  /** Frames that were not played and may be speech: all but DTX packets that arrived. The upper bound of `missing`. */
  unheard: number;
  /** Of the speech that was played: from its earliest possible arrival until it was taken. */
  delayMs: { median: number; p95: number; end: number };
  played: Played[];
}

export interface Played {
  frame: SentFrame;
  takenMs: number;
  delayMs: number;
}

/** The last second of speech, for the delay at the end. */
const endFrames = 1000 / frameMs;

/** Runs the trace to its end, in simulated time. */
export function simulate(trace: Trace, buffer: FrameSource = createJitterBuffer()): Outcome {
  const { frames, pathMs, playerPpm } = trace;
  const arriving = frames.filter(({ arrivedMs }) => arrivedMs !== undefined);
  const played: Played[] = [];
  const interruption = { underruns: 0, ms: 0, is: false };
  let arrived = 0;
  let nowMs = trace.playerStartsMs;

  function arrive(): void {
    for (let one = arriving[arrived]; one && Number(one.arrivedMs) <= nowMs; one = arriving[++arrived]) {
      const { sequence, capturedMs, arrivedMs, bytes } = one;
      const frame = { sequence, capturedAt: capturedMs * 1000, payload: new Uint8Array(bytes) };
      buffer.push(frame, Number(arrivedMs) * 1000);
    }
    if (arrived === arriving.length) buffer.end();
  }

  function count(decision: PlayoutDecision): void {
    if (decision.type === "frame") {
      const frame = frames[decision.frame.sequence] as SentFrame;
      played.push({ frame, takenMs: nowMs, delayMs: nowMs - frame.capturedMs - pathMs });
    }
    const last = played.at(-1)?.frame;
    const inSpeech = last?.isSpeech === true && frames[last.sequence + 1]?.isSpeech === true;
    const interrupts = inSpeech && decision.type !== "frame";
    if (interrupts && !interruption.is) interruption.underruns++;
    if (interrupts) interruption.ms += durationMs(decision);
    interruption.is = interrupts;
  }

  for (;;) {
    arrive();
    const decision = buffer.take();
    if (decision.type === "done") break;
    count(decision);
    nowMs += durationMs(decision) * (1 + playerPpm / 1_000_000);
  }

  const speech = played.filter(({ frame }) => frame.isSpeech);
  const delaysMs = speech.map(({ delayMs }) => delayMs);
  return {
    name: trace.name,
    speechFrames: frames.filter(({ isSpeech }) => isSpeech).length,
    underruns: interruption.underruns,
    interruptedMs: interruption.ms,
    concealed: buffer.stats.concealed,
    dropped: buffer.stats.dropped,
    missing: buffer.stats.missing,
    unheard: frames.filter(mayBeSpeech).length - played.filter(({ frame }) => mayBeSpeech(frame)).length,
    droppedSpeech: arriving.filter(({ isSpeech }) => isSpeech).length - speech.length,
    delayMs: {
      median: quantile(delaysMs, 0.5),
      p95: quantile(delaysMs, 0.95),
      end: quantile(delaysMs.slice(-endFrames), 0.5),
    },
    played,
  };
}

function mayBeSpeech({ bytes, arrivedMs }: SentFrame): boolean {
  return bytes > 10 || arrivedMs === undefined;
}

/** The outcomes as a table in Markdown. */
export function table(outcomes: Outcome[]): string {
  const head =
    "| arrivals | underruns | concealed | dropped | of them speech | missing | median | p95 | at the end |";
  const rule = "| --- | --- | --- | --- | --- | --- | --- | --- | --- |";
  const rows = outcomes.map((outcome) => {
    const { name, underruns, concealed, dropped, droppedSpeech, missing } = outcome;
    const { median, p95, end } = outcome.delayMs;
    const delays = [median, p95, end].map((ms) => `${Math.round(ms)} ms`);
    return `| ${[name, underruns, concealed, dropped, droppedSpeech, missing, ...delays].join(" | ")} |`;
  });
  return [head, rule, ...rows].join("\n");
}

/** The quantile for a share of 0 to 1; 0 without values. */
export function quantile(values: number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;
}
