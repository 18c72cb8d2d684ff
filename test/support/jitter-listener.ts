/** Frames that arrive at a jitter buffer and somebody who plays it, with all time passed in: for its unit tests. */
import { chunkMs, frameMs } from "../../lib/audio/dsp/format.ts";
import type { PlayoutDecision } from "../../lib/audio/dsp/frame-source.ts";
import { durationMs } from "../../lib/audio/dsp/frame-source.ts";
import type { JitterBufferOptions } from "../../lib/audio/dsp/jitter-buffer.ts";
import { createJitterBuffer } from "../../lib/audio/dsp/jitter-buffer.ts";

/** Frames as their numbers, everything else by name. */
export type Heard = number | PlayoutDecision["type"];

export const count = (length: number, first = 0) => Array.from({ length }, (_, i) => (first + i) >>> 0);
export const times = (length: number, item: Heard): Heard[] => Array(length).fill(item);
/** How many silences a time is. */
export const silences = (ms: number) => times(ms / chunkMs, "silence");
export const comfortNoise = (ms: number) => times(ms / chunkMs, "comfort-noise");

/** A buffer, frames that arrive at the present moment, and a player that has just now finished what it took last. */
export function listen(options?: JitterBufferOptions) {
  const buffer = createJitterBuffer(options);
  let nowMs = 0;
  let playedAtMs = 0;

  function arrive(sequences: number[], bytes = 80): void {
    for (const sequence of sequences) {
      const payload = new Uint8Array(bytes);
      buffer.push({ sequence, capturedAt: sequence * frameMs * 1000, payload }, nowMs * 1000);
    }
  }

  /** Frames as their numbers, everything else by name. */
  function takeOne(): Heard {
    const taken = buffer.take();
    playedAtMs += durationMs(taken);
    return taken.type === "frame" ? taken.frame.sequence : taken.type;
  }

  /** Time passes by playing only. */
  function take(length: number): Heard[] {
    playedAtMs = Math.max(playedAtMs, nowMs);
    const taken = Array.from({ length }, takeOne);
    nowMs = playedAtMs;
    return taken;
  }

  /** What is played in the time. */
  function play(ms: number): Heard[] {
    playedAtMs = Math.max(playedAtMs, nowMs);
    nowMs += ms;
    const taken: Heard[] = [];
    while (playedAtMs < nowMs) taken.push(takeOne());
    return taken;
  }

  /** The frames come one by one, 20 ms apart. */
  function hear(sequences: number[], bytes = 80): Heard[] {
    return sequences.flatMap((sequence) => {
      arrive([sequence], bytes);
      return play(frameMs);
    });
  }

  return { buffer, arrive, take, play, hear, pass: (ms: number) => (nowMs += ms) };
}

/** The frames between the first and the last of those that were taken that are not among them. */
export function leftOut(taken: Heard[]): number[] {
  const frames = taken.filter((one) => typeof one === "number");
  return count((frames.at(-1) ?? 0) - (frames[0] ?? 0), frames[0]).filter((one) => !frames.includes(one));
}
