/** A jitter buffer with a simulated network and player, for its unit tests. Time passes only by their calls. */
import { chunkMs, frameMs } from "../../lib/audio/dsp/format.ts";
import type { PlayoutDecision } from "../../lib/audio/dsp/frame-source.ts";
import { durationMs } from "../../lib/audio/dsp/frame-source.ts";
import type { JitterBufferOptions } from "../../lib/audio/dsp/jitter-buffer.ts";
import { createJitterBuffer } from "../../lib/audio/dsp/jitter-buffer.ts";

/** A frame as its sequence number, any other decision as its type. */
export type Taken = number | PlayoutDecision["type"];

export const count = (length: number, first = 0) => Array.from({ length }, (_, i) => (first + i) >>> 0);
export const times = (length: number, item: Taken): Taken[] => Array(length).fill(item);
/** The decisions that fill this time. */
export const silences = (ms: number) => times(ms / chunkMs, "silence");
export const comfortNoise = (ms: number) => times(ms / chunkMs, "comfort-noise");

/** A buffer with a network whose frames arrive now, and a player that has just played its last decision. */
export function listen(options?: JitterBufferOptions) {
  const buffer = createJitterBuffer(options);
  let nowMs = 0;
  let playedUntilMs = 0;

  /** These frames arrive now. */
  function arrive(sequences: number[], bytes = 80): void {
    for (const sequence of sequences) {
      const payload = new Uint8Array(bytes);
      buffer.push({ sequence, capturedAt: sequence * frameMs * 1000, payload }, nowMs * 1000);
    }
  }

  function takeOne(): Taken {
    const decision = buffer.take();
    playedUntilMs += durationMs(decision);
    return decision.type === "frame" ? decision.frame.sequence : decision.type;
  }

  /** Takes so many decisions and plays them. */
  function take(length: number): Taken[] {
    playedUntilMs = Math.max(playedUntilMs, nowMs);
    const taken = Array.from({ length }, takeOne);
    nowMs = playedUntilMs;
    return taken;
  }

  /** Plays for this time. */
  function play(ms: number): Taken[] {
    playedUntilMs = Math.max(playedUntilMs, nowMs);
    nowMs += ms;
    const taken: Taken[] = [];
    while (playedUntilMs < nowMs) taken.push(takeOne());
    return taken;
  }

  /** The frames arrive one by one, 20 ms apart, and are played meanwhile. */
  function hear(sequences: number[], bytes = 80): Taken[] {
    return sequences.flatMap((sequence) => {
      arrive([sequence], bytes);
      return play(frameMs);
    });
  }

  return { buffer, arrive, take, play, hear, pass: (ms: number) => (nowMs += ms) };
}

/** The sequence numbers between the first and the last frame that were not taken. */
export function skippedIn(taken: Taken[]): number[] {
  const frames = taken.filter((one) => typeof one === "number");
  return count((frames.at(-1) ?? 0) - (frames[0] ?? 0), frames[0]).filter((one) => !frames.includes(one));
}
