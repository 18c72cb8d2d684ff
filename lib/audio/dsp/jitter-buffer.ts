/**
 * Turns frames that arrive when the network likes into frames that leave one after the other, every 20 ms.
 *
 * Contract
 * 1. It has no clock. Whoever plays calls `take` whenever what it gave last has been played, and so is the clock:
 *    a frame or a concealment lasts 20 ms, a silence or noise `chunkMs`.
 * 2. The delay is how long the fastest frames wait here; the depth is the delay it aims at: what the arrivals of the
 *    last 10 s need (arrival-delay.ts), 20 ms where they are even, never above 400 ms. It begins with `depthMs`, and
 *    gives that up when 25 frames did not need it.
 * 3. A frame's place in the stream is its sequence number; when the sender says that it was captured is not looked
 *    at. Frames come in order, as TCP delivers them, and leave in order, each at most once: what comes twice or
 *    behind a later one is dropped. Numbers count modulo 2^32. A jump of more than 60 s is a new beginning
 *    (frame-order.ts).
 * 4. In a pause (before the first frame, after a silent one or where nothing came for long) the delay is led to the
 *    depth at once: silent frames are dropped while it is too long, silence is put in while it is too short. Behind
 *    a silent frame that silence is noise, as the pause has it, and the first long packet does not yet end the pause:
 *    every 400 ms there is one that only tells how the silence sounds.
 * 5. In speech it is left alone. Only when it was a frame or more too long for 1 s without a pause, one frame is
 *    dropped, the shortest of those that wait; and when it is more than 400 ms too long, the listener is to hear what
 *    is said now: the oldest are dropped down to the depth.
 * 6. With nothing here the frames are only late: up to 5 are concealed without giving up their place, then there is
 *    silence. Frames that are missing while later ones are here were dropped on the way: up to 5 are concealed, the
 *    rest is skipped, and so is what would be delay beyond the depth. After a stall that is too long to be bridged
 *    the silence lasts until the burst that ends it is here, 100 ms at most. Speech that was not played counts as
 *    missing, unless something was concealed in its place; what never came counts as speech unless it lay between
 *    silent frames.
 * 7. It never holds more than 800 ms of frames, the oldest go first, and no payload longer than a packet may be.
 * 8. After the end all that is left is played.
 */
import { createArrivalDelay } from "./arrival-delay.ts";
import { chunkMs, frameMs } from "./format.ts";
import { createFrameOrder, type PlacedFrame } from "./frame-order.ts";

export interface ArrivingFrame {
  sequence: number;
  /** Sender's clock, µs: for whoever plays it. */
  capturedAt: number;
  /** One Opus packet. */
  payload: Uint8Array;
}

export type Taken =
  | { type: "frame"; frame: ArrivingFrame }
  /** Let the decoder invent 20 ms out of what came before. */
  | { type: "conceal" }
  /** `chunkMs` of silence: filling up, or nothing came for long. */
  | { type: "silence" }
  /** `chunkMs` of the noise that the pause is filled with; the decoder knows it. */
  | { type: "noise" }
  /** The stream is over and all of it was taken. */
  | { type: "done" };

export interface JitterBufferStats {
  taken: number;
  concealed: number;
  /** Frames that came twice, or after their turn, or had to make room, or were only delay. */
  dropped: number;
  /** Frames of speech that never came or were dropped, and that nothing was concealed for. */
  missing: number;
  /** How often speech was interrupted, because a frame was late or missing. */
  underruns: number;
  /** Smoothed variation of the transit time, in ms, as RFC 3550 section 6.4.1 estimates it. */
  jitterMs: number;
  /** The delay that it aims at. */
  depthMs: number;
  /**
   * What the next stream over this network is to begin with: what the arrivals needed and, of a depth that was only
   * begun with, what too few frames were here to refute.
   */
  learnedMs: number;
}

export interface JitterBuffer {
  /** Takes in a frame that arrived at `arrivedAt` (receiver's clock, µs; only differences count); itself it leaves. */
  push(frame: ArrivingFrame, arrivedAt: number): void;
  take(): Taken;
  /** Nothing will be pushed any more. */
  end(): void;
  readonly stats: Readonly<JitterBufferStats>;
}

export interface JitterBufferOptions {
  /**
   * The depth of the first half second, unless more is needed: 0 to 400 ms. Below 20 it is also the smallest that is
   * aimed at, and below 15 all that is kept beyond what the arrivals need.
   */
  depthMs?: number;
}

const depthMsMin = 20;
const depthMsMax = 400;
/** Beyond the spread of the arrivals, for the player's own unevenness. */
const marginMs = 15;
/** Until so many frames were measured it keeps to the depth that it began with. */
const firstFrames = 25;
/** How much too long the delay may be without a silent frame being dropped for it. */
const slackMs = 10;
/** How long it may be a frame too long in speech. */
const patienceMs = 1000;
/** How much too long it may be at all. */
const excessMsMax = 400;
/** How long the burst after a stall is given to come. */
const burstMsMax = 100;
const concealedInRowMax = 5;
const framesMax = (depthMsMax + excessMsMax) / frameMs;

/** How long the player is to play it. */
export function lastsMs({ type: kind }: Taken): number {
  return kind === "silence" || kind === "noise" ? chunkMs : frameMs;
}

/** A buffer for one speaker's stream, with all its pauses; the next stream gets a new one. */
export function createJitterBuffer(options: JitterBufferOptions = {}): JitterBuffer {
  const firstDepthMs = Math.min(Math.max(options.depthMs ?? depthMsMin, 0), depthMsMax);
  const stats: JitterBufferStats = {
    taken: 0,
    concealed: 0,
    dropped: 0,
    missing: 0,
    underruns: 0,
    jitterMs: 0,
    depthMs: firstDepthMs,
    learnedMs: firstDepthMs,
  };
  const order = createFrameOrder();
  const waiting: PlacedFrame[] = [];
  let arrival = createArrivalDelay(depthMsMax);
  /** The place of the frame whose turn it is. */
  let nextMs = 0;
  let measured = 0;
  /** When what was given last will have been played, on the receiver's clock, and how long it lasts. */
  let playedAtMs = Number.NEGATIVE_INFINITY;
  let lastMs = 0;
  let pausing = true;
  /** It is a pause because the frame that was taken last was silent. */
  let quiet = false;
  let waitedMs = 0;
  let concealedInRow = 0;
  /** Frames of speech that were passed over since the last frame that was taken. */
  let passedOver = 0;
  let tooLongMs = 0;
  let ended = false;

  function begin(): void {
    while (waiting.length > 0) drop();
    arrival = createArrivalDelay(depthMsMax);
    measured = 0;
    nextMs = 0;
    pausing = true;
  }

  /** How much longer the delay is than the depth; negative when it is shorter. */
  function excessMs(): number {
    return playedAtMs - nextMs - arrival.baseMs - stats.depthMs;
  }

  function drop(): void {
    const first = waiting.shift();
    if (!first) return;
    nextMs = first.atMs + frameMs;
    stats.dropped++;
    passedOver += first.missingBefore + (first.speech === "no" ? 0 : 1);
  }

  function measure(atMs: number, arrivedAtMs: number, afterGap: boolean): void {
    arrival.observe(arrivedAtMs - atMs, afterGap);
    measured++;
    const leastMs = Math.min(firstDepthMs, depthMsMin);
    const unrefuted = Math.max(0, 1 - measured / firstFrames);
    const neededMs = Math.min(arrival.spreadMs + Math.min(marginMs, firstDepthMs), depthMsMax);
    stats.depthMs = Math.max(neededMs, unrefuted > 0 ? firstDepthMs : leastMs);
    stats.learnedMs = Math.max(neededMs, leastMs + Math.floor((firstDepthMs - leastMs) * unrefuted));
    stats.jitterMs = arrival.jitterMs;
  }

  /** Rules 4 and 5, as far as the delay is too long. One frame always stays. */
  function catchUp(): void {
    if (excessMs() > excessMsMax) {
      while (waiting.length > 1 && excessMs() >= frameMs) drop();
    }
    while (waiting.length > 1 && waiting[0]?.speech === "no" && excessMs() >= slackMs) drop();
    tooLongMs = !pausing && excessMs() >= frameMs ? tooLongMs + frameMs : 0;
    if (tooLongMs <= patienceMs || waiting.length < 2 || !isShortest(waiting)) return;
    drop();
    tooLongMs = 0;
  }

  function giveSilence(): Taken {
    pausing = true;
    return { type: quiet ? "noise" : "silence" };
  }

  function conceal(): Taken {
    if (concealedInRow === 0) stats.underruns++;
    concealedInRow++;
    stats.concealed++;
    return { type: "conceal" };
  }

  /** Rule 6: what is missing before the first frame that is here is skipped, as far as nobody waits for it. */
  function skipMissing(): void {
    const gapMs = waiting[0] ? waiting[0].atMs - nextMs : 0;
    const surplusMs = concealedInRow > 0 ? Math.max(excessMs(), 0) : 0;
    nextMs += pausing ? gapMs : Math.min(gapMs, surplusMs - (surplusMs % frameMs));
  }

  function takeFrame({ frame, atMs, missingBefore, speech }: PlacedFrame): Taken {
    waiting.shift();
    nextMs = atMs + frameMs;
    stats.taken++;
    stats.missing += Math.max(0, passedOver + missingBefore - concealedInRow);
    passedOver = 0;
    concealedInRow = 0;
    waitedMs = 0;
    pausing = speech !== "yes";
    quiet = pausing;
    return { type: "frame", frame };
  }

  /** Rule 6: will the burst that the first frame is in show that it is too late? */
  function mustWaitForBurst(): boolean {
    if (!pausing || waiting.length === 0 || !arrival.isStalled || waitedMs >= burstMsMax) return false;
    waitedMs += chunkMs;
    return true;
  }

  function choose(): Taken {
    skipMissing();
    if (!ended && mustWaitForBurst()) return giveSilence();
    if (!ended) catchUp();
    const [first] = waiting;
    const mayConceal = !pausing && concealedInRow < concealedInRowMax;
    if (!first) {
      if (ended) return { type: "done" };
      return mayConceal ? conceal() : giveSilence();
    }
    if (first.atMs > nextMs) {
      if (mayConceal) {
        nextMs += frameMs;
        return conceal();
      }
      nextMs = first.atMs;
      pausing = true;
    }
    if (!ended && pausing && excessMs() < -chunkMs) return giveSilence();
    return takeFrame(first);
  }

  return {
    stats,
    push(frame, arrivedAt) {
      if (ended) return;
      const placed = order.place(frame);
      if (!placed) {
        stats.dropped++;
        return;
      }
      if (placed.jumps) begin();
      waiting.push(placed);
      if (waiting.length > framesMax) drop();
      measure(placed.atMs, arrivedAt / 1000, placed.afterGap);
      // What was given last is being played: it began before this moment, and ends after it.
      playedAtMs = Math.min(Math.max(playedAtMs, arrivedAt / 1000), arrivedAt / 1000 + lastMs);
    },
    end() {
      if (ended) return;
      ended = true;
      // What was concealed behind the last frame stands for nothing that was missing.
      if (waiting.length > 0 || concealedInRow === 0) return;
      stats.concealed -= concealedInRow;
      stats.underruns--;
    },
    take() {
      const taken = choose();
      lastMs = lastsMs(taken);
      playedAtMs += lastMs;
      return taken;
    },
  };
}

/** Is the first one the shortest, and so the one that is missed the least? */
function isShortest([first, ...others]: PlacedFrame[]): boolean {
  const bytes = first?.frame.payload.length ?? 0;
  return others.every(({ frame }) => frame.payload.length >= bytes);
}
