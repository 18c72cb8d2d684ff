/**
 * Turns frames that arrive at uneven times into frames that are played one after the other, every 20 ms.
 *
 * Contract
 * 1. It reads no clock. The player calls `take` when the last decision has been played, and so is the clock: a frame
 *    or a concealment lasts 20 ms, silence or comfort noise `chunkMs`.
 * 2. The delay is how long the fastest frames wait here. The target delay is what the arrivals of the last 10 s need
 *    (target-delay.ts): 20 ms on an even network, 400 ms at most. It begins with `targetDelayMs`, and leaves that
 *    after 25 frames that did not need it.
 * 3. The sequence number alone gives the media time of a frame; `capturedAt` is not used. Frames are played in their
 *    order, each at most once. Duplicates and frames that come after a later one are dropped. Sequence numbers count
 *    modulo 2^32. A jump of more than 60 s is a restart (frame-sequencer.ts).
 * 4. In a pause (before the first frame, after a silent frame, or after a long time without frames) the delay moves to
 *    the target at once: silent frames are dropped while it is too long, and silence is inserted while it is too
 *    short. After a silent frame that silence is comfort noise. The first long packet does not end the pause, because
 *    one packet in 400 ms updates the comfort noise and holds no speech.
 * 5. In speech the delay stays as it is, with two exceptions. When it was a frame or more too long for 1 s without a
 *    pause, one frame is dropped: the shortest of those that wait. When it is more than 400 ms too long, the oldest
 *    frames are dropped down to the target, so that the listener hears the present.
 * 6. An empty buffer means late frames: up to 5 frames are concealed and keep their media time, then there is silence.
 *    A gap before the first frame in the buffer means lost frames: up to 5 are concealed, and the rest is skipped. A
 *    part of the gap that would only be delay beyond the target is skipped too. After a stall that the buffer cannot
 *    bridge, silence lasts until the burst that ends the stall has arrived, 100 ms at most. Speech that was not played
 *    counts as missing unless it was concealed. A lost frame counts as speech unless it lies between silent frames.
 * 7. It holds at most 800 ms of frames, of which the oldest are dropped first, and no payload longer than a packet.
 * 8. After `end` it plays all that is left.
 */
import { chunkMs, frameMs } from "./format.ts";
import type { SequencedFrame } from "./frame-sequencer.ts";
import { createFrameSequencer } from "./frame-sequencer.ts";
import type { FrameSource, PlayoutDecision, PlayoutStats } from "./frame-source.ts";
import { durationMs } from "./frame-source.ts";
import { createTargetDelay, targetDelayMsMax, targetDelayMsMin } from "./target-delay.ts";

export interface JitterBufferStats extends PlayoutStats {
  /** How often speech was interrupted by a late or lost frame. */
  concealmentEvents: number;
  /** Rule 2, ms. */
  targetDelayMs: number;
  nextTargetDelayMs: number;
}

export interface JitterBuffer extends FrameSource {
  readonly stats: Readonly<JitterBufferStats>;
}

export interface JitterBufferOptions {
  /**
   * The target delay of the first half second unless more is needed, 0 to 400 ms; without it, 20 ms. A smaller value
   * lowers the minimum of the target too, and below 15 ms the margin that is kept beyond what the arrivals need.
   */
  targetDelayMs?: number;
}

/** By how much the delay may exceed the target before a silent frame is dropped. */
const excessInPauseMsMax = 10;
/** For how long the delay may exceed the target by a frame in speech. */
const excessInSpeechForMsMax = 1_000;
/** By how much the delay may exceed the target at all. */
const excessMsMax = 400;
/** How long the burst after a stall may take to arrive. */
const burstMsMax = 100;
const concealedInRowMax = 5;
const framesMax = (targetDelayMsMax + excessMsMax) / frameMs;

/** A buffer for one stream, pauses included. The next stream gets a new buffer. */
export function createJitterBuffer(options: JitterBufferOptions = {}): JitterBuffer {
  const initialMs = Math.min(Math.max(options.targetDelayMs ?? targetDelayMsMin, 0), targetDelayMsMax);
  const sequencer = createFrameSequencer();
  const target = createTargetDelay(initialMs);
  const counters = { played: 0, concealed: 0, dropped: 0, missing: 0, concealmentEvents: 0 };
  const queue: SequencedFrame[] = [];
  /** The media time that is played next, ms. */
  let positionMs = 0;
  /** When the last decision has been played, ms on the receiver's clock, and how long it plays. */
  let playedUntilMs = Number.NEGATIVE_INFINITY;
  let lastDurationMs = 0;
  let inPause = true;
  /** The pause began with a silent frame. */
  let afterSilentFrame = false;
  let burstWaitedMs = 0;
  let concealedInRow = 0;
  /** Frames of speech that were skipped since the last frame that was played. */
  let skippedSpeech = 0;
  let excessInSpeechForMs = 0;
  let ended = false;

  function restart(): void {
    while (queue.length > 0) drop();
    target.restart();
    positionMs = 0;
    inPause = true;
  }

  /** How much longer the delay is than the target, ms; negative when it is shorter. */
  function excessMs(): number {
    return playedUntilMs - positionMs - target.arrivals.baseMs - target.targetMs;
  }

  function drop(): void {
    const first = queue.shift();
    if (!first) return;
    positionMs = first.positionMs + frameMs;
    counters.dropped += 1;
    skippedSpeech += first.missingBefore + (first.speech === "no" ? 0 : 1);
  }

  /** Rules 4 and 5, where the delay is too long. One frame always stays. */
  function reduceDelay(): void {
    if (excessMs() > excessMsMax) {
      while (queue.length > 1 && excessMs() >= frameMs) drop();
    }
    while (queue.length > 1 && queue[0]?.speech === "no" && excessMs() >= excessInPauseMsMax) drop();
    excessInSpeechForMs = !inPause && excessMs() >= frameMs ? excessInSpeechForMs + frameMs : 0;
    if (excessInSpeechForMs <= excessInSpeechForMsMax || queue.length < 2 || !isFirstShortest(queue)) return;
    drop();
    excessInSpeechForMs = 0;
  }

  function fillPause(): PlayoutDecision {
    inPause = true;
    return { type: afterSilentFrame ? "comfort-noise" : "silence" };
  }

  function conceal(): PlayoutDecision {
    if (concealedInRow === 0) counters.concealmentEvents += 1;
    concealedInRow += 1;
    counters.concealed += 1;
    return { type: "conceal" };
  }

  /** Rule 6: skips the part of a gap that would only be delay; in a pause, all of it. */
  function skipGap(): void {
    const gapMs = queue[0] ? queue[0].positionMs - positionMs : 0;
    const surplusMs = concealedInRow > 0 ? Math.max(excessMs(), 0) : 0;
    positionMs += inPause ? gapMs : Math.min(gapMs, surplusMs - (surplusMs % frameMs));
  }

  function playFirst(first: SequencedFrame): PlayoutDecision {
    queue.shift();
    positionMs = first.positionMs + frameMs;
    counters.played += 1;
    counters.missing += Math.max(0, skippedSpeech + first.missingBefore - concealedInRow);
    skippedSpeech = 0;
    concealedInRow = 0;
    burstWaitedMs = 0;
    inPause = first.speech !== "yes";
    afterSilentFrame = inPause;
    return { type: "frame", frame: first.frame };
  }

  /** Rule 6: the rest of the burst shows whether the first frame is too late. */
  function mustWaitForBurst(): boolean {
    const waits = inPause && queue.length > 0 && target.arrivals.isStalled && burstWaitedMs < burstMsMax;
    if (waits) burstWaitedMs += chunkMs;
    return waits;
  }

  function decide(): PlayoutDecision {
    skipGap();
    if (!ended && mustWaitForBurst()) return fillPause();
    if (!ended) reduceDelay();
    const [first] = queue;
    const mayConceal = !inPause && concealedInRow < concealedInRowMax;
    if (!first) {
      if (ended) return { type: "done" };
      return mayConceal ? conceal() : fillPause();
    }
    if (first.positionMs > positionMs) {
      if (mayConceal) {
        positionMs += frameMs;
        return conceal();
      }
      positionMs = first.positionMs;
      inPause = true;
    }
    if (!ended && inPause && excessMs() < -chunkMs) return fillPause();
    return playFirst(first);
  }

  return {
    get stats() {
      return {
        ...counters,
        jitterMs: target.arrivals.jitterMs,
        targetDelayMs: target.targetMs,
        nextTargetDelayMs: target.nextTargetMs,
      };
    },
    push(frame, arrivedAt) {
      if (ended) return;
      const sequenced = sequencer.add(frame);
      if (!sequenced) {
        counters.dropped += 1;
        return;
      }
      if (sequenced.isRestart) restart();
      queue.push(sequenced);
      if (queue.length > framesMax) drop();
      const arrivedMs = arrivedAt / 1_000;
      target.observe(sequenced.positionMs, arrivedMs, sequenced.afterGap);
      // The last decision is being played: it began before this moment, and ends after it.
      playedUntilMs = Math.min(Math.max(playedUntilMs, arrivedMs), arrivedMs + lastDurationMs);
    },
    end() {
      if (ended) return;
      ended = true;
      // What was concealed after the last frame replaces nothing that was missing.
      if (queue.length > 0 || concealedInRow === 0) return;
      counters.concealed -= concealedInRow;
      counters.concealmentEvents -= 1;
    },
    take() {
      const decision = decide();
      lastDurationMs = durationMs(decision);
      playedUntilMs += lastDurationMs;
      return decision;
    },
  };
}

/** Whether the first frame is the shortest, and so the one that is missed the least. */
function isFirstShortest([first, ...others]: SequencedFrame[]): boolean {
  const bytes = first?.frame.payload.length ?? 0;
  return others.every(({ frame }) => frame.payload.length >= bytes);
}
