/** Orders the frames of one stream by sequence number, and tells speech from the pauses between talk spurts. */
import { limits } from "../../protocol/limits.ts";
import { frameMs } from "./format.ts";
import type { EncodedFrame } from "./frame-source.ts";

export interface SequencedFrame {
  frame: EncodedFrame;
  /** Media time, ms: counts from the first frame, or from the first after a restart. */
  positionMs: number;
  /**
   * "no": a DTX packet, or a long packet between two of them, which updates the comfort noise.
   * "maybe": a long packet after a DTX packet. The next frame decides which of the two it is.
   */
  speech: "yes" | "maybe" | "no";
  /** Frames of speech that are missing directly before this one. A gap between two silent frames counts as none. */
  missingBefore: number;
  /** Sequence numbers are missing directly before this frame. */
  afterGap: boolean;
  /** The sequence number is more than 60 s away from the one before: the sender started again. */
  isRestart: boolean;
}

export interface FrameSequencer {
  /** Takes frames in the order of their arrival. Undefined: the frame is a duplicate, late, or too long for a packet. */
  add(frame: EncodedFrame): SequencedFrame | undefined;
}

const restartFramesMin = 60_000 / frameMs;
/** A shorter packet holds no speech: a DTX packet of libopus has 1 or 2 bytes (opus_encode). */
const silentBytesMax = 10;

export function createFrameSequencer(): FrameSequencer {
  let newest: SequencedFrame | undefined;

  return {
    add(frame) {
      const step = newest ? sequenceDifference(newest.frame.sequence, frame.sequence) : 0;
      const isRestart = Math.abs(step) > restartFramesMin;
      const isInOrder = newest === undefined || step > 0 || isRestart;
      if (frame.payload.length > limits.packetBytesMax || !isInOrder) return undefined;
      const isLong = frame.payload.length > silentBytesMax;
      if (newest?.speech === "maybe") decideSpeech(newest, isLong);
      const speech = isLong ? (newest?.speech === "no" ? "maybe" : "yes") : "no";
      const gap = isRestart ? 0 : Math.max(0, step - 1);
      const missingBefore = newest?.speech === "no" && speech === "no" ? 0 : gap;
      const positionMs = isRestart ? 0 : (newest?.positionMs ?? 0) + step * frameMs;
      newest = { frame, positionMs, speech, missingBefore, afterGap: step > 1, isRestart };
      return newest;
    },
  };
}

/** Decides what a long packet after a DTX packet was, by the packet that follows it. */
function decideSpeech(undecided: SequencedFrame, isNextLong: boolean): void {
  undecided.speech = isNextLong ? "yes" : "no";
  if (!isNextLong) undecided.missingBefore = 0;
}

/** How far `to` comes after `from`, modulo 2^32: negative when it comes before. */
function sequenceDifference(from: number, to: number): number {
  return (to - from) | 0;
}
