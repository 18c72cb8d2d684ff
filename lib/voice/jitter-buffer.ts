/**
 * Turns frames that arrive when the network likes into frames that leave one after the other, every 20 ms.
 *
 * Contract
 * 1. It has no clock. Whoever plays calls `take` whenever what it gave last has been played, and so is the clock:
 *    a frame or a concealment lasts 20 ms, a silence 10 ms.
 * 2. Nothing leaves before `depthFrames` frames are there, or the spurt has ended, or that many frames' time has
 *    passed since the first one came: a short spurt and a slow sender are heard too.
 * 3. Frames leave in the order of their sequence numbers, each at most once. Numbers count modulo 2^32.
 * 4. A frame that is missing while later ones are here was dropped on the way: it is concealed. A gap wider than
 *    the buffer is skipped: nobody waits for frames that will not come.
 * 5. With nothing here at all the frames are only late: up to `concealedInRowMax` are concealed, without giving up
 *    their place; after that there is silence until rule 2 holds again.
 * 6. It never holds more than `framesMax` frames. The oldest go first, so that after a stall the listener hears
 *    what is said now and not an ever later stream.
 * 7. What has gathered beyond `depthFrames`, because the output was slow to open for instance, is only delay. After
 *    every 200 ms of playing that never came down to the depth one frame is dropped, a silent one if any is here:
 *    it is dropped when its turn comes. After the end all that is left is played.
 */
import { chunkMs, frameMs } from "./format.ts";

export interface ArrivingFrame {
  sequence: number;
  /** Sender's clock, µs. Only differences count. */
  capturedAt: number;
  /** One Opus packet. */
  payload: Uint8Array;
}

export type Taken =
  | { kind: "frame"; frame: ArrivingFrame }
  /** Let the decoder invent 20 ms out of what came before. */
  | { kind: "conceal" }
  /** 10 ms of silence: filling up, or nothing came for long. */
  | { kind: "silence" }
  /** The spurt is over and all of it was taken. */
  | { kind: "done" };

export interface JitterBufferStats {
  taken: number;
  concealed: number;
  /** Frames that came twice, or after their turn, or had to make room, or were only delay. */
  dropped: number;
  /** Smoothed variation of the transit time, in ms, as RFC 3550 section 6.4.1 estimates it. */
  jitterMs: number;
}

export interface JitterBuffer {
  /** Takes in a frame that arrived at `arrivedAt` (receiver's clock, µs; only differences count). */
  push(frame: ArrivingFrame, arrivedAt: number): void;
  take(): Taken;
  /** Nothing will be pushed any more. */
  end(): void;
  readonly stats: Readonly<JitterBufferStats>;
}

export interface JitterBufferOptions {
  /** How much to gather before playing. */
  depthFrames?: number;
  framesMax?: number;
}

const concealedInRowMax = 5;
/** How long there has to be too much before a frame is dropped for it. */
const excessMsMax = 200;
/** Packets that are not longer hold no speech. */
const silentBytesMax = 10;

/** A buffer for one talk spurt; the next spurt gets a new one. */
export function createJitterBuffer(options: JitterBufferOptions = {}): JitterBuffer {
  const { depthFrames = 40 / frameMs, framesMax = 300 / frameMs } = options;
  const waiting = new Map<number, ArrivingFrame>();
  const stats: JitterBufferStats = { taken: 0, concealed: 0, dropped: 0, jitterMs: 0 };
  let next: number | undefined;
  let transit: number | undefined;
  let filling = true;
  let filledMs = 0;
  let concealedInRow = 0;
  let excessMs = 0;
  let ended = false;

  function oldest(): ArrivingFrame | undefined {
    let found: ArrivingFrame | undefined;
    for (const frame of waiting.values()) {
      if (!found || distance(found.sequence, frame.sequence) < 0) found = frame;
    }
    return found;
  }

  function dropOldestDownTo(count: number): void {
    for (let frame = oldest(); frame && waiting.size > count; frame = oldest()) {
      waiting.delete(frame.sequence);
      next = successor(frame.sequence);
      stats.dropped++;
    }
  }

  /** Is this frame, whose turn it is, only delay? A silent one that is still to come is the better choice. */
  function isDelay(frame: ArrivingFrame): boolean {
    if (excessMs <= excessMsMax || frame.sequence !== next) return false;
    return isSilent(frame) || ![...waiting.values()].some(isSilent);
  }

  function measure(frame: ArrivingFrame, arrivedAt: number): void {
    const now = arrivedAt - frame.capturedAt;
    if (transit !== undefined) stats.jitterMs += (Math.abs(now - transit) / 1000 - stats.jitterMs) / 16;
    transit = now;
  }

  function conceal(): Taken {
    stats.concealed++;
    return { kind: "conceal" };
  }

  function takeFrame(frame: ArrivingFrame): Taken {
    waiting.delete(frame.sequence);
    next = successor(frame.sequence);
    stats.taken++;
    concealedInRow = 0;
    return { kind: "frame", frame };
  }

  function takeLate(): Taken {
    excessMs = 0;
    if (concealedInRow++ < concealedInRowMax) return conceal();
    filling = true;
    return { kind: "silence" };
  }

  return {
    stats,
    push(frame, arrivedAt) {
      if (ended) return;
      measure(frame, arrivedAt);
      const late = next !== undefined && distance(next, frame.sequence) < 0;
      if (late || waiting.has(frame.sequence)) {
        stats.dropped++;
        return;
      }
      waiting.set(frame.sequence, frame);
      if (waiting.size > framesMax) dropOldestDownTo(depthFrames);
    },
    end() {
      ended = true;
    },
    take() {
      let first = oldest();
      if (!first) {
        if (ended) return { kind: "done" };
        return filling ? { kind: "silence" } : takeLate();
      }
      if (filling) {
        if (waiting.size < depthFrames && !ended && filledMs < depthFrames * frameMs) {
          filledMs += chunkMs;
          return { kind: "silence" };
        }
        filling = false;
        filledMs = 0;
        concealedInRow = 0;
      }
      excessMs = waiting.size > depthFrames && !ended ? excessMs + frameMs : 0;
      if (isDelay(first)) {
        dropOldestDownTo(waiting.size - 1);
        excessMs = frameMs;
        first = oldest() ?? first;
      }
      const gap = next === undefined ? 0 : distance(next, first.sequence);
      if (next === undefined || gap === 0 || gap > framesMax) return takeFrame(first);
      next = successor(next);
      return conceal();
    },
  };
}

function isSilent({ payload }: ArrivingFrame): boolean {
  return payload.length <= silentBytesMax;
}

/** How far `to` lies after `from`, negative when before, also across the wrap of the number. */
function distance(from: number, to: number): number {
  return (to - from) | 0;
}

function successor(sequence: number): number {
  return (sequence + 1) >>> 0;
}
